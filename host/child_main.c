/* The child's side: loads the solution and serves requests. Between the frame
** of a CHILD_CALL and its answer nothing but the solution's own function runs.
**
** The stack of the state: the solution's table, its arguments, its results. */
#include <errno.h>
#include <fcntl.h>
#include <lauxlib.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/call_count.h"
#include "host/child.h"
#include "host/child_confine.h"
#include "host/child_forbid.h"
#include "host/hook.h"
#include "host/perilune.h"
#include "host/sandbox/sandbox.h"
#include "native/message.h"

enum { LONGEST_ERROR = 4096 };

/* Stack indices: of the table whose functions are called, and while a solution
** is opened. */
enum { MODULE = 1, DRIVER = 1, STATUS = 2 };

typedef struct Server {
  Perilune *host;
  lua_State *L;
  ChildFrame frame; /* of the request being served */
  char *payload;    /* malloc'ed, frame.size bytes */
  int arguments;    /* how many */
  uint64_t instructions;
  CallCount calls;
  char source[PATH_MAX + 1]; /* "@" and the solution's path */
  bool collects; /* the solution's collector runs while its code does */
  lua_Hook hook; /* and what its debug.sethook has set */
  int mask;
  int count;
} Server;

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

static void answer(const Server *server, ChildCode code, const void *bytes,
                   size_t size) {
  ChildFrame frame = {server->frame.nonce, code, size};
  send_bytes(&frame, sizeof frame);
  send_bytes(bytes, size);
}

/* Message on the top of the stack, which is popped. */
static void answer_text(Server *server, ChildCode code) {
  size_t size = 0;
  const char *text = lua_tolstring(server->L, -1, &size);
  if (size > LONGEST_ERROR) size = LONGEST_ERROR;
  answer(server, code, text, size);
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
  answer_text(server, memory ? CHILD_MEMORY : CHILD_ERROR);
}

/* While arguments or results are in our hands, no finaliser and no hook of the
** solution's runs: that would be work that no clock sees. */
static void hold(Server *server) {
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

/* Calls a C function of ours with the Server, and the `count` values on the
** top, which are popped. Answers when it fails. */
static bool call_safely(Server *server, lua_CFunction function, int count,
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

/* Counts what the request asks for. */
static bool call_solution(Server *server, int arguments, int results) {
  int handler = lua_gettop(server->L) - arguments;
  lua_pushcfunction(server->L, add_place);
  lua_insert(server->L, handler);
  let_go(server);
  start_counting(server);
  int status = lua_pcall(server->L, arguments, results, handler);
  stop_counting(server);
  hold(server);
  lua_remove(server->L, handler);
  fflush(stdout);
  if (status != LUA_OK) answer_error(server, status);
  return status == LUA_OK;
}

/* Pushes the values of the payload. */
static int decode_payload(lua_State *L) {
  Server *server = lua_touserdata(L, 1);
  int count = message_decode(L, server->payload, server->frame.size);
  return count < 0 ? lua_error(L) : count;
}

static int answer_values(lua_State *L) {
  Server *server = lua_touserdata(L, 1);
  size_t size;
  const char *bytes = message_encode(L, 2, lua_gettop(L) - 1, &size);
  if (bytes)
    answer(server, CHILD_OK, bytes, size);
  else
    answer_text(server, CHILD_DATA);
  return 0;
}

/* settings -> what the driver's file returned, or nil. It runs before all code
** of the solution's, and takes what it needs of the libraries for itself. */
static int load_driver(lua_State *L) {
  if (lua_getfield(L, 2, "driver") == LUA_TNIL) return 1;
  if (luaL_loadfilex(L, lua_tostring(L, -1), "t") != LUA_OK)
    return lua_error(L);
  lua_call(L, 0, 1);
  luaL_checktype(L, -1, LUA_TFUNCTION);
  return 1;
}

/* settings -> load's status, chunk or message, folder or nil, file */
static int load_solution(lua_State *L) {
  Server *server = lua_touserdata(L, 1);
  lua_getfield(L, 2, "late");
  lua_getfield(L, 2, "forbidden");
  bool driven = lua_getfield(L, 2, "driver") != LUA_TNIL;
  child_forbid(L, 4, lua_toboolean(L, 3), driven);
  lua_getfield(L, 2, "file");
  const char *source = lua_pushfstring(L, "@%s", lua_tostring(L, -1));
  snprintf(server->source, sizeof server->source, "%s", source);
  lua_getfield(L, 2, "memory");
  perilune_limit_memory(server->host, (size_t)lua_tointeger(L, -1));
  lua_getfield(L, 2, "file");
  lua_pushinteger(L, luaL_loadfilex(L, lua_tostring(L, -1), "t"));
  lua_insert(L, -2);
  lua_getfield(L, 2, "cwd");
  lua_getfield(L, 2, "file");
  return 4;
}

static ChildCode load_code(lua_Integer status) {
  switch (status) {
  case LUA_ERRFILE: return CHILD_MISSING;
  case LUA_ERRMEM: return CHILD_MEMORY;
  default: return CHILD_SYNTAX;
  }
}

/* {name = function} -> {name...} */
static int list_functions(lua_State *L) {
  lua_newtable(L);
  lua_Integer n = 0;
  lua_pushnil(L);
  while (lua_next(L, 2)) {
    if (lua_type(L, -2) == LUA_TSTRING && lua_isfunction(L, -1)) {
      lua_pushvalue(L, -2);
      lua_rawseti(L, 3, ++n);
    }
    lua_pop(L, 1);
  }
  return 1;
}

__attribute__((format(printf, 3, 4))) static void
answer_format(Server *server, ChildCode code, const char *format, ...) {
  char text[512];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  answer(server, code, text, strlen(text));
}

/* {name = function} -> the same, without anything else */
static int copy_functions(lua_State *L) {
  lua_newtable(L);
  lua_pushnil(L);
  while (lua_next(L, 2)) {
    lua_pushvalue(L, -2);
    lua_insert(L, -2);
    if (lua_type(L, -2) == LUA_TSTRING && lua_isfunction(L, -1))
      lua_rawset(L, 3);
    else
      lua_pop(L, 2);
  }
  return 1;
}

/* what the driver's file returned, the solution's functions -> the functions
** that are called in their stead */
static int attach_driver(lua_State *L) {
  lua_call(L, 1, 1);
  luaL_checktype(L, -1, LUA_TTABLE);
  return 1;
}

/* Takes what load_solution gave and leaves the solution's table on the top. */
static bool run_file(Server *server) {
  lua_State *L = server->L;
  lua_Integer status = lua_tointeger(L, STATUS);
  const char *folder = lua_tostring(L, STATUS + 2);
  if (status != LUA_OK) {
    lua_settop(L, STATUS + 1);
    answer_text(server, load_code(status));
    return false;
  }
  if (folder && chdir(folder) != 0) {
    answer_format(server, CHILD_MISSING, "cannot enter %s: %s", folder,
                  strerror(errno));
    return false;
  }
  lua_pushvalue(L, STATUS + 1);
  if (!call_solution(server, 0, 1)) return false;
  if (!lua_istable(L, -1)) {
    const char *got = lua_isnil(L, -1) ? "nothing" : luaL_typename(L, -1);
    answer_format(server, CHILD_CONTRACT,
                  "%s returns %s, not a table of functions", server->source + 1,
                  got);
    return false;
  }
  return true;
}

/* Puts the solution's table, or what its driver makes of it, at MODULE, and
** pushes the names of the solution's own functions. */
static bool place_functions(Server *server) {
  lua_State *L = server->L;
  lua_replace(L, STATUS);
  lua_settop(L, STATUS);
  lua_pushvalue(L, STATUS);
  if (!call_safely(server, list_functions, 1, 1)) return false;
  lua_insert(L, MODULE);
  bool driven = lua_isfunction(L, DRIVER + 1);
  if (driven && !(call_safely(server, copy_functions, 1, 1) &&
                  call_safely(server, attach_driver, 2, 1)))
    return false;
  lua_insert(L, MODULE);
  lua_settop(L, MODULE + 1);
  return true;
}

static void serve_open(Server *server) {
  lua_State *L = server->L;
  hold(server);
  if (!call_safely(server, decode_payload, 0, 1)) return;
  lua_pushvalue(L, 1);
  if (!call_safely(server, load_driver, 1, 1)) return;
  lua_insert(L, DRIVER);
  if (call_safely(server, load_solution, 1, 4) && run_file(server) &&
      place_functions(server))
    call_safely(server, answer_values, 1, 0);
}

/* The collector's debt is paid here, not by the call that follows. */
static void serve_put(Server *server) {
  lua_State *L = server->L;
  lua_settop(L, MODULE);
  server->arguments = 0;
  if (!call_safely(server, decode_payload, 0, LUA_MULTRET)) return;
  server->arguments = lua_gettop(L) - MODULE;
  lua_gc(L, LUA_GCCOLLECT);
  answer(server, CHILD_OK, NULL, 0);
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
  lua_settop(L, MODULE + server->arguments);
  if (!lua_checkstack(L, server->arguments + LUA_MINSTACK)) {
    answer_format(server, CHILD_MEMORY, "too many arguments");
    return false;
  }
  lua_pushvalue(L, MODULE);
  if (!call_safely(server, find_function, 1, 1)) return false;
  if (!lua_isfunction(L, -1)) {
    answer_format(server, CHILD_MISSING, "no function '%.100s'",
                  server->payload);
    return false;
  }
  for (int i = 1; i <= server->arguments; i++) lua_pushvalue(L, MODULE + i);
  return true;
}

static bool call_named(Server *server) {
  return push_call(server) &&
         call_solution(server, server->arguments, LUA_MULTRET);
}

static void serve_call(Server *server) {
  if (call_named(server)) answer(server, CHILD_OK, NULL, 0);
}

static void serve_count(Server *server) {
  if (call_named(server))
    answer(server, CHILD_OK, &server->instructions,
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
  if (call_solution(server, server->arguments + 1, 1))
    answer(server, CHILD_OK, NULL, 0);
}

static int prepare_calls(lua_State *L) {
  call_count_prepare(L);
  return 0;
}

static void serve_calls(Server *server) {
  size_t size;
  if (!call_safely(server, prepare_calls, 0, 0) || !call_named(server)) return;
  const void *bytes = call_count_bytes(&server->calls, &size);
  answer(server, CHILD_OK, bytes, size);
}

static void serve_take(Server *server) {
  lua_State *L = server->L;
  int first = MODULE + server->arguments + 1;
  int count = lua_gettop(L) - first + 1;
  if (!lua_checkstack(L, count + LUA_MINSTACK)) {
    answer_format(server, CHILD_DATA, "too many results");
    return;
  }
  for (int i = 0; i < count; i++) lua_pushvalue(L, first + i);
  call_safely(server, answer_values, count, 0);
}

static void serve(Server *server) {
  switch (server->frame.kind) {
  case CHILD_OPEN: serve_open(server); break;
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
  answer(data, CHILD_OK, confined, sizeof *confined);
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
** (family.c). */
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
  PeriluneOptions options = {.ignore_environment = true};
  server->host = perilune_open(&options);
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
