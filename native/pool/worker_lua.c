/* A worker's life: from its state, made in the template, to its end. */
#include "native/pool/worker_lua.h"

#include <lauxlib.h>
#include <lualib.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "native/pool/limit_lua.h"
#include "native/pool/working_lua.h"
#include "native/seed.h"

static void set_timer(Worker *w, uint64_t ns) {
  struct itimerspec time = {
      .it_value = {(time_t)(ns / 1000000000u), (long)(ns % 1000000000u)}};
  if (w->options->task_timeout) timer_settime(w->timer, 0, &time, NULL);
}

static void begin_task(Worker *w) {
  if (w->options->timeline) worker_begin_span(w);
  atomic_store_explicit(&w->state->started, w->now, memory_order_release);
  set_timer(w, w->options->task_timeout);
}

static void note_memory(lua_State *L, Worker *w) {
  uint64_t bytes = (uint64_t)lua_gc(L, LUA_GCCOUNT) * 1024;
  bytes += (uint64_t)lua_gc(L, LUA_GCCOUNTB);
  atomic_store_explicit(&w->state->bytes, bytes, memory_order_relaxed);
}

static void end_task(lua_State *L, Worker *w) {
  uint64_t began = w->now;
  w->now = channel_now();
  set_timer(w, 0);
  atomic_store_explicit(&w->state->started, 0, memory_order_relaxed);
  uint64_t busy = atomic_load_explicit(&w->state->busy, memory_order_relaxed);
  atomic_store_explicit(&w->state->busy, busy + (w->now - began),
                        memory_order_relaxed);
  note_memory(L, w);
}

/* A worker that is not set up ends: no task must see it. */
static void serve_call(lua_State *L, Worker *w) {
  atomic_store(&w->state->ready, 0);
  if (!worker_serve(L, w, RUN_CALL)) {
    worker_tell(w);
    _exit(1);
  }
  w->now = channel_now();
  atomic_store(&w->state->ready, 1);
}

static void serve_task(lua_State *L, Worker *w, Frame *frame) {
  uint32_t claim = FRAME_FREE;
  if (!atomic_compare_exchange_strong(&frame->claim, &claim, FRAME_TAKEN)) {
    if (!frames_skip(&w->channel, FOREVER)) _exit(0);
    return;
  }
  begin_task(w);
  worker_serve(L, w, RUN_TASK);
  end_task(L, w);
  if (w->options->timeline) worker_extend_span(w);
  uint32_t served = atomic_load_explicit(&w->state->served,
                                         memory_order_relaxed);
  atomic_store_explicit(&w->state->served, served + 1, memory_order_relaxed);
}

static void forget(lua_State *L, Worker *w) {
  lua_pushnil(L);
  lua_rawseti(L, FUNCTIONS, w->frame.function);
  frames_skip(&w->channel, FOREVER);
}

/* True: the worker is to end. */
static bool serve_frame(lua_State *L, Worker *w, Frame *frame) {
  memcpy(&w->frame, frame, sizeof w->frame);
  switch (frame->kind) {
  case FRAME_TASK: serve_task(L, w, frame); break;
  case FRAME_CALL: serve_call(L, w); break;
  case FRAME_ASK: worker_serve(L, w, RUN_CALL); break;
  case FRAME_DEFINE: worker_serve(L, w, DEFINE); break;
  case FRAME_FORGET: forget(L, w); break;
  default: return true;
  }
  return false;
}

static bool await_frame(Worker *w) {
  if (w->options->timeline) worker_end_span(w);
  worker_tell(w);
  if (!channel_await(&w->channel, sizeof(Frame))) return false;
  w->now = channel_now();
  return true;
}

static void live(lua_State *L, Worker *w) {
  for (;;) {
    Frame *frame = frames_next(&w->channel);
    if (!frame) {
      if (!await_frame(w)) _exit(0);
    } else if (serve_frame(L, w, frame)) {
      if (w->options->timeline) worker_end_span(w);
      return;
    } else {
      worker_tell_in_time(w);
    }
  }
}

/* os.exit([code [, close]]): what the owner's process has not written yet is
** none of the worker's. */
static int exit_worker(lua_State *L) {
  int status = EXIT_SUCCESS;
  if (lua_isboolean(L, 1))
    status = lua_toboolean(L, 1) ? EXIT_SUCCESS : EXIT_FAILURE;
  else
    status = (int)luaL_optinteger(L, 1, EXIT_SUCCESS);
  if (lua_toboolean(L, 2)) lua_close(L);
  fflush(stdout);
  _exit(status);
}

static int draw_seeds(lua_State *L) {
  uint64_t seed[2];
  seed_draw(seed);
  srand((unsigned)seed[0]);
  lua_getglobal(L, LUA_MATHLIBNAME);
  lua_getfield(L, -1, "randomseed");
  lua_pushinteger(L, (lua_Integer)seed[0]);
  lua_pushinteger(L, (lua_Integer)seed[1]);
  lua_call(L, 2, 0);
  return 0;
}

static int prepare(lua_State *L) {
  Worker *w = lua_touserdata(L, 1);
  lua_settop(L, 0);
  lua_getglobal(L, LUA_OSLIBNAME);
  lua_pushcfunction(L, exit_worker);
  lua_setfield(L, -2, "exit");
  lua_pop(L, 1);
  parcel_open(L);
  worker_prepare(L, w);
  return lua_gettop(L);
}

static void make_timer(Worker *w) {
  struct sigevent event = {.sigev_notify = SIGEV_SIGNAL,
                           .sigev_signo = SIGKILL};
  if (w->options->task_timeout &&
      timer_create(CLOCK_MONOTONIC, &event, &w->timer) != 0)
    _exit(1);
}

/* One worker in a process. */
static Worker worker;

int worker_run(lua_State *L, const WorkerOptions *options, int socket,
               int memory) {
  Worker *w = &worker;
  *w = (Worker){.options = options, .now = channel_now()};
  if (!channel_open(&w->channel, memory, socket, false)) return 1;
  close(memory);
  w->state = &w->channel.shared->state;
  atomic_store(&w->state->pid, (int32_t)getpid());
  make_timer(w);
  lua_pushcfunction(L, draw_seeds);
  if (lua_pcall(L, 0, 0, 0) != LUA_OK) return 1;
  live(L, w);
  lua_close(L);
  fflush(stdout);
  return 0;
}

static lua_State *open_plain(void) {
  lua_State *L = luaL_newstate();
  if (L) luaL_openlibs(L);
  return L;
}

lua_State *worker_open(const WorkerOptions *options) {
  lua_State *L = options->open ? options->open() : open_plain();
  if (!L) return NULL;
  lua_settop(L, 0);
  lua_pushcfunction(L, prepare);
  lua_pushlightuserdata(L, &worker);
  if (lua_pcall(L, 1, LUA_MULTRET, 0) != LUA_OK) return NULL;
  if (options->memory_limit) limit_memory(L, options->memory_limit);
  return L;
}
