#include "host/child/debug.h"

#include <lauxlib.h>
#include <lualib.h>
#include <string.h>

#include "host/child/refusal.h"

static const char *const beside_a_driver[] = {"gethook", "getmetatable",
                                              "traceback", NULL};
static const char *const alone[] = {"gethook", "getinfo",   "getmetatable",
                                    "sethook", "traceback", NULL};

static bool is_among(const char *name, const char *const *names) {
  while (*names && strcmp(*names, name) != 0) names++;
  return *names != NULL;
}

/* One level more is Lua's own getinfo, for this one calls it. */
static void deepen(lua_State *L, int argument) {
  int is_level;
  lua_Integer level = lua_tointegerx(L, argument, &is_level);
  if (!is_level || level < 0) return;
  lua_pushinteger(L, level + 1);
  lua_replace(L, argument);
}

/* debug.getinfo, without `func`: of a level it may be anybody's. Lua's own one
** is the upvalue. */
static int getinfo(lua_State *L) {
  if (!lua_isthread(L, 1))
    deepen(L, 1);
  else if (lua_tothread(L, 1) == L)
    deepen(L, 2);
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_insert(L, 1);
  lua_call(L, lua_gettop(L) - 1, 1);
  if (!lua_istable(L, -1)) return 1;
  lua_pushnil(L);
  lua_setfield(L, -2, "func");
  return 1;
}

/* The name is on the top and stays; the library is at an index. */
static void refuse(lua_State *L, int library) {
  const char *name = lua_tostring(L, -1);
  lua_pushvalue(L, -1);
  lua_pushfstring(L,
                  "debug.%s is off limits: debug.%s reaches the judge's own "
                  "code, which runs beside yours here",
                  name, name);
  refusal_push(L);
  lua_rawset(L, library);
}

void child_debug(lua_State *L, bool driven) {
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
  lua_getfield(L, -1, LUA_DBLIBNAME);
  int library = lua_gettop(L);
  lua_getfield(L, library, "getinfo");
  lua_pushcclosure(L, getinfo, 1);
  lua_setfield(L, library, "getinfo");
  lua_pushnil(L);
  while (lua_next(L, library)) {
    lua_pop(L, 1);
    if (!is_among(lua_tostring(L, -1), driven ? beside_a_driver : alone))
      refuse(L, library);
  }
  lua_settop(L, library - 2);
}
