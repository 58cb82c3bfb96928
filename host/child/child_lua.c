/* --- Runs a file's functions in a fresh process of the perilune program, under
** --- limits and, if asked, in a sandbox (see docs/security.md).
** ---
** ---     local child = require "perilune.child"
** ---     local c <close> = assert(child.start{file = "theirs.lua", cpu = 5})
** ---     local ok, sum, code = c:invoke("add", 2, 3)
** ---
** --- Arguments and results are plain values: nil, booleans, numbers, strings
** --- and tables of these. What goes wrong gives nil, a message and a code;
** --- wrong arguments are errors that name them. */

/* ---@alias perilune.child.Code
** ---| "error" # a Lua error; the child lives on, as after the next five
** ---| "memory" # it met its limit
** ---| "syntax" # the file does not parse
** ---| "missing" # there is no such file, folder or function
** ---| "contract" # the file returned no table of functions
** ---| "data" # something cannot be sent
** ---| "time" # out of time: from here on it is dead, and says so again
** ---| "output" # it printed too much
** ---| "exit" # it ended by itself
** ---| "crash" # it died of a signal, or broke the protocol
** ---| "system" # it refuses a process, memory, a layer of a full sandbox */
#include <lauxlib.h>
#include <string.h>

#include "host/child/child.h"
#include "host/child/confine.h"
#include "host/libraries.h"
#include "native/message.h"

#define CHILD "perilune.child"

enum { OUTPUT = 1, FUNCTIONS = 2, POLICY = 3, USER_VALUES = 3 };

/* Numbers of each function in an answer to CHILD_CALLS. */
enum { COUNTS = 4 };

static const size_t FIRST_PAYLOAD = 1 << 20;
static const size_t SHORTEST_REPLY = 64 << 10;

static const struct {
  double cpu, wall, memory, output;
} defaults = {10, 20, 512 << 20, 64 << 10};

static Child *check_child(lua_State *L) {
  Child *child = luaL_checkudata(L, 1, CHILD);
  luaL_argcheck(L, child->pid != 0 || child->code != CHILD_OK, 1,
                "the child is closed");
  return child;
}

static int fail(lua_State *L, const Child *child) {
  luaL_pushfail(L);
  lua_pushstring(L, child->message);
  lua_pushstring(L, child_code_names[child->code]);
  return 3;
}

/* The message is on the top. */
static int fail_with(lua_State *L, ChildCode code) {
  luaL_pushfail(L);
  lua_insert(L, -2);
  lua_pushstring(L, child_code_names[code]);
  return 3;
}

static int nothing(lua_State *L) {
  (void)L;
  return 0;
}

/* A signal came: calling a function lets the hook that its handler may have set
** raise its error. The child is then torn, and the next request ends it. */
static void signalled(void *data) {
  lua_State *L = data;
  lua_pushcfunction(L, nothing);
  lua_call(L, 0, 0);
}

/* Pushes the bytes of a reply in a userdata, which grows as they come: their
** number is only a claim. */
static const char *push_payload(lua_State *L, Child *child, size_t size) {
  size_t capacity = size < FIRST_PAYLOAD ? size : FIRST_PAYLOAD;
  char *bytes = lua_newuserdatauv(L, capacity, 0);
  if (!child_receive(child, bytes, capacity)) return NULL;
  while (capacity < size) {
    size_t larger = size - capacity < capacity ? size : 2 * capacity;
    char *more = lua_newuserdatauv(L, larger, 0);
    memcpy(more, bytes, capacity);
    lua_replace(L, -2);
    bytes = more;
    if (!child_receive(child, bytes + capacity, larger - capacity)) return NULL;
    capacity = larger;
  }
  return bytes;
}

typedef struct Reply {
  const char *bytes; /* in a userdata on the stack */
  size_t size;
} Reply;

/* Returns 0 and pushes the reply's userdata; or pushes a failure and returns
** the number of its values. */
static int request(lua_State *L, Child *child, ChildRequest kind,
                   const char *bytes, size_t size, Reply *reply) {
  ChildFrame frame;
  child->signalled = signalled;
  child->data = L;
  if (!child_begin(child) || !child_exchange(child, kind, bytes, size, &frame))
    return fail(L, child);
  reply->size = frame.size;
  reply->bytes = push_payload(L, child, frame.size);
  if (!reply->bytes) return fail(L, child);
  child_end(child);
  if (frame.kind == CHILD_OK) return 0;
  lua_pushlstring(L, reply->bytes, reply->size);
  return fail_with(L, (ChildCode)frame.kind);
}

/* What a reply says that cannot be read. */
static int fail_protocol(lua_State *L, Child *child) {
  child_fail(child, CHILD_CRASH, "sent what is no answer");
  return fail(L, child);
}

/* Sends the `count` values from index `first` on. */
static int send_values(lua_State *L, Child *child, ChildRequest kind, int first,
                       int count, Reply *reply) {
  size_t size;
  const char *bytes = message_encode(L, first, count, &size);
  if (!bytes) return fail_with(L, CHILD_DATA);
  return request(L, child, kind, bytes, size, reply);
}

static void set_number(lua_State *L, const char *name, double value) {
  lua_pushnumber(L, value);
  lua_setfield(L, -2, name);
}

/* Processor time between two looks. The family's falls when one of them is
** adopted by another process; that gives nobody time back. */
static double family_between(const ChildTimes *before,
                             const ChildTimes *after) {
  double family = after->family - before->family;
  return family > 0 ? family : 0;
}

/* Calls the function whose name is at index 2; pushes {cpu, wall, family}, of
** which the last is that part of cpu which was not its own. */
static int timed(lua_State *L, Child *child, ChildRequest kind, Reply *reply) {
  size_t size;
  const char *name = luaL_checklstring(L, 2, &size);
  ChildTimes before = child_times(child);
  int failed = request(L, child, kind, name, size, reply);
  ChildTimes after = child_times(child);
  if (failed) return failed;
  double family = family_between(&before, &after);
  lua_createtable(L, 0, 3);
  set_number(L, "cpu", after.cpu - before.cpu + family);
  set_number(L, "family", family);
  set_number(L, "wall", after.wall - before.wall);
  return 0;
}

static int take_values(lua_State *L, Child *child, int *count) {
  Reply reply;
  int failed = request(L, child, CHILD_TAKE, NULL, 0, &reply);
  if (failed) return failed;
  *count = message_decode(L, reply.bytes, reply.size);
  return *count < 0 ? fail_protocol(L, child) : 0;
}

/* ---@class perilune.child.Times
** ---@field cpu number seconds of processor time, of its own processes too
** ---@field family number that part of it which was not its own
** ---@field wall number seconds
** ---@field instructions? integer of Lua's, executed (count)
** ---@field functions? perilune.child.Calls[] of the file (calls)
** ---@field others? integer calls of other Lua functions (calls) */

/* ---@class perilune.child.Calls
** ---@field line integer where the function is defined
** ---@field calls integer
** ---@field sampled integer calls of which the caller was looked at
** ---@field nested integer of these, the function's own */

/* ---@class perilune.child.Child
** local Child = {} */

/* --- The names of the functions in the file's table, sorted.
** ---@return string[]
** function Child:functions() */
static int child_functions(lua_State *L) {
  luaL_checkudata(L, 1, CHILD);
  lua_getiuservalue(L, 1, FUNCTIONS);
  return 1;
}

/* --- Keeps arguments for the calls that follow.
** ---@param ... any
** ---@return true? ok
** ---@return string? message
** ---@return perilune.child.Code? code
** function Child:put(...) */
static int child_put(lua_State *L) {
  Reply reply;
  Child *child = check_child(L);
  int count = lua_gettop(L) - 1;
  int failed = send_values(L, child, CHILD_PUT, 2, count, &reply);
  if (failed) return failed;
  lua_pushboolean(L, 1);
  return 1;
}

/* --- Calls a function on what was put, and says what it took.
** ---@param name string
** ---@return perilune.child.Times? times
** ---@return string? message
** ---@return perilune.child.Code? code
** function Child:call(name) */
static int child_call(lua_State *L) {
  Reply reply;
  int failed = timed(L, check_child(L), CHILD_CALL, &reply);
  return failed ? failed : 1;
}

/* --- Likewise, counting Lua's instructions.
** ---@param name string
** ---@return perilune.child.Times? times
** ---@return string? message
** ---@return perilune.child.Code? code
** function Child:count(name) */
static int child_count(lua_State *L) {
  Reply reply;
  Child *child = check_child(L);
  int failed = timed(L, child, CHILD_COUNT, &reply);
  uint64_t instructions;
  if (failed) return failed;
  if (reply.size != sizeof instructions) return fail_protocol(L, child);
  memcpy(&instructions, reply.bytes, sizeof instructions);
  lua_pushinteger(L, (lua_Integer)instructions);
  lua_setfield(L, -2, "instructions");
  return 1;
}

static void set_count(lua_State *L, const char *name, const uint64_t *at) {
  lua_pushinteger(L, (lua_Integer)*at);
  lua_setfield(L, -2, name);
}

/* others, then what there is of each function: into the table on the top */
static void set_counts(lua_State *L, const uint64_t *counts, size_t count) {
  set_count(L, "others", counts);
  lua_newtable(L);
  for (size_t i = 0; i < count / COUNTS; i++) {
    const uint64_t *at = counts + 1 + i * COUNTS;
    lua_createtable(L, 0, COUNTS);
    set_count(L, "line", at);
    set_count(L, "calls", at + 1);
    set_count(L, "sampled", at + 2);
    set_count(L, "nested", at + 3);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  lua_setfield(L, -2, "functions");
}

/* --- Likewise, counting calls of the file's functions.
** ---@param name string
** ---@return perilune.child.Times? times
** ---@return string? message
** ---@return perilune.child.Code? code
** function Child:calls(name) */
static int child_calls(lua_State *L) {
  Reply reply;
  Child *child = check_child(L);
  int failed = timed(L, child, CHILD_CALLS, &reply);
  if (failed) return failed;
  if (reply.size % (COUNTS * sizeof(uint64_t)) != sizeof(uint64_t))
    return fail_protocol(L, child);
  set_counts(L, (const uint64_t *)reply.bytes, reply.size / sizeof(uint64_t));
  return 1;
}

/* --- The results of the last call.
** ---@return any ... or nil, message and code
** function Child:take() */
static int child_take(lua_State *L) {
  int count;
  int failed = take_values(L, check_child(L), &count);
  return failed ? failed : count;
}

/* --- Calls a function on the arguments: true and its results.
** ---@param name string
** ---@param ... any
** ---@return true? ok
** ---@return any ... or message and code
** function Child:invoke(name, ...) */

/* Reads no clocks: to look at all processes takes longer than most calls. */
static int child_invoke(lua_State *L) {
  Reply reply;
  size_t size;
  Child *child = check_child(L);
  const char *name = luaL_checklstring(L, 2, &size);
  int count = lua_gettop(L) - 2;
  int failed = send_values(L, child, CHILD_PUT, 3, count, &reply);
  if (!failed) failed = request(L, child, CHILD_CALL, name, size, &reply);
  if (failed) return failed;
  lua_settop(L, 2);
  failed = take_values(L, child, &count);
  if (failed) return failed;
  lua_pushboolean(L, 1);
  lua_insert(L, -(count + 1));
  return count + 1;
}

/* --- Calls a function on each item of a list of lists of arguments with `n`;
** --- gives a list of results, likewise.
** ---@param name string
** ---@param arguments table[]
** ---@return table[]? results
** ---@return string? message
** ---@return perilune.child.Code? code
** function Child:each(name, arguments) */
static int child_each(lua_State *L) {
  Reply reply;
  size_t size;
  Child *child = check_child(L);
  const char *name = luaL_checklstring(L, 2, &size);
  luaL_checktype(L, 3, LUA_TTABLE);
  int count;
  int failed = send_values(L, child, CHILD_PUT, 3, 1, &reply);
  if (!failed) failed = request(L, child, CHILD_EACH, name, size, &reply);
  if (!failed) failed = take_values(L, child, &count);
  if (failed) return failed;
  return count == 1 && lua_istable(L, -1) ? 1 : fail_protocol(L, child);
}

/* --- What it has printed so far.
** ---@return string
** function Child:output() */
static int child_output(lua_State *L) {
  Child *child = luaL_checkudata(L, 1, CHILD);
  child_drain(child);
  lua_pushlstring(L, child->output, child->printed);
  return 1;
}

/* --- Ends it, and all processes that it has started; also `__close` and
** --- `__gc`. Does nothing when done again.
** function Child:close() */
static int close_child(lua_State *L) {
  child_close(luaL_checkudata(L, 1, CHILD));
  return 0;
}

static const char *const option_names[] = {
    "file",   "cwd", "driver", "forbidden", "late",
    "memory", "cpu", "wall",   "output",    NULL};

static int option_error(lua_State *L, const char *name, const char *what) {
  lua_pushfstring(L, "option '%s' %s", name, what);
  return luaL_argerror(L, 1, lua_tostring(L, -1));
}

static bool is_among(const char *const *names, const char *name) {
  while (*names && strcmp(*names, name) != 0) names++;
  return *names != NULL;
}

static void check_option_names(lua_State *L) {
  lua_pushnil(L);
  while (lua_next(L, 1)) {
    const char *name = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2)
                                                      : luaL_typename(L, -2);
    if (!is_among(option_names, name) && !is_among(confine_options, name))
      option_error(L, name, "is unknown");
    lua_pop(L, 1);
  }
}

static double number_option(lua_State *L, const char *name, double otherwise) {
  if (lua_getfield(L, 1, name) != LUA_TNIL) {
    otherwise = lua_tonumber(L, -1);
    if (!(otherwise > 0 && otherwise < 1e15))
      option_error(L, name, "is no positive number");
  }
  lua_pop(L, 1);
  return otherwise;
}

static void check_type(lua_State *L, const char *name, int type, bool needed) {
  int got = lua_getfield(L, 1, name);
  if (got != type && (needed || got != LUA_TNIL)) {
    lua_pushfstring(L, "is no %s", lua_typename(L, type));
    option_error(L, name, lua_tostring(L, -1));
  }
  lua_pop(L, 1);
}

static void check_forbidden(lua_State *L) {
  if (lua_getfield(L, 1, "forbidden") == LUA_TTABLE) {
    lua_pushnil(L);
    while (lua_next(L, -2)) {
      if (lua_type(L, -1) != LUA_TSTRING || lua_type(L, -2) != LUA_TSTRING)
        option_error(L, "forbidden", "does not map names to reasons");
      lua_pop(L, 1);
    }
  }
  lua_pop(L, 1);
}

static void copy_option(lua_State *L, const char *name) {
  lua_getfield(L, 1, name);
  lua_setfield(L, -2, name);
}

/* Pushes what the child is to know. */
static void push_settings(lua_State *L, double memory) {
  lua_createtable(L, 0, 6);
  copy_option(L, "file");
  copy_option(L, "cwd");
  copy_option(L, "driver");
  copy_option(L, "late");
  lua_pushinteger(L, (lua_Integer)memory);
  lua_setfield(L, -2, "memory");
  if (lua_getfield(L, 1, "forbidden") == LUA_TNIL) {
    lua_pop(L, 1);
    lua_newtable(L);
  }
  lua_setfield(L, -2, "forbidden");
}

/* Takes the policy of its sandbox, or nil, from the top. */
static Child *new_child(lua_State *L, const ChildLimits *limits) {
  char *output = lua_newuserdatauv(L, limits->output, 0);
  Child *child = lua_newuserdatauv(L, sizeof *child, USER_VALUES);
  memset(child, 0, sizeof *child);
  child->limits = *limits;
  child->output = output;
  child->policy = lua_tolstring(L, -3, &child->policy_size);
  luaL_setmetatable(L, CHILD);
  lua_insert(L, -3);
  lua_setiuservalue(L, -3, OUTPUT);
  lua_setiuservalue(L, -2, POLICY);
  return child;
}

/* Pushes a sorted list of the strings in a list. */
static void push_names(lua_State *L, int list) {
  lua_Integer count = (lua_Integer)lua_rawlen(L, list);
  lua_Integer n = 0;
  lua_newtable(L);
  for (lua_Integer i = 1; i <= count; i++) {
    if (lua_rawgeti(L, list, i) == LUA_TSTRING)
      lua_rawseti(L, -2, ++n);
    else
      lua_pop(L, 1);
  }
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
  lua_getfield(L, -1, "table");
  lua_getfield(L, -1, "sort");
  lua_pushvalue(L, -4);
  lua_call(L, 1, 0);
  lua_pop(L, 2);
}

/* The child is at index 2. */
static int open_solution(lua_State *L, Child *child, double memory) {
  Reply reply;
  push_settings(L, memory);
  int failed = send_values(L, child, CHILD_OPEN, lua_gettop(L), 1, &reply);
  if (failed) return failed;
  if (message_decode(L, reply.bytes, reply.size) != 1 || !lua_istable(L, -1))
    return fail_protocol(L, child);
  push_names(L, lua_gettop(L));
  lua_setiuservalue(L, 2, FUNCTIONS);
  return 0;
}

/* ---@class perilune.child.Options
** ---@field file string that returns a table of functions
** ---@field cpu? number seconds of processor time, a request (10)
** ---@field wall? number seconds, a request (20)
** ---@field memory? number bytes that its Lua state may hold (512 MiB)
** ---@field output? number bytes that it may print (64 KiB)
** ---@field cwd? string the folder that it runs in
** ---@field driver? string a file that it runs before `file`, in the same state
** ---@field forbidden? table<string, string> modules, and why they are refused
** ---@field late? boolean refuse these where they are used, not required
** ---@field sandbox? "off"|"best"|"full" ("off")
** ---@field read? string[] files and folders that it may read in the sandbox
** ---@field write? string[] those that it may write to
** ---@field hide? string[] those that it cannot see
** ---@field ports? integer[] of 127.0.0.1 to which it may connect */

/* --- Starts a process that runs a file.
** ---@param options perilune.child.Options
** ---@return perilune.child.Child? child
** ---@return string? message
** ---@return perilune.child.Code? code
** function child.start(options) */
static int start(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  check_option_names(L);
  check_type(L, "file", LUA_TSTRING, true);
  check_type(L, "cwd", LUA_TSTRING, false);
  check_type(L, "driver", LUA_TSTRING, false);
  check_type(L, "late", LUA_TBOOLEAN, false);
  check_type(L, "forbidden", LUA_TTABLE, false);
  check_forbidden(L);
  double memory = number_option(L, "memory", defaults.memory);
  ChildLimits limits = {
      .cpu = number_option(L, "cpu", defaults.cpu),
      .wall = number_option(L, "wall", defaults.wall),
      .reply = SHORTEST_REPLY + (size_t)memory,
      .output = (size_t)number_option(L, "output", defaults.output)};
  int failed = confine_push_policy(L, memory);
  if (failed) return failed;
  Child *child = new_child(L, &limits);
  if (child_start(child))
    failed = open_solution(L, child, memory);
  else
    failed = fail(L, child);
  if (failed) {
    child_close(child);
    return failed;
  }
  lua_settop(L, 2);
  return 1;
}

/* ---@class perilune.child.Layers
** ---@field [integer] {name: string, works: boolean, reason: string?}
** ---@field missing? string what does not work, in one line */

/* --- What its sandbox is made of; nil where it has none.
** ---@return perilune.child.Layers?
** function Child:layers() */
static int child_layers(lua_State *L) {
  const Child *child = luaL_checkudata(L, 1, CHILD);
  if (!child->policy) return luaL_pushfail(L), 1;
  confine_push_layers(L, &child->report);
  return 1;
}

/* --- What a sandbox would be made of here: one is tried. Failures: no process
** --- can be had.
** ---@return perilune.child.Layers? layers
** ---@return string? message
** ---@return perilune.child.Code? code
** function child.layers() */
static int layers(lua_State *L) {
  const ChildLimits limits = {.cpu = defaults.cpu,
                              .wall = defaults.wall,
                              .reply = SHORTEST_REPLY,
                              .output = SHORTEST_REPLY};
  confine_push_trial(L);
  Child *child = new_child(L, &limits);
  int failed = child_start(child) ? 0 : fail(L, child);
  child_close(child);
  if (failed) return failed;
  confine_push_layers(L, &child->report);
  return 1;
}

static const luaL_Reg functions[] = {
    {"layers", layers},
    {"start", start},
    {NULL, NULL},
};

static const luaL_Reg methods[] = {
    {"functions", child_functions}, {"put", child_put},
    {"call", child_call},           {"count", child_count},
    {"calls", child_calls},         {"take", child_take},
    {"invoke", child_invoke},       {"each", child_each},
    {"output", child_output},       {"close", close_child},
    {"layers", child_layers},       {NULL, NULL},
};

static const luaL_Reg metamethods[] = {
    {"__gc", close_child},
    {"__close", close_child},
    {NULL, NULL},
};

int luaopen_perilune_child(lua_State *L) {
  luaL_newmetatable(L, CHILD);
  luaL_setfuncs(L, metamethods, 0);
  luaL_newlib(L, methods);
  lua_setfield(L, -2, "__index");
  lua_pop(L, 1);
  luaL_newlib(L, functions);
  return 1;
}
