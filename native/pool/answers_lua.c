/* What comes from the workers. */
#include <lauxlib.h>
#include <string.h>

#include "native/pool/crew_lua.h"

/* A worker that sends and then stands still is killed after so many ms. */
enum { PATIENCE = 10000 };

/* Stack indices of drain. */
enum { SELF = 1, EVENTS, JOBS, RECORD, RESULTS, BASE = RESULTS };

/* How a record wants its results: its field `mode`. */
typedef enum Mode {
  MODE_NONE,  /* nobody wants them */
  MODE_LIST,  /* results[index] = the first one */
  MODE_CALL,  /* results = all of one task; the record becomes an event */
  MODE_QUEUE, /* results[index] = all of them; arrived[++arrived[0]] = index */
} Mode;

typedef struct Drain {
  CrewHandle *handle;
  uint32_t slot;
  CrewWorker *worker;
  uint32_t job; /* whose record is on the stack; 0: none */
  Mode mode;
  lua_Integer count;
} Drain;

static void add_event(lua_State *L) {
  lua_rawseti(L, EVENTS, (lua_Integer)lua_rawlen(L, EVENTS) + 1);
}

/* Adds to the open record's field. The handle keeps the count until then, for
** an error may end a drain anywhere. */
static void close_record(lua_State *L, Drain *d) {
  CrewHandle *handle = d->handle;
  if (handle->done > 0 && lua_istable(L, RECORD)) {
    lua_getfield(L, RECORD, "landed");
    lua_pushinteger(L, lua_tointeger(L, -1) + handle->done);
    lua_setfield(L, RECORD, "landed");
    lua_pop(L, 1);
  }
  handle->done = 0;
  handle->job = d->job = 0;
}

static void open_record(lua_State *L, Drain *d, uint32_t job) {
  if (job == d->job) return;
  close_record(L, d);
  d->mode = MODE_NONE;
  lua_settop(L, JOBS);
  if (lua_rawgeti(L, JOBS, job) == LUA_TTABLE) {
    lua_getfield(L, RECORD, "mode");
    d->mode = (Mode)lua_tointeger(L, -1);
    lua_pop(L, 1);
    lua_getfield(L, RECORD, "results");
  }
  lua_settop(L, BASE);
  d->handle->job = d->job = job;
}

/* An error has ended the last drain before it could count. */
static void resume_count(lua_State *L, Drain *d) {
  lua_Integer done = d->handle->done;
  d->handle->done = 0;
  open_record(L, d, d->handle->job);
  d->handle->done = done;
}

/* Puts the values above BASE into a table. */
static void pack(lua_State *L, int count) {
  lua_createtable(L, count, 1);
  lua_insert(L, BASE + 1);
  for (int i = count; i >= 1; i--) lua_rawseti(L, BASE + 1, i);
  lua_pushinteger(L, count);
  lua_setfield(L, BASE + 1, "n");
}

static void store_in_list(lua_State *L, uint64_t index, int count) {
  if (count == 0) lua_pushnil(L);
  lua_settop(L, BASE + 1);
  lua_rawseti(L, RESULTS, (lua_Integer)index);
}

static void store_in_call(lua_State *L, int count) {
  pack(L, count);
  lua_setfield(L, RECORD, "results");
  lua_pushvalue(L, RECORD);
  add_event(L);
}

static void store_in_queue(lua_State *L, uint64_t index, int count) {
  pack(L, count);
  lua_rawseti(L, RESULTS, (lua_Integer)index);
  if (lua_getfield(L, RECORD, "arrived") == LUA_TTABLE) {
    int arrived = lua_gettop(L);
    lua_rawgeti(L, arrived, 0);
    lua_Integer last = lua_tointeger(L, -1) + 1;
    lua_pushinteger(L, (lua_Integer)index);
    lua_rawseti(L, arrived, last);
    lua_pushinteger(L, last);
    lua_rawseti(L, arrived, 0);
  }
  lua_settop(L, BASE);
}

static void store(lua_State *L, const Drain *d, uint64_t index, int count) {
  switch (d->mode) {
  case MODE_LIST: store_in_list(L, index, count); break;
  case MODE_CALL: store_in_call(L, count); break;
  case MODE_QUEUE: store_in_queue(L, index, count); break;
  default: lua_settop(L, BASE); break;
  }
}

static void set_integer(lua_State *L, const char *name, lua_Integer value) {
  lua_pushinteger(L, value);
  lua_setfield(L, -2, name);
}

/* Pushes {event = ..., slot = ..., pid = ...}. */
static void new_event(lua_State *L, const Drain *d, const char *name) {
  lua_createtable(L, 0, 12);
  lua_pushstring(L, name);
  lua_setfield(L, -2, "event");
  set_integer(L, "slot", (lua_Integer)d->slot + 1);
  set_integer(L, "pid", atomic_load(&d->worker->channel.shared->state.pid));
}

/* The values above BASE are a failure's: see worker_lua.c. */
static void add_failure(lua_State *L, const Drain *d, uint32_t job,
                        uint64_t index) {
  static const char *const fields[] = {"code", "message", "traceback", "given",
                                       "value"};
  new_event(L, d, "failure");
  lua_insert(L, BASE + 1);
  for (int i = lua_gettop(L) - BASE - 2; i >= 0; i--) {
    if (i < 5)
      lua_setfield(L, BASE + 1, fields[i]);
    else
      lua_pop(L, 1);
  }
  set_integer(L, "job", job);
  set_integer(L, "index", (lua_Integer)index);
  add_event(L);
}

static void fail_with(lua_State *L, Drain *d, uint32_t job, uint64_t index,
                      const char *code) {
  lua_pushstring(L, code);
  if (lua_gettop(L) > BASE + 1) lua_insert(L, BASE + 1);
  add_failure(L, d, job, index);
}

static void land(Drain *d) {
  crew_drop_oldest(d->worker);
  d->handle->receiving[d->slot] = false;
  d->handle->done++;
  d->count++;
}

/* Memory ran out where the answer was read, and it is gone. */
static void fail_lost(lua_State *L, Drain *d, const Flight *flight) {
  open_record(L, d, flight->job);
  fail_with(L, d, flight->job, flight->index, "memory");
  land(d);
}

/* The worker has said what none says: nothing it sends can be trusted. */
static bool give_up(Drain *d) {
  d->handle->distrusted[d->slot] = true;
  crew_kill(&d->handle->crew, d->slot);
  return false;
}

static bool take_answer(lua_State *L, Drain *d, const Frame *frame,
                        Flight flight) {
  bool broken = false;
  bool failed = frame->kind == FRAME_FAILURE;
  open_record(L, d, flight.job);
  d->handle->receiving[d->slot] = true;
  int count = frames_read(L, &d->worker->channel, PATIENCE, &broken);
  if (broken) {
    d->handle->receiving[d->slot] = false;
    lua_settop(L, BASE);
    return give_up(d);
  }
  if (count < 0)
    fail_with(L, d, flight.job, flight.index, "data");
  else if (failed)
    add_failure(L, d, flight.job, flight.index);
  else
    store(L, d, flight.index, count);
  land(d);
  return true;
}

/* The values above BASE are what a FRAME_ASK has returned. */
static void add_answer(lua_State *L, const Drain *d, uint64_t index) {
  lua_settop(L, BASE + 1);
  new_event(L, d, "answer");
  lua_insert(L, -2);
  lua_setfield(L, -2, "value");
  set_integer(L, "index", (lua_Integer)index);
  add_event(L);
}

/* Of no task: an answer, or the failure of what was called or asked. */
static bool take_word(lua_State *L, Drain *d, const Frame *frame) {
  bool broken = false;
  bool failed = frame->kind == FRAME_FAILURE;
  uint64_t index = frame->index;
  open_record(L, d, 0);
  int count = frames_read(L, &d->worker->channel, PATIENCE, &broken);
  if (broken || count < 0) {
    lua_settop(L, BASE);
    return give_up(d);
  }
  if (failed)
    add_failure(L, d, 0, index);
  else
    add_answer(L, d, index);
  return true;
}

static bool take_span(lua_State *L, Drain *d, const Frame *frame) {
  WorkerSpan span;
  if (frame->size != sizeof span) return give_up(d);
  memcpy(&span, frame + 1, sizeof span);
  new_event(L, d, "span");
  set_integer(L, "job", frame->job);
  set_integer(L, "index", (lua_Integer)frame->index);
  set_integer(L, "tasks", (lua_Integer)span.tasks);
  lua_pushnumber(L, span.start);
  lua_setfield(L, -2, "start");
  lua_pushnumber(L, span.stop);
  lua_setfield(L, -2, "stop");
  lua_pushnumber(L, span.cpu);
  lua_setfield(L, -2, "cpu");
  add_event(L);
  return frames_skip(&d->worker->channel, PATIENCE);
}

static bool take_frame(lua_State *L, Drain *d, const Frame *frame) {
  if (frame->kind == FRAME_SPAN) return take_span(L, d, frame);
  if (frame->kind != FRAME_RESULT && frame->kind != FRAME_FAILURE)
    return give_up(d);
  if (frame->job == 0) return take_word(L, d, frame);
  Flight *flight = crew_oldest(d->worker);
  if (!flight) return give_up(d);
  if (flight->job == frame->job && flight->index == frame->index)
    return take_answer(L, d, frame, *flight);
  if (!d->handle->receiving[d->slot]) return give_up(d);
  fail_lost(L, d, flight);
  return true;
}

static void announce_death(lua_State *L, Drain *d) {
  if (!d->worker->dead || d->handle->told[d->slot]) return;
  open_record(L, d, 0);
  new_event(L, d, "death");
  set_integer(L, "status", d->worker->status);
  lua_pushboolean(L, crew_had_begun(d->worker));
  lua_setfield(L, -2, "begun");
  lua_pushboolean(L, atomic_load(&d->worker->channel.shared->state.ready) != 0);
  lua_setfield(L, -2, "ready");
  uint64_t started = atomic_load(&d->worker->channel.shared->state.started);
  lua_pushnumber(L, started ? (double)(d->worker->died - started) * 1e-9 : 0);
  lua_setfield(L, -2, "ran");
  if (d->worker->pid == 0) {
    lua_pushstring(L, strerror(d->worker->status));
    lua_setfield(L, -2, "reason");
  }
  add_event(L);
  d->handle->told[d->slot] = true;
}

static void drain_worker(lua_State *L, Drain *d) {
  const Frame *frame;
  bool going = !d->handle->distrusted[d->slot];
  bool dead = d->worker->dead; /* then all that it has sent is there */
  crew_send_on(L, d->handle, d->slot);
  while (going && (frame = frames_next(&d->worker->channel)))
    going = take_frame(L, d, frame);
  if (d->handle->receiving[d->slot] && crew_oldest(d->worker))
    fail_lost(L, d, crew_oldest(d->worker));
  channel_wake(&d->worker->channel);
  if (dead) announce_death(L, d);
}

/* self, events -> how many answers came. */
static int drain(lua_State *L) {
  CrewHandle *handle = crew_check(L);
  lua_getiuservalue(L, SELF, CREW_JOBS);
  lua_settop(L, BASE);
  Drain d = {.handle = handle};
  if (handle->done > 0) resume_count(L, &d);
  crew_listen(&handle->crew);
  for (d.slot = 0; d.slot < handle->crew.count; d.slot++) {
    d.worker = &handle->workers[d.slot];
    if (d.worker->channel.shared) drain_worker(L, &d);
  }
  close_record(L, &d);
  lua_pushinteger(L, d.count);
  return 1;
}

/* drain(self, events) -> how many answers came. Their results are put where
** their job's record wants them; the rest are events: the record of a call that
** has results; {event = "failure" | "answer" | "span" | "death", slot, pid,
** ...}. */
int crew_drain(lua_State *L) {
  luaL_checktype(L, EVENTS, LUA_TTABLE);
  lua_settop(L, EVENTS);
  lua_pushcfunction(L, drain);
  lua_pushvalue(L, SELF);
  lua_pushvalue(L, EVENTS);
  crew_begin_drain(L);
  int status = lua_pcall(L, 2, 1, 0);
  crew_end_drain(L);
  return status == LUA_OK ? 1 : lua_error(L);
}
