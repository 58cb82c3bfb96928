#include "host/profiler/exit_lua.h"

#include <errno.h>
#include <limits.h>
#include <lualib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "host/profiler/exit.h"

/* registry[&save_key]: the function; registry[&spare_key]: a thread for it;
** registry[&last_key]: what is finalised when the state closes. */
static const char save_key, spare_key, last_key;

static void report(lua_State *L) {
  const char *message = lua_tostring(L, -1);
  fprintf(stderr, "perilune: cannot save the profile: %s\n",
          message ? message : "unknown error");
  lua_pop(L, 1);
}

/* A full pipe's reader may have gone: that signal counts as well. What the
** program wrote comes before what we say. No object of the program's is
** finalised that would not be without us. */
static void save(lua_State *L) {
  if (!exit_end()) return;
  if (!lua_checkstack(L, 4)) return;
  int collects = lua_gc(L, LUA_GCISRUNNING, 0);
  lua_gc(L, LUA_GCSTOP, 0);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &save_key);
  if (lua_pcall(L, 0, 0, 0) != LUA_OK) report(L);
  if (collects == 1) lua_gc(L, LUA_GCRESTART, 0);
}

static void save_at_end(lua_State *L) {
  fflush(stdout);
  save(L);
  exit_obey();
}

/* Runs the os.exit that there was, in its place if it is Lua's. */
static int exit_plainly(lua_State *L) {
  int original = lua_upvalueindex(1);
  lua_CFunction function = lua_tocfunction(L, original);
  if (function && !lua_getupvalue(L, original, 1)) return function(L);
  lua_settop(L, 2);
  lua_pushvalue(L, original);
  lua_insert(L, 1);
  lua_call(L, 2, LUA_MULTRET);
  return lua_gettop(L);
}

/* os.exit, with its own errors. Where it closes the state, what is finalised
** there is part of the program. */
static int exit_program(lua_State *L) {
  if (!lua_isboolean(L, 1)) luaL_optinteger(L, 1, EXIT_SUCCESS);
  if (!lua_toboolean(L, 2)) save_at_end(L);
  return exit_plainly(L);
}

static void replace_exit(lua_State *L) {
  if (lua_getglobal(L, LUA_OSLIBNAME) == LUA_TTABLE) {
    lua_getfield(L, -1, "exit");
    lua_pushcclosure(L, exit_program, 1);
    lua_setfield(L, -2, "exit");
  }
  lua_pop(L, 1);
}

static int state_closes(lua_State *L) {
  save_at_end(L);
  return 0;
}

/* Finalisers run in the reverse order of their objects' making: this one after
** the program's, before the recorder's. */
static void make_last(lua_State *L) {
  lua_newuserdatauv(L, 0, 0);
  lua_createtable(L, 0, 1);
  lua_pushcfunction(L, state_closes);
  lua_setfield(L, -2, "__gc");
  lua_setmetatable(L, -2);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &last_key);
}

/* (save): has it called once, before this process ends */
static int watch(lua_State *L) {
  luaL_checktype(L, 1, LUA_TFUNCTION);
  lua_State *spare = lua_newthread(L);
  lua_sethook(spare, NULL, 0, 0);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &spare_key);
  lua_pushvalue(L, 1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &save_key);
  if (!exit_watch(hook_of(L), spare, save))
    return luaL_error(L, "another state of this process is watched already");
  replace_exit(L);
  make_last(L);
  return 0;
}

/* -> where the process is; nil when that cannot be told */
static int folder(lua_State *L) {
  char path[PATH_MAX];
  if (getcwd(path, sizeof path))
    lua_pushstring(L, path);
  else
    luaL_pushfail(L);
  return 1;
}

/* (folder) -> true; false when it cannot be entered */
static int enter(lua_State *L) {
  lua_pushboolean(L, chdir(luaL_checkstring(L, 1)) == 0);
  return 1;
}

/* (descriptor) -> width of the terminal there; nil when there is none */
static int columns(lua_State *L) {
  struct winsize size = {0};
  int descriptor = (int)luaL_checkinteger(L, 1);
  if (isatty(descriptor) && ioctl(descriptor, TIOCGWINSZ, &size) == 0)
    lua_pushinteger(L, size.ws_col ? size.ws_col : 80);
  else
    luaL_pushfail(L);
  return 1;
}

/* (name): takes a variable out of the environment */
static int forget(lua_State *L) {
  unsetenv(luaL_checkstring(L, 1));
  return 0;
}

const luaL_Reg exit_functions[] = {
    {"watch", watch},     {"folder", folder}, {"enter", enter},
    {"columns", columns}, {"forget", forget}, {NULL, NULL},
};
