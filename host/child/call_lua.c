/* The methods that call a solution's functions. */
#include <lauxlib.h>
#include <string.h>

#include "host/child/child_lua.h"
#include "native/message.h"

/* Numbers of each function in an answer to CHILD_CALLS. */
enum { COUNTS = 4 };

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
  int failed = exchange(L, child, kind, name, size, reply);
  ChildTimes after = child_times(child);
  if (failed) return failed;
  double family = family_between(&before, &after);
  lua_createtable(L, 0, 3);
  set_number(L, "cpu", after.cpu - before.cpu + family);
  set_number(L, "family", family);
  set_number(L, "wall", after.wall - before.wall);
  return 0;
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

/* --- Keeps arguments for the calls that follow.
** ---@param ... any
** ---@return true? ok
** ---@return string? message
** ---@return perilune.child.Code? code
** function Child:put(...) */
static int child_put(lua_State *L) {
  Reply reply;
  Child *child = child_check(L);
  int count = lua_gettop(L) - 1;
  int failed = exchange_values(L, child, CHILD_PUT, 2, count, &reply);
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
  int failed = timed(L, child_check(L), CHILD_CALL, &reply);
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
  Child *child = child_check(L);
  int failed = timed(L, child, CHILD_COUNT, &reply);
  uint64_t instructions;
  if (failed) return failed;
  if (reply.size != sizeof instructions) return exchange_broken(L, child);
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
  Child *child = child_check(L);
  int failed = timed(L, child, CHILD_CALLS, &reply);
  if (failed) return failed;
  if (reply.size % (COUNTS * sizeof(uint64_t)) != sizeof(uint64_t))
    return exchange_broken(L, child);
  set_counts(L, (const uint64_t *)reply.bytes, reply.size / sizeof(uint64_t));
  return 1;
}

/* --- The results of the last call.
** ---@return any ... or nil, message and code
** function Child:take() */
static int child_take(lua_State *L) {
  int count;
  int failed = exchange_take(L, child_check(L), &count);
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
  Child *child = child_check(L);
  const char *name = luaL_checklstring(L, 2, &size);
  int count = lua_gettop(L) - 2;
  int failed = exchange_values(L, child, CHILD_PUT, 3, count, &reply);
  if (!failed) failed = exchange(L, child, CHILD_CALL, name, size, &reply);
  if (failed) return failed;
  lua_settop(L, 2);
  failed = exchange_take(L, child, &count);
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
  Child *child = child_check(L);
  const char *name = luaL_checklstring(L, 2, &size);
  luaL_checktype(L, 3, LUA_TTABLE);
  int count;
  int failed = exchange_values(L, child, CHILD_PUT, 3, 1, &reply);
  if (!failed) failed = exchange(L, child, CHILD_EACH, name, size, &reply);
  if (!failed) failed = exchange_take(L, child, &count);
  if (failed) return failed;
  return count == 1 && lua_istable(L, -1) ? 1 : exchange_broken(L, child);
}

const luaL_Reg call_methods[] = {
    {"put", child_put},     {"call", child_call}, {"count", child_count},
    {"calls", child_calls}, {"take", child_take}, {"invoke", child_invoke},
    {"each", child_each},   {NULL, NULL},
};
