/* The child's process: is confined, and serves one request after the other. */
#include <errno.h>
#include <fcntl.h>
#include <lauxlib.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/child/child.h"
#include "host/child/confine.h"
#include "host/child/server.h"
#include "host/child/state.h"
#include "host/sandbox/sandbox.h"

static bool receive(void *bytes, size_t size) {
  char *at = bytes;
  while (size > 0) {
    ssize_t n = recv(CHILD_SOCKET, at, size, 0);
    if (n < 0 && child_passes(errno)) continue;
    if (n <= 0) return false;
    at += n;
    size -= (size_t)n;
  }
  return true;
}

/* The collector's debt is paid here, not by the call that follows. */
static void serve_put(Server *server) {
  lua_State *L = server->L;
  lua_settop(L, SERVER_MODULE);
  server->arguments = 0;
  if (!server_call(server, server_decode_payload, 0, LUA_MULTRET)) return;
  server->arguments = lua_gettop(L) - SERVER_MODULE;
  lua_gc(L, LUA_GCCOLLECT);
  server_answer(server, CHILD_OK, NULL, 0);
}

/* module -> its function that the payload names */
static int find_function(lua_State *L) {
  Server *server = lua_touserdata(L, 1);
  lua_pushlstring(L, server->payload, server->frame.size);
  lua_rawget(L, 2);
  return 1;
}

static bool push_call(Server *server) {
  lua_State *L = server->L;
  lua_settop(L, SERVER_MODULE + server->arguments);
  if (!lua_checkstack(L, server->arguments + LUA_MINSTACK)) {
    server_answer_format(server, CHILD_MEMORY, "too many arguments");
    return false;
  }
  lua_pushvalue(L, SERVER_MODULE);
  if (!server_call(server, find_function, 1, 1)) return false;
  if (!lua_isfunction(L, -1)) {
    server_answer_format(server, CHILD_MISSING, "no function '%.100s'",
                         server->payload);
    return false;
  }
  for (int i = 1; i <= server->arguments; i++)
    lua_pushvalue(L, SERVER_MODULE + i);
  return true;
}

static bool call_named(Server *server) {
  return push_call(server) &&
         server_call_solution(server, server->arguments, LUA_MULTRET);
}

static void serve_call(Server *server) {
  if (call_named(server)) server_answer(server, CHILD_OK, NULL, 0);
}

static void serve_count(Server *server) {
  if (call_named(server))
    server_answer(server, CHILD_OK, &server->instructions,
                  sizeof server->instructions);
}

/* Unpacks the table on the top, which goes, and tells how many values it had.
 */
static int unpack(lua_State *L) {
  int table = lua_gettop(L);
  lua_getfield(L, table, "n");
  int count = (int)lua_tointeger(L, -1);
  lua_pop(L, 1);
  luaL_checkstack(L, count, "too many arguments");
  for (int i = 1; i <= count; i++) lua_rawgeti(L, table, i);
  lua_remove(L, table);
  return count;
}

/* Packs the values above `top` into a table. */
static void pack(lua_State *L, int top) {
  int count = lua_gettop(L) - top;
  lua_createtable(L, count, 1);
  lua_insert(L, top + 1);
  for (int i = count; i >= 1; i--) lua_rawseti(L, top + 1, i);
  lua_pushinteger(L, count);
  lua_setfield(L, -2, "n");
}

/* function, list of packed arguments -> list of packed results */
static int call_each(lua_State *L) {
  luaL_checktype(L, 2, LUA_TTABLE);
  lua_settop(L, 2);
  lua_Integer count = (lua_Integer)lua_rawlen(L, 2);
  lua_newtable(L);
  for (lua_Integer i = 1; i <= count; i++) {
    lua_pushvalue(L, 1);
    lua_rawgeti(L, 2, i);
    luaL_checktype(L, -1, LUA_TTABLE);
    lua_call(L, unpack(L), LUA_MULTRET);
    pack(L, 3);
    lua_rawseti(L, 3, i);
  }
  return 1;
}

static void serve_each(Server *server) {
  lua_State *L = server->L;
  if (!push_call(server)) return;
  lua_pushcfunction(L, call_each);
  lua_insert(L, -(server->arguments + 2));
  if (server_call_solution(server, server->arguments + 1, 1))
    server_answer(server, CHILD_OK, NULL, 0);
}

static int prepare_calls(lua_State *L) {
  call_count_prepare(L);
  return 0;
}

static void serve_calls(Server *server) {
  size_t size;
  if (!server_call(server, prepare_calls, 0, 0) || !call_named(server)) return;
  const void *bytes = call_count_bytes(&server->calls, &size);
  server_answer(server, CHILD_OK, bytes, size);
}

static void serve_take(Server *server) {
  lua_State *L = server->L;
  int first = SERVER_MODULE + server->arguments + 1;
  int count = lua_gettop(L) - first + 1;
  if (!lua_checkstack(L, count + LUA_MINSTACK)) {
    server_answer_format(server, CHILD_DATA, "too many results");
    return;
  }
  for (int i = 0; i < count; i++) lua_pushvalue(L, first + i);
  server_call(server, server_answer_values, count, 0);
}

static void serve(Server *server) {
  switch (server->frame.kind) {
  case CHILD_OPEN: server_open(server); break;
  case CHILD_PUT: serve_put(server); break;
  case CHILD_CALL: serve_call(server); break;
  case CHILD_COUNT: serve_count(server); break;
  case CHILD_CALLS: serve_calls(server); break;
  case CHILD_EACH: serve_each(server); break;
  case CHILD_TAKE: serve_take(server); break;
  default: _exit(EXIT_FAILURE);
  }
}

/* The payload gets a final zero, for the names that it may be. */
static bool next_request(Server *server) {
  if (!receive(&server->frame, sizeof server->frame)) return false;
  server->payload = malloc(server->frame.size + 1);
  if (!server->payload) return false;
  server->payload[server->frame.size] = '\0';
  return receive(server->payload, server->frame.size);
}

static void confine(void) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  fcntl(CHILD_SOCKET, F_SETFD, FD_CLOEXEC);
  signal(SIGXFSZ, SIG_IGN);
}

static void answer_confined(const ChildConfined *confined, void *data) {
  server_answer(data, CHILD_OK, confined, sizeof *confined);
}

static void end_request(Server *server) {
  free(server->payload);
  server->payload = NULL;
}

/* The first request. Whoever confines does not come back: its child does.
** PR_SET_DUMPABLE: /proc/self/mem, where the nonce of a request is, cannot be
** opened. Namespaces are made before that, for /proc/PID/uid_map can not
** either; and a supervisor may need more files. PR_SET_CHILD_SUBREAPER: no
** process that it starts gets out of its family, where it is counted and ended
** (host/family.c). */
static bool begin(Server *server) {
  bool more = next_request(server);
  if (more && server->frame.kind == CHILD_CONFINE) {
    confine_child(server->payload, server->frame.size, answer_confined, server);
    end_request(server);
    more = next_request(server);
  }
  prctl(PR_SET_DUMPABLE, 0);
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  sandbox_limit_files();
  return more;
}

static bool open_host(Server *server) {
  server->host = child_open_state();
  if (!server->host) return false;
  server->L = perilune_state(server->host);
  lua_gc(server->L, LUA_GCGEN, 0, 0);
  return true;
}

static void serve_all(Server *server) {
  do {
    serve(server);
    end_request(server);
  } while (next_request(server));
}

int child_main(int argc, char **argv) {
  int type;
  socklen_t size = sizeof type;
  if (getsockopt(CHILD_SOCKET, SOL_SOCKET, SO_TYPE, &type, &size) != 0) {
    fprintf(stderr, "perilune: %s is for Perilune itself\n",
            argv[argc > 1 ? 1 : 0]);
    return 2;
  }
  confine();
  Server server = {0};
  bool asked = begin(&server);
  bool opened = asked && open_host(&server);
  if (opened) serve_all(&server);
  end_request(&server);
  perilune_close(server.host);
  return asked && !opened ? EXIT_FAILURE : EXIT_SUCCESS;
}
