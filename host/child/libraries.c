#include "host/child/libraries.h"

#include <lauxlib.h>
#include <lualib.h>
#include <stdbool.h>
#include <string.h>

#include "host/child/refusal.h"

/* Searchers are those of preload, Lua, C, and C in the file of a parent. */
enum { C_SEARCHER = 3, PARENT_SEARCHER = 4 };

/* The loader of luv; its own one is the upvalue. */
static int load_luv(lua_State *L) {
  static const char *const threads[] = {"new_thread", "new_work"};
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_insert(L, 1);
  lua_call(L, lua_gettop(L) - 1, 1);
  for (size_t i = 0; i < sizeof threads / sizeof *threads; i++)
    refusal_set(L, "luv", threads[i],
                "a solution is text, a thread would take more for code");
  return 1;
}

/* What is installed of Perilune has more than a solution's process may have:
** the `unpack` of parcels. */
static bool is_ours(const char *name) {
  static const char ours[] = "perilune";
  return strncmp(name, ours, strlen(ours)) == 0;
}

/* A searcher, which looks with Lua's own one, its upvalue. */
static int search(lua_State *L) {
  const char *name = luaL_checkstring(L, 1);
  lua_settop(L, 1);
  if (is_ours(name)) {
    lua_pushliteral(L, "no file: Perilune's libraries are in the program");
    return 1;
  }
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_insert(L, 1);
  lua_call(L, 1, LUA_MULTRET);
  if (strcmp(name, "luv") == 0 && lua_isfunction(L, 1)) {
    lua_pushvalue(L, 1);
    lua_pushcclosure(L, load_luv, 1);
    lua_replace(L, 1);
  }
  return lua_gettop(L);
}

/* Where C modules are found, but for the folder that a solution writes to. The
** searcher on the top looks there from now on, not in package.cpath, which a
** solution can change. */
static void fix_cpath(lua_State *L, int package) {
  lua_createtable(L, 0, 1);
  lua_getfield(L, package, "cpath");
  luaL_gsub(L, lua_tostring(L, -1), "./?.so", "");
  lua_setfield(L, -3, "cpath");
  lua_pop(L, 1);
  lua_setupvalue(L, -2, 1);
}

void child_libraries(lua_State *L) {
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
  lua_getfield(L, -1, LUA_LOADLIBNAME);
  refusal_set(L, LUA_LOADLIBNAME, "loadlib", "a solution is written in Lua");
  int package = lua_gettop(L);
  lua_getfield(L, package, "searchers");
  lua_pushnil(L);
  lua_rawseti(L, -2, PARENT_SEARCHER);
  lua_rawgeti(L, -1, C_SEARCHER);
  fix_cpath(L, package);
  lua_pushcclosure(L, search, 1);
  lua_rawseti(L, -2, C_SEARCHER);
  lua_settop(L, package - 2);
}
