#include "host/child/text.h"

#include <lauxlib.h>
#include <lualib.h>
#include <string.h>

#define MESSAGE "perilune.native.message"

/* Calls the first upvalue with its own arguments, of which `mode` is that of
** text, or of nothing where text is not asked for. */
static int call_for_text(lua_State *L, int mode) {
  const char *asked = luaL_optstring(L, mode, "t");
  if (lua_gettop(L) < mode) lua_settop(L, mode);
  lua_pushstring(L, strchr(asked, 't') ? "t" : "-");
  lua_replace(L, mode);
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_insert(L, 1);
  lua_call(L, lua_gettop(L) - 1, LUA_MULTRET);
  return lua_gettop(L);
}

static int text_load(lua_State *L) { return call_for_text(L, 3); }

static int text_loadfile(lua_State *L) { return call_for_text(L, 2); }

static int end_dofile(lua_State *L, int status, lua_KContext context) {
  (void)status;
  (void)context;
  return lua_gettop(L) - 1;
}

static int text_dofile(lua_State *L) {
  const char *file = luaL_optstring(L, 1, NULL);
  lua_settop(L, 1);
  if (luaL_loadfilex(L, file, "t") != LUA_OK) return lua_error(L);
  lua_callk(L, 0, LUA_MULTRET, 0, end_dofile);
  return end_dofile(L, LUA_OK, 0);
}

/* A searcher, in the place of Lua's own one. Upvalues: package, and its
** `searchpath`. */
static int text_search(lua_State *L) {
  const char *name = luaL_checkstring(L, 1);
  lua_pushvalue(L, lua_upvalueindex(2));
  lua_pushvalue(L, 1);
  if (lua_getfield(L, lua_upvalueindex(1), "path") != LUA_TSTRING)
    return luaL_error(L, "'package.path' must be a string");
  lua_call(L, 2, 2);
  if (lua_isnil(L, -2)) return 1;
  const char *file = lua_tostring(L, -2);
  if (luaL_loadfilex(L, file, "t") != LUA_OK)
    return luaL_error(L, "error loading module '%s' from file '%s':\n\t%s",
                      name, file, lua_tostring(L, -1));
  lua_pushstring(L, file);
  return 2;
}

/* The loader of MESSAGE, whose own one is the upvalue. */
static int load_message(lua_State *L) {
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_insert(L, 1);
  lua_call(L, lua_gettop(L) - 1, 1);
  lua_pushnil(L);
  lua_setfield(L, -2, "unpack");
  return 1;
}

/* Puts `wrapper` in the place of a field of the table on the top. */
static void wrap(lua_State *L, const char *name, lua_CFunction wrapper) {
  lua_getfield(L, -1, name);
  lua_pushcclosure(L, wrapper, 1);
  lua_setfield(L, -2, name);
}

/* Pops package. */
static void replace_searcher(lua_State *L) {
  enum { LUA_SEARCHER = 2 };
  lua_getfield(L, -1, "searchers");
  lua_insert(L, -2);
  lua_getfield(L, -1, "searchpath");
  lua_pushcclosure(L, text_search, 2);
  lua_rawseti(L, -2, LUA_SEARCHER);
  lua_pop(L, 1);
}

void child_text(lua_State *L) {
  lua_pushglobaltable(L);
  wrap(L, "load", text_load);
  wrap(L, "loadfile", text_loadfile);
  lua_pushcfunction(L, text_dofile);
  lua_setfield(L, -2, "dofile");
  lua_pop(L, 1);
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
  lua_getfield(L, -1, LUA_LOADLIBNAME);
  replace_searcher(L);
  lua_pop(L, 1);
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
  wrap(L, MESSAGE, load_message);
  lua_pop(L, 1);
}
