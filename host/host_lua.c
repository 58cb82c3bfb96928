/* --- About the host that runs this script. Not in stock Lua. */
#include <lauxlib.h>
#include <limits.h>
#include <lua.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/libraries.h"
#include "host/perilune.h"
#include "host/profiler/share.h"

/* Of the running program; false when that cannot be told. */
static bool find_program(char path[PATH_MAX]) {
  ssize_t length = readlink("/proc/self/exe", path, PATH_MAX - 1);
  path[length > 0 ? length : 0] = '\0';
  return length > 0;
}

/* Where the exercises are: PERILUNE_EXERCISES, else what comes with us. A
** build has a link there, whose end is pushed. */
static void push_exercises(lua_State *L) {
  char path[PATH_MAX];
  const char *chosen = getenv("PERILUNE_EXERCISES");
  if (chosen && *chosen) {
    lua_pushstring(L, chosen);
    return;
  }
  share_push_own(L);
  lua_pushliteral(L, "/exercises");
  lua_concat(L, 2);
  if (!realpath(lua_tostring(L, -1), path)) return;
  lua_pop(L, 1);
  lua_pushstring(L, path);
}

static const char **make_argv(lua_State *L, int list) {
  lua_Integer count = luaL_len(L, list);
  luaL_argcheck(L, count > 0 && count < INT_MAX / 16, list, "no arguments");
  luaL_checkstack(L, 4, NULL);
  const char **argv = lua_newuserdatauv(L, sizeof *argv * ((size_t)count + 1),
                                        0);
  for (lua_Integer i = 1; i <= count; i++) {
    luaL_argexpected(L, lua_geti(L, list, i) == LUA_TSTRING, list,
                     "list of strings");
    argv[i - 1] = lua_tostring(L, -1);
    lua_pop(L, 1);
  }
  argv[count] = NULL;
  return argv;
}

static void set_environment(lua_State *L, int variables) {
  lua_pushnil(L);
  while (lua_next(L, variables)) {
    luaL_argexpected(L, lua_type(L, -2) == LUA_TSTRING && lua_isstring(L, -1),
                     variables, "table of strings");
    setenv(lua_tostring(L, -2), lua_tostring(L, -1), 1);
    lua_pop(L, 1);
  }
}

/* --- Perilune's version.
** ---@type string
** host.version = "" */

/* --- Lua's release: "Lua 5.4.4".
** ---@type string
** host.lua = "" */

/* --- The folder of the exercises.
** ---@type string
** host.exercises = "" */

/* --- The path of the running program; nil where that cannot be told.
** ---@type string?
** host.program = "" */

/* --- Has this process become a fresh one of this program. It returns only
** --- where that fails: nil, message and code.
** ---@param arguments string[] the program's name first
** ---@param environment table<string, string> what is added to it
** ---@return nil
** ---@return string message
** ---@return integer code
** function host.become(arguments, environment) */
static int become(lua_State *L) {
  char path[PATH_MAX];
  luaL_checktype(L, 1, LUA_TTABLE);
  luaL_checktype(L, 2, LUA_TTABLE);
  const char **argv = make_argv(L, 1);
  set_environment(L, 2);
  fflush(NULL);
  if (find_program(path)) execv(path, (char *const *)argv);
  return luaL_fileresult(L, 0, "cannot start anew");
}

int luaopen_perilune_host(lua_State *L) {
  char path[PATH_MAX];
  lua_createtable(L, 0, 5);
  lua_pushliteral(L, PERILUNE_VERSION);
  lua_setfield(L, -2, "version");
  lua_pushliteral(L, LUA_RELEASE);
  lua_setfield(L, -2, "lua");
  push_exercises(L);
  lua_setfield(L, -2, "exercises");
  if (find_program(path)) {
    lua_pushstring(L, path);
    lua_setfield(L, -2, "program");
  }
  lua_pushcfunction(L, become);
  lua_setfield(L, -2, "become");
  return 1;
}
