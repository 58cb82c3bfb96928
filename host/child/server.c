#include "host/child/server.h"

#include <errno.h>
#include <lauxlib.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/hook.h"
#include "native/message.h"

enum { LONGEST_ERROR = 4096 };

static void send_bytes(const void *bytes, size_t size) {
  const char *at = bytes;
  while (size > 0) {
    ssize_t n = send(CHILD_SOCKET, at, size, MSG_NOSIGNAL);
    if (n < 0 && child_passes(errno)) continue;
    if (n <= 0) _exit(EXIT_FAILURE);
    at += n;
    size -= (size_t)n;
  }
}

void server_answer(const Server *server, ChildCode code, const void *bytes,
                   size_t size) {
  ChildFrame frame = {server->frame.nonce, code, size};
  send_bytes(&frame, sizeof frame);
  send_bytes(bytes, size);
}

void server_answer_text(Server *server, ChildCode code) {
  size_t size = 0;
  const char *text = lua_tolstring(server->L, -1, &size);
  if (size > LONGEST_ERROR) size = LONGEST_ERROR;
  server_answer(server, code, text, size);
  lua_pop(server->L, 1);
}

static int error_text(lua_State *L) {
  if (luaL_callmeta(L, 1, "__tostring") && lua_type(L, -1) == LUA_TSTRING)
    return 1;
  lua_pushfstring(L, "(error object is a %s value)", luaL_typename(L, 1));
  return 1;
}

/* The failure of a call, whose error is on the top. Memory may have run out
** inside a coroutine.wrap, which passes the message on as any other. */
static void answer_error(Server *server, int status) {
  lua_State *L = server->L;
  if (!lua_isstring(L, -1)) {
    lua_pushcfunction(L, error_text);
    lua_insert(L, -2);
    status = lua_pcall(L, 1, 1, 0);
  }
  const char *text = lua_tostring(L, -1);
  bool memory = status == LUA_ERRMEM ||
                (text && strcmp(text, "not enough memory") == 0);
  server_answer_text(server, memory ? CHILD_MEMORY : CHILD_ERROR);
}

void server_answer_format(Server *server, ChildCode code, const char *format,
                          ...) {
  char text[512];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  server_answer(server, code, text, strlen(text));
}

void server_hold(Server *server) {
  lua_State *L = server->L;
  server->collects = lua_gc(L, LUA_GCISRUNNING);
  server->hook = lua_gethook(L);
  server->mask = lua_gethookmask(L);
  server->count = lua_gethookcount(L);
  lua_gc(L, LUA_GCSTOP);
  lua_sethook(L, NULL, 0, 0);
}

static void let_go(Server *server) {
  lua_State *L = server->L;
  lua_sethook(L, server->hook, server->mask, server->count);
  if (server->collects) lua_gc(L, LUA_GCRESTART);
}

bool server_call(Server *server, lua_CFunction function, int count,
                 int results) {
  lua_State *L = server->L;
  lua_pushcfunction(L, function);
  lua_insert(L, -(count + 1));
  lua_pushlightuserdata(L, server);
  lua_insert(L, -(count + 1));
  int status = lua_pcall(L, count + 1, results, 0);
  if (status != LUA_OK) answer_error(server, status);
  return status == LUA_OK;
}

static void start_counting(Server *server) {
  if (server->frame.kind == CHILD_COUNT)
    hook_count_start(hook_of(server->L));
  else if (server->frame.kind == CHILD_CALLS)
    call_count_start(server->L, &server->calls, server->source);
}

static void stop_counting(Server *server) {
  if (server->frame.kind == CHILD_COUNT)
    server->instructions = hook_count_stop(hook_of(server->L));
  else if (server->frame.kind == CHILD_CALLS)
    call_count_stop(server->L, &server->calls);
}

/* An error that Lua raises for a C function (what ipairs reads, or table.sort
** compares) tells no place; gives it that of the Lua code that runs. */
static int add_place(lua_State *L) {
  const char *text = lua_tostring(L, 1);
  lua_Debug frame;
  if (!text || strncmp(text, "attempt to ", strlen("attempt to ")) != 0)
    return 1;
  for (int level = 1; lua_getstack(L, level, &frame); level++) {
    lua_getinfo(L, "Sl", &frame);
    if (frame.currentline <= 0) continue;
    lua_pushfstring(L, "%s:%d: %s", frame.short_src, frame.currentline, text);
    return 1;
  }
  return 1;
}

bool server_call_solution(Server *server, int arguments, int results) {
  int handler = lua_gettop(server->L) - arguments;
  lua_pushcfunction(server->L, add_place);
  lua_insert(server->L, handler);
  let_go(server);
  start_counting(server);
  int status = lua_pcall(server->L, arguments, results, handler);
  stop_counting(server);
  server_hold(server);
  lua_remove(server->L, handler);
  fflush(stdout);
  if (status != LUA_OK) answer_error(server, status);
  return status == LUA_OK;
}

int server_decode_payload(lua_State *L) {
  Server *server = lua_touserdata(L, 1);
  int count = message_decode(L, server->payload, server->frame.size);
  return count < 0 ? lua_error(L) : count;
}

int server_answer_values(lua_State *L) {
  Server *server = lua_touserdata(L, 1);
  size_t size;
  const char *bytes = message_encode(L, 2, lua_gettop(L) - 1, &size);
  if (bytes)
    server_answer(server, CHILD_OK, bytes, size);
  else
    server_answer_text(server, CHILD_DATA);
  return 0;
}
