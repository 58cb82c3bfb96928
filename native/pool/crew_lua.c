/* The native half of perilune.native.pool: module perilune.native.pool.crew.
**
** A crew carries tasks to workers and brings answers back; which task goes
** where, and what becomes of those that a dead worker had, is decided in
** host/lua/perilune/native/pool.lua. */
#include "native/pool/crew_lua.h"

#include <errno.h>
#include <lauxlib.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "native/native.h"
#include "native/parcel.h"

/* The state that workers have, made in the template. */
typedef struct Workshop {
  WorkerOptions options;
  lua_State *L;
} Workshop;

static bool open_workshop(void *data) {
  Workshop *workshop = data;
  workshop->L = worker_open(&workshop->options);
  return workshop->L != NULL;
}

static int work(int socket, int memory, void *data) {
  Workshop *workshop = data;
  return worker_run(workshop->L, &workshop->options, socket, memory);
}

CrewHandle *crew_check(lua_State *L) {
  CrewHandle **box = luaL_checkudata(L, 1, CREW_NAME);
  luaL_argcheck(L, *box && !(*box)->closed, 1, "the crew is closed");
  return *box;
}

/* An open crew whose rings may be mapped and unmapped. */
static CrewHandle *check_idle(lua_State *L) {
  CrewHandle *handle = crew_check(L);
  luaL_argcheck(L, !handle->draining, 1, "its answers are being read");
  return handle;
}

uint32_t crew_check_slot(lua_State *L, const CrewHandle *handle, int argument) {
  lua_Integer slot = luaL_checkinteger(L, argument);
  luaL_argcheck(L, slot >= 1 && slot <= handle->crew.count, argument,
                "no such slot");
  return (uint32_t)slot - 1;
}

static int fail(lua_State *L, const char *what) {
  int error = errno;
  luaL_pushfail(L);
  lua_pushfstring(L, "%s: %s", what, strerror(error));
  lua_pushliteral(L, "system");
  return 3;
}

static void release(Resource *resource) {
  crew_close(&((CrewHandle *)resource)->crew);
}

/* Without an owner's process there is nothing to end. */
static int close_crew(lua_State *L) {
  CrewHandle **box = luaL_checkudata(L, 1, CREW_NAME);
  if (*box && (*box)->draining) {
    (*box)->closed = true;
    return 0;
  }
  resource_free(*box);
  *box = NULL;
  return 0;
}

void crew_begin_drain(lua_State *L) { check_idle(L)->draining = true; }

void crew_end_drain(lua_State *L) {
  CrewHandle **box = luaL_checkudata(L, 1, CREW_NAME);
  (*box)->draining = false;
  if ((*box)->closed) close_crew(L);
}

/* 0 stays 0; what is less than one is one. */
static uint64_t nanoseconds(double seconds) {
  const double longest = 1e9; /* some thirty years */
  if (!(seconds > 0)) return 0;
  double ns = (seconds < longest ? seconds : longest) * 1e9;
  return ns < 1 ? 1 : (uint64_t)ns;
}

static void read_options(lua_State *L, WorkerOptions *options,
                         uint32_t *count) {
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_getfield(L, 1, "workers");
  *count = (uint32_t)luaL_checkinteger(L, -1);
  luaL_argcheck(L, *count >= 1 && *count <= TEMPLATE_SLOTS, 1, "workers");
  lua_getfield(L, 1, "memory_limit");
  options->memory_limit = (size_t)luaL_optinteger(L, -1, 0);
  lua_getfield(L, 1, "task_timeout");
  options->task_timeout = nanoseconds(luaL_optnumber(L, -1, 0));
  lua_getfield(L, 1, "timeline");
  options->timeline = lua_toboolean(L, -1);
  lua_getfield(L, LUA_REGISTRYINDEX, PERILUNE_OPENER);
  void *opener = lua_touserdata(L, -1);
  memcpy(&options->open, &opener, sizeof opener);
}

/* The outbox has a place for each slot: to send asks for no memory. */
static void push_outbox(lua_State *L, uint32_t count) {
  lua_createtable(L, (int)count, 0);
  for (uint32_t slot = 1; slot <= count; slot++) {
    lua_pushboolean(L, 0);
    lua_rawseti(L, -2, (lua_Integer)slot);
  }
}

static CrewHandle **new_box(lua_State *L, uint32_t count) {
  CrewHandle **box = lua_newuserdatauv(L, sizeof(void *), CREW_VALUES);
  *box = NULL;
  luaL_setmetatable(L, CREW_NAME);
  lua_newtable(L);
  lua_setiuservalue(L, -2, CREW_JOBS);
  push_outbox(L, count);
  lua_setiuservalue(L, -2, CREW_OUTBOX);
  parcel_sheet(L);
  lua_setiuservalue(L, -2, CREW_SPARE);
  return box;
}

/* new{workers, memory_limit, task_timeout, timeline} -> crew; or nil, message,
** code. */
static int new_crew(lua_State *L) {
  Workshop workshop = {0};
  uint32_t count;
  read_options(L, &workshop.options, &count);
  CrewHandle **box = new_box(L, count);
  size_t size = sizeof(CrewHandle) + count * sizeof(CrewWorker);
  *box = resource_new(L, size, release);
  if (!*box) return fail(L, "cannot make a pool");
  TemplateWork process = {open_workshop, work, &workshop};
  if (!crew_open(&(*box)->crew, (*box)->workers, count, &process))
    return fail(L, "cannot start a process");
  return 1;
}

static int start(lua_State *L) {
  CrewHandle *handle = check_idle(L);
  uint32_t slot = crew_check_slot(L, handle, 2);
  handle->outgoing[slot] = (Outgoing){0};
  handle->receiving[slot] = handle->told[slot] = false;
  handle->distrusted[slot] = false;
  if (!crew_start(&handle->crew, slot)) return fail(L, "cannot start a worker");
  lua_pushboolean(L, 1);
  return 1;
}

static int kill_worker(lua_State *L) {
  CrewHandle *handle = crew_check(L);
  crew_kill(&handle->crew, crew_check_slot(L, handle, 2));
  return 0;
}

static int continue_worker(lua_State *L) {
  CrewHandle *handle = crew_check(L);
  crew_continue(&handle->crew, crew_check_slot(L, handle, 2));
  return 0;
}

/* The next wait is over at once: there was news after its caller had looked. */
static int nudge(lua_State *L) {
  crew_check(L)->nudged = true;
  return 0;
}

static bool was_nudged(CrewHandle *handle) {
  bool nudged = handle->nudged;
  handle->nudged = false;
  return nudged;
}

/* owned(self) -> whether the workers are this process's, not those of the one
** that it was forked from. */
static int owned(lua_State *L) {
  CrewHandle **box = luaL_checkudata(L, 1, CREW_NAME);
  lua_pushboolean(L, *box && (*box)->resource.owner == getpid());
  return 1;
}

/* wait(self [, seconds]) -> whether a signal came instead of news. */
static int wait_for_news(lua_State *L) {
  CrewHandle *handle = crew_check(L);
  double seconds = luaL_optnumber(L, 2, -1);
  if (was_nudged(handle)) seconds = 0;
  lua_pushboolean(L, crew_wait(&handle->crew, seconds) == CREW_INTERRUPTED);
  return 1;
}

/* doze(self) -> whether there is nothing to be drained yet. */
static int doze(lua_State *L) {
  CrewHandle *handle = crew_check(L);
  lua_pushboolean(L, !was_nudged(handle) && crew_doze(&handle->crew));
  return 1;
}

/* descriptors(self) -> those that become readable when there is news. */
static int descriptors(lua_State *L) {
  lua_createtable(L, (int)crew_check(L)->crew.count + 1, 0);
  CrewHandle *handle = crew_check(L);
  lua_Integer n = 0;
  if (!handle->crew.lost) {
    lua_pushinteger(L, handle->crew.control);
    lua_rawseti(L, -2, ++n);
  }
  for (uint32_t i = 0; i < handle->crew.count; i++) {
    CrewWorker *worker = &handle->workers[i];
    if (!worker->channel.shared || worker->gone) continue;
    lua_pushinteger(L, worker->channel.socket);
    lua_rawseti(L, -2, ++n);
  }
  return 1;
}

/* take_back(self, slot [, job, index]) -> job and index of a task that will not
** run: this one, or the newest; nil when there is none. */
static int take_back(lua_State *L) {
  CrewHandle *handle = crew_check(L);
  uint32_t slot = crew_check_slot(L, handle, 2);
  Flight taken;
  uint32_t job = (uint32_t)luaL_optinteger(L, 3, 0);
  uint64_t index = (uint64_t)luaL_optinteger(L, 4, 0);
  CrewWorker *worker = &handle->workers[slot];
  if (!worker->channel.shared || !crew_take_back(worker, job, index, &taken)) {
    luaL_pushfail(L);
    return 1;
  }
  lua_pushinteger(L, taken.job);
  lua_pushinteger(L, (lua_Integer)taken.index);
  return 2;
}

/* take_back_all(self, slot, job) -> how many of its tasks will not run. */
static int take_back_all(lua_State *L) {
  CrewHandle *handle = crew_check(L);
  uint32_t slot = crew_check_slot(L, handle, 2);
  uint32_t job = (uint32_t)luaL_checkinteger(L, 3);
  CrewWorker *worker = &handle->workers[slot];
  lua_pushinteger(L,
                  worker->channel.shared ? crew_take_back_all(worker, job) : 0);
  return 1;
}

static int holds_from(lua_State *L, uint64_t from, uint64_t to) {
  CrewHandle *handle = crew_check(L);
  uint32_t slot = crew_check_slot(L, handle, 2);
  uint32_t job = (uint32_t)luaL_checkinteger(L, 3);
  lua_pushboolean(L, crew_holds(&handle->workers[slot], job, from, to));
  return 1;
}

/* holds(self, slot, job, index) -> whether the worker has that task. */
static int holds(lua_State *L) {
  uint64_t index = (uint64_t)luaL_checkinteger(L, 4);
  return holds_from(L, index, index);
}

/* holds_below(self, slot, job, index) -> whether it has one before that. */
static int holds_below(lua_State *L) {
  return holds_from(L, 0, (uint64_t)luaL_checkinteger(L, 4) - 1);
}

/* release(self, slot) -> job, index, job, index... of what the dead worker had
** in a list, oldest first; the slot is free then. */
static int release_slot(lua_State *L) {
  uint32_t slot = crew_check_slot(L, check_idle(L), 2);
  lua_createtable(L, (int)crew_check(L)->workers[slot].held * 2, 0);
  CrewHandle *handle = check_idle(L);
  CrewWorker *worker = &handle->workers[slot];
  lua_Integer n = 0;
  for (uint64_t i = worker->oldest; i < worker->next; i++) {
    const Flight *flight = &worker->flights[i % CREW_FLIGHTS];
    if (flight->job == 0) continue;
    lua_pushinteger(L, flight->job);
    lua_rawseti(L, -2, ++n);
    lua_pushinteger(L, (lua_Integer)flight->index);
    lua_rawseti(L, -2, ++n);
  }
  crew_release(&handle->crew, slot);
  handle->outgoing[slot] = (Outgoing){0};
  return 1;
}

/* held(self, slot) -> how many tasks the worker has. */
static int held(lua_State *L) {
  CrewHandle *handle = crew_check(L);
  uint32_t slot = crew_check_slot(L, handle, 2);
  lua_pushinteger(L, handle->workers[slot].held);
  return 1;
}

/* worker(self, slot) -> pid, tasks done, seconds in them, bytes of its state;
** nil when there is none. A pid of 0: it has not begun. */
static int describe(lua_State *L) {
  CrewHandle *handle = crew_check(L);
  uint32_t slot = crew_check_slot(L, handle, 2);
  ChannelShared *shared = handle->workers[slot].channel.shared;
  if (!shared || handle->workers[slot].dead) {
    luaL_pushfail(L);
    return 1;
  }
  lua_pushinteger(L, atomic_load(&shared->state.pid));
  lua_pushinteger(L, atomic_load(&shared->state.served));
  lua_pushnumber(L, (double)atomic_load(&shared->state.busy) * 1e-9);
  lua_pushinteger(L, (lua_Integer)atomic_load(&shared->state.bytes));
  return 4;
}

/* jobs(self) -> {job = record}, for the caller to fill. */
static int jobs(lua_State *L) {
  crew_check(L);
  lua_getiuservalue(L, 1, CREW_JOBS);
  return 1;
}

static int cpus(lua_State *L) {
  lua_pushinteger(L, crew_cpus());
  return 1;
}

/* ending(status) -> "exit", status; or "signal", its name. */
static int ending(lua_State *L) {
  int status = (int)luaL_checkinteger(L, 1);
  if (WIFSIGNALED(status)) {
    const char *name = sigabbrev_np(WTERMSIG(status));
    lua_pushliteral(L, "signal");
    lua_pushfstring(L, "SIG%s", name ? name : "?");
  } else {
    lua_pushliteral(L, "exit");
    lua_pushinteger(L, WEXITSTATUS(status));
  }
  return 2;
}

static const luaL_Reg functions[] = {
    {"new", new_crew},  {"cpus", cpus},
    {"ending", ending}, {"register", parcel_register},
    {NULL, NULL},
};

static const luaL_Reg methods[] = {
    {"start", start},
    {"kill", kill_worker},
    {"continue", continue_worker},
    {"owned", owned},
    {"release", release_slot},
    {"pack", crew_pack},
    {"send", crew_send},
    {"feed", crew_feed},
    {"take_back", take_back},
    {"take_back_all", take_back_all},
    {"holds", holds},
    {"holds_below", holds_below},
    {"task", crew_task},
    {"drain", crew_drain},
    {"wait", wait_for_news},
    {"doze", doze},
    {"nudge", nudge},
    {"descriptors", descriptors},
    {"held", held},
    {"worker", describe},
    {"jobs", jobs},
    {"close", close_crew},
    {NULL, NULL},
};

static const luaL_Reg metamethods[] = {
    {"__gc", close_crew},
    {"__close", close_crew},
    {NULL, NULL},
};

static void set_kind(lua_State *L, const char *name, FrameKind kind) {
  lua_pushinteger(L, kind);
  lua_setfield(L, -2, name);
}

LUAMOD_API int luaopen_perilune_native_pool_crew(lua_State *L) {
  parcel_open(L);
  luaL_newmetatable(L, CREW_NAME);
  luaL_setfuncs(L, metamethods, 0);
  luaL_newlib(L, methods);
  lua_setfield(L, -2, "__index");
  luaL_newlib(L, functions);
  set_kind(L, "ASK", FRAME_ASK);
  set_kind(L, "CALL", FRAME_CALL);
  set_kind(L, "DEFINE", FRAME_DEFINE);
  set_kind(L, "FORGET", FRAME_FORGET);
  set_kind(L, "TASK", FRAME_TASK);
  set_kind(L, "QUIT", FRAME_QUIT);
  return 1;
}
