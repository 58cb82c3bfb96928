#include "host/child/text.h"

#include <lauxlib.h>
#include <lualib.h>
#include <string.h>

#include "native/native.h"

#define MESSAGE "perilune.native.message"

/* Where load keeps what its reader has given last: above its arguments. */
enum { PIECE = 5 };

/* What a mode leaves of text: all, or nothing. */
static const char *check_mode(lua_State *L, int index) {
  return strchr(luaL_optstring(L, index, "t"), 't') ? "t" : "-";
}

/* What Lua's own one returns of the chunk, or the message, on the top. The
** environment is a stack index, or 0. */
static int end_load(lua_State *L, int status, int environment) {
  if (status != LUA_OK) {
    luaL_pushfail(L);
    lua_insert(L, -2);
    return 2;
  }
  if (environment == 0) return 1;
  lua_pushvalue(L, environment);
  if (!lua_setupvalue(L, -2, 1)) lua_pop(L, 1);
  return 1;
}

static const char *read_piece(lua_State *L, void *data, size_t *size) {
  (void)data;
  luaL_checkstack(L, 2, "too many nested functions");
  lua_pushvalue(L, 1);
  lua_call(L, 0, 1);
  *size = 0;
  if (lua_isnil(L, -1)) return lua_pop(L, 1), NULL;
  if (!lua_isstring(L, -1))
    luaL_error(L, "reader function must return a string");
  lua_replace(L, PIECE);
  return lua_tolstring(L, PIECE, size);
}

static int load_pieces(lua_State *L, const char *mode) {
  const char *name = luaL_optstring(L, 2, "=(load)");
  luaL_checktype(L, 1, LUA_TFUNCTION);
  lua_settop(L, PIECE);
  return lua_load(L, read_piece, NULL, name, mode);
}

static int text_load(lua_State *L) {
  size_t size;
  const char *text = lua_tolstring(L, 1, &size);
  const char *mode = check_mode(L, 3);
  int environment = lua_isnone(L, 4) ? 0 : 4;
  int status = text ? luaL_loadbufferx(L, text, size,
                                       luaL_optstring(L, 2, text), mode)
                    : load_pieces(L, mode);
  return end_load(L, status, environment);
}

static int text_loadfile(lua_State *L) {
  const char *file = luaL_optstring(L, 1, NULL);
  int environment = lua_isnone(L, 3) ? 0 : 3;
  int status = luaL_loadfilex(L, file, check_mode(L, 2));
  return end_load(L, status, environment);
}

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

/* The loader of MESSAGE. Parcels have bytecode in them. */
static int load_message(lua_State *L) {
  luaopen_perilune_native_message(L);
  lua_pushnil(L);
  lua_setfield(L, -2, "unpack");
  return 1;
}

static const luaL_Reg loaders[] = {
    {"dofile", text_dofile},
    {"load", text_load},
    {"loadfile", text_loadfile},
    {NULL, NULL},
};

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
  luaL_setfuncs(L, loaders, 0);
  lua_pop(L, 1);
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
  lua_getfield(L, -1, LUA_LOADLIBNAME);
  replace_searcher(L);
  lua_pop(L, 1);
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
  lua_pushcfunction(L, load_message);
  lua_setfield(L, -2, MESSAGE);
  lua_pop(L, 1);
}
