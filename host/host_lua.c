/* perilune.host: about the host that runs this script. */
#include <lauxlib.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/libraries.h"
#include "host/perilune.h"

/* Pushes the folder of the running program, or false. */
static int push_program_folder(lua_State *L) {
  char path[PATH_MAX];
  ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
  if (length <= 0) return 0;
  path[length] = '\0';
  char *slash = strrchr(path, '/');
  lua_pushlstring(L, path, slash ? (size_t)(slash - path) : 0);
  return 1;
}

/* Where the exercises are: PERILUNE_EXERCISES, else beside an installed
** program, else in the source tree that this program was built from. */
static void push_exercises(lua_State *L) {
  const char *chosen = getenv("PERILUNE_EXERCISES");
  if (chosen && *chosen) {
    lua_pushstring(L, chosen);
    return;
  }
  if (push_program_folder(L)) {
    lua_pushliteral(L, "/../share/perilune/exercises");
    lua_concat(L, 2);
    if (access(lua_tostring(L, -1), R_OK) == 0) return;
    lua_pop(L, 1);
  }
  lua_pushliteral(L, PERILUNE_SOURCE_EXERCISES);
}

int luaopen_perilune_host(lua_State *L) {
  lua_createtable(L, 0, 2);
  lua_pushliteral(L, PERILUNE_VERSION);
  lua_setfield(L, -2, "version");
  push_exercises(L);
  lua_setfield(L, -2, "exercises");
  return 1;
}
