/* The calls that a worker makes, each protected, and what it says of their
** results and errors. */
#include <lauxlib.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <unistd.h>

#include "native/pool/working_lua.h"

/* Upvalues of the functions that run protected. */
#define SELF ((Worker *)lua_touserdata(L, lua_upvalueindex(1)))
#define UP_FUNCTIONS lua_upvalueindex(2)
#define UP_SHEET lua_upvalueindex(3)

/* In the registry: the last error's traceback, and two codes, for when there is
** no memory to make them. */
static const char traceback_key, memory_key, error_key;

/* What a task prints is out before its result is. */
static void flush_output(void) {
  if (__fpending(stdout) > 0) fflush(stdout);
}

/* Pushes the values of the frame under way, or -1 and what is wrong. */
static int read_frame(lua_State *L, Worker *w) {
  bool broken = false;
  w->let_go = !frame_is_whole(&w->frame);
  int count = frames_read(L, &w->channel, FOREVER, &broken);
  if (broken) _exit(0);
  w->let_go = true;
  return count;
}

static Frame answer(const Worker *w, FrameKind kind) {
  return (Frame){.kind = kind, .job = w->frame.job, .index = w->frame.index};
}

/* Why a result cannot be sent is on the top. */
static void refuse(lua_State *L, Worker *w) {
  Parcel parcel;
  Frame header = answer(w, FRAME_FAILURE);
  lua_pushliteral(L, "data");
  lua_insert(L, -2);
  if (parcel_write(L, UP_SHEET, lua_gettop(L) - 1, 2, "value", &parcel))
    worker_send(w, &header, &parcel);
}

/* Sends the values on the stack as the result. */
static void send_result(lua_State *L, Worker *w) {
  enum { ROOM = 4096 };
  Frame header = answer(w, FRAME_RESULT);
  int count = lua_gettop(L);
  flush_output();
  char *to = worker_await_room(w, ROOM);
  size_t size = parcel_write_plain(L, 1, count, to, ROOM);
  if (size > 0) {
    frames_publish(&w->channel, &header, size);
    return;
  }
  Parcel parcel;
  if (!parcel_write(L, UP_SHEET, 1, count, "result", &parcel)) {
    refuse(L, w);
    return;
  }
  worker_send(w, &header, &parcel);
  if (parcel.count > 1) parcel_clear(L, UP_SHEET);
}

static int run_task(lua_State *L) {
  Worker *w = SELF;
  lua_rawgeti(L, UP_FUNCTIONS, w->frame.function);
  int count = read_frame(L, w);
  if (count < 0) return lua_error(L);
  w->starved = lua_isnil(L, 1);
  if (w->starved) return luaL_error(L, "not enough memory");
  if (!lua_isfunction(L, 1)) {
    lua_settop(L, 1);
    return lua_error(L);
  }
  lua_call(L, count, LUA_MULTRET);
  send_result(L, w);
  return 0;
}

static int run_call(lua_State *L) {
  Worker *w = SELF;
  bool asked = w->frame.kind == FRAME_ASK;
  int count = read_frame(L, w);
  if (count < 0) return lua_error(L);
  luaL_checktype(L, 1, LUA_TFUNCTION);
  lua_call(L, count - 1, asked ? LUA_MULTRET : 0);
  if (asked) send_result(L, w);
  return 0;
}

/* Where the function cannot be read its tasks fail with the reason; where there
** is no memory even for that, nothing stands there. */
static int define(lua_State *L) {
  Worker *w = SELF;
  read_frame(L, w);
  lua_settop(L, 1);
  lua_rawseti(L, UP_FUNCTIONS, w->frame.function);
  return 0;
}

/* Keeps the traceback beside the error. */
static int add_traceback(lua_State *L) {
  lua_pushnil(L);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &traceback_key);
  luaL_traceback(L, L, NULL, 1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &traceback_key);
  return 1;
}

static int text_of(lua_State *L) {
  luaL_tolstring(L, 1, NULL);
  return 1;
}

/* Pushes what tostring gives of the error at stack index 2. */
static void push_text(lua_State *L) {
  lua_pushcfunction(L, text_of);
  lua_pushvalue(L, 2);
  int status = lua_pcall(L, 1, 1, 0);
  if (status == LUA_OK) return;
  if (status == LUA_ERRMEM) lua_error(L);
  lua_pop(L, 1);
  lua_pushfstring(L, "(error object is a %s value)", luaL_typename(L, 2));
}

/* code, error: sends the failure as code, text, traceback, true, error; without
** the last two where the error cannot be sent. */
static int report(lua_State *L) {
  Worker *w = SELF;
  Parcel parcel;
  Frame header = answer(w, FRAME_FAILURE);
  push_text(L);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &traceback_key);
  lua_pushboolean(L, 1);
  lua_pushvalue(L, 2);
  lua_remove(L, 2);
  if (!parcel_write(L, UP_SHEET, 1, 5, "value", &parcel)) {
    lua_settop(L, 3);
    if (!parcel_write(L, UP_SHEET, 1, 3, "value", &parcel)) return 0;
  }
  worker_send(w, &header, &parcel);
  if (parcel.count > 1) parcel_clear(L, UP_SHEET);
  return 0;
}

/* Where not even that has the memory. */
static void report_shortly(lua_State *L, Worker *w) {
  enum { ROOM = 64 };
  Frame header = answer(w, FRAME_FAILURE);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &memory_key);
  char *to = worker_await_room(w, ROOM);
  size_t size = parcel_write_plain(L, lua_gettop(L), 1, to, ROOM);
  frames_publish(&w->channel, &header, size);
  lua_pop(L, 1);
}

/* The error is on the top, and stays. */
static void tell_error(lua_State *L, Worker *w, bool memory) {
  lua_pushvalue(L, REPORT);
  lua_rawgetp(L, LUA_REGISTRYINDEX, memory ? &memory_key : &error_key);
  lua_pushvalue(L, -3);
  if (lua_pcall(L, 2, 0, 0) == LUA_OK) return;
  lua_pop(L, 1);
  report_shortly(L, w);
}

/* The error is on the top. Nobody waits for a definition: its tasks tell. */
static void fail(lua_State *L, Worker *w, int status) {
  bool memory = status == LUA_ERRMEM || w->starved;
  if (!w->let_go && !frames_skip(&w->channel, FOREVER)) _exit(0);
  flush_output();
  if (memory) lua_gc(L, LUA_GCCOLLECT);
  if (w->frame.kind != FRAME_DEFINE) tell_error(L, w, memory);
  lua_pushnil(L);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &traceback_key);
  lua_pop(L, 1);
  w->woken = 0; /* the owner may want to stop */
}

bool worker_serve(lua_State *L, Worker *w, int function) {
  w->let_go = w->starved = false;
  lua_pushvalue(L, function);
  int status = lua_pcall(L, 0, 0, HANDLER);
  if (status != LUA_OK) fail(L, w, status);
  return status == LUA_OK;
}

static void push_protected(lua_State *L, Worker *w, lua_CFunction function) {
  lua_pushlightuserdata(L, w);
  lua_pushvalue(L, FUNCTIONS);
  lua_pushvalue(L, SHEET);
  lua_pushcclosure(L, function, 3);
}

void worker_prepare(lua_State *L, Worker *w) {
  lua_newtable(L);
  parcel_sheet(L);
  lua_pushcfunction(L, add_traceback);
  push_protected(L, w, run_task);
  push_protected(L, w, run_call);
  push_protected(L, w, define);
  push_protected(L, w, report);
  lua_pushliteral(L, "memory");
  lua_rawsetp(L, LUA_REGISTRYINDEX, &memory_key);
  lua_pushliteral(L, "error");
  lua_rawsetp(L, LUA_REGISTRYINDEX, &error_key);
}
