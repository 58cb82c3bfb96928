/* The options of child.start. */
#include <lauxlib.h>
#include <string.h>

#include "host/child/child_lua.h"
#include "host/child/policy_lua.h"

static const size_t SHORTEST_REPLY = 64 << 10;

static const struct {
  double cpu, wall, memory, output;
} defaults = {10, 20, 512 << 20, 64 << 10};

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
    if (!is_among(option_names, name) && !is_among(policy_options, name))
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

void options_push_settings(lua_State *L, double memory) {
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

double options_check(lua_State *L, ChildLimits *limits) {
  check_option_names(L);
  check_type(L, "file", LUA_TSTRING, true);
  check_type(L, "cwd", LUA_TSTRING, false);
  check_type(L, "driver", LUA_TSTRING, false);
  check_type(L, "late", LUA_TBOOLEAN, false);
  check_type(L, "forbidden", LUA_TTABLE, false);
  check_forbidden(L);
  double memory = number_option(L, "memory", defaults.memory);
  *limits = (ChildLimits){
      .cpu = number_option(L, "cpu", defaults.cpu),
      .wall = number_option(L, "wall", defaults.wall),
      .reply = SHORTEST_REPLY + (size_t)memory,
      .output = (size_t)number_option(L, "output", defaults.output)};
  return memory;
}

ChildLimits options_of_trial(void) {
  return (ChildLimits){.cpu = defaults.cpu,
                       .wall = defaults.wall,
                       .reply = SHORTEST_REPLY,
                       .output = SHORTEST_REPLY};
}
