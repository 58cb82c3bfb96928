/* --- Runs a file's functions in a fresh process of the perilune program, under
** --- limits and, if asked, in a sandbox (see docs/security.md).
** ---
** ---     local child = require "perilune.child"
** ---     local c <close> = assert(child.start{file = "theirs.lua", cpu = 5})
** ---     local ok, sum, code = c:invoke("add", 2, 3)
** ---
** --- Code is text there, C modules are those of the system, and of `debug`
** --- there is what shows text. Arguments and results are plain values: nil,
** --- booleans, numbers, strings and tables of these. What goes wrong gives
** --- nil, a message and a code; wrong arguments are errors that name them. */

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
#include "host/child/child_lua.h"

#include <lauxlib.h>
#include <string.h>

#include "host/child/policy_lua.h"
#include "host/libraries.h"
#include "native/message.h"

enum { OUTPUT = 1, FUNCTIONS = 2, POLICY = 3, USER_VALUES = 3 };

/* ---@class perilune.child.Child
** local Child = {} */

/* --- The names of the functions in the file's table, sorted.
** ---@return string[]
** function Child:functions() */
static int child_functions(lua_State *L) {
  luaL_checkudata(L, 1, CHILD_NAME);
  lua_getiuservalue(L, 1, FUNCTIONS);
  return 1;
}

/* --- What it has printed so far.
** ---@return string
** function Child:output() */
static int child_output(lua_State *L) {
  Child *child = luaL_checkudata(L, 1, CHILD_NAME);
  child_drain(child);
  lua_pushlstring(L, child->output, child->printed);
  return 1;
}

/* --- Ends it, and all processes that it has started; also `__close` and
** --- `__gc`. Does nothing when done again.
** function Child:close() */
static int close_child(lua_State *L) {
  child_close(luaL_checkudata(L, 1, CHILD_NAME));
  return 0;
}

/* Takes the policy of its sandbox, or nil, from the top. */
static Child *new_child(lua_State *L, const ChildLimits *limits) {
  char *output = lua_newuserdatauv(L, limits->output, 0);
  Child *child = lua_newuserdatauv(L, sizeof *child, USER_VALUES);
  memset(child, 0, sizeof *child);
  child->limits = *limits;
  child->output = output;
  child->policy = lua_tolstring(L, -3, &child->policy_size);
  luaL_setmetatable(L, CHILD_NAME);
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
  options_push_settings(L, memory);
  int failed = exchange_values(L, child, CHILD_OPEN, lua_gettop(L), 1, &reply);
  if (failed) return failed;
  if (message_decode(L, reply.bytes, reply.size) != 1 || !lua_istable(L, -1))
    return exchange_broken(L, child);
  push_names(L, lua_gettop(L));
  lua_setiuservalue(L, 2, FUNCTIONS);
  return 0;
}

/* --- Starts a process that runs a file.
** ---@param options perilune.child.Options
** ---@return perilune.child.Child? child
** ---@return string? message
** ---@return perilune.child.Code? code
** function child.start(options) */
static int start(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  ChildLimits limits;
  double memory = options_check(L, &limits);
  int failed = policy_push(L, memory);
  if (failed) return failed;
  Child *child = new_child(L, &limits);
  if (child_start(child))
    failed = open_solution(L, child, memory);
  else
    failed = exchange_failed(L, child);
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
  const Child *child = luaL_checkudata(L, 1, CHILD_NAME);
  if (!child->policy) return luaL_pushfail(L), 1;
  policy_push_layers(L, &child->report);
  return 1;
}

/* --- What a sandbox would be made of here: one is tried. Failures: no process
** --- can be had.
** ---@return perilune.child.Layers? layers
** ---@return string? message
** ---@return perilune.child.Code? code
** function child.layers() */
static int layers(lua_State *L) {
  const ChildLimits limits = options_of_trial();
  policy_push_trial(L);
  Child *child = new_child(L, &limits);
  int failed = child_start(child) ? 0 : exchange_failed(L, child);
  child_close(child);
  if (failed) return failed;
  policy_push_layers(L, &child->report);
  return 1;
}

static const luaL_Reg functions[] = {
    {"layers", layers},
    {"start", start},
    {NULL, NULL},
};

static const luaL_Reg methods[] = {
    {"functions", child_functions},
    {"output", child_output},
    {"layers", child_layers},
    {"close", close_child},
    {NULL, NULL},
};

static const luaL_Reg metamethods[] = {
    {"__gc", close_child},
    {"__close", close_child},
    {NULL, NULL},
};

int luaopen_perilune_child(lua_State *L) {
  luaL_newmetatable(L, CHILD_NAME);
  luaL_setfuncs(L, metamethods, 0);
  luaL_newlib(L, methods);
  luaL_setfuncs(L, call_methods, 0);
  lua_setfield(L, -2, "__index");
  lua_pop(L, 1);
  luaL_newlib(L, functions);
  return 1;
}
