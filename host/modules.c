#include "host/modules.h"

#include <lauxlib.h>
#include <stdlib.h>

#include "host/libraries.h"
#include "native/native.h"

static const luaL_Reg native_modules[] = {
    {"perilune.native.hashset", luaopen_perilune_native_hashset},
    {"perilune.native.clock", luaopen_perilune_native_clock},
    {"perilune.native.fetch.engine", luaopen_perilune_native_fetch_engine},
    {"perilune.native.graph.store", luaopen_perilune_native_graph_store},
    {"perilune.native.ints", luaopen_perilune_native_ints},
    {"perilune.native.memo.store", luaopen_perilune_native_memo_store},
    {"perilune.native.message", luaopen_perilune_native_message},
    {"perilune.native.pool.crew", luaopen_perilune_native_pool_crew},
    {"perilune.allocator", luaopen_perilune_allocator},
    {"perilune.child", luaopen_perilune_child},
    {"perilune.host", luaopen_perilune_host},
    {"perilune.recorder", luaopen_perilune_recorder},
    {NULL, NULL},
};

static int load_from(lua_State *L, const char *folder, const char *path) {
  const char *name = lua_pushfstring(L, "%s/%s", folder, path);
  return luaL_loadfile(L, name);
}

static int load_embedded(lua_State *L, const Embedded *file) {
  const char *name = lua_pushfstring(L, "@%s", file->path);
  return luaL_loadbufferx(L, (const char *)file->text, file->length, name, "t");
}

/* package.preload[name](name, ":preload:") */
static int load_module(lua_State *L) {
  const Embedded *file = lua_touserdata(L, lua_upvalueindex(1));
  const char *folder = getenv("PERILUNE_LUA_DIR");
  lua_settop(L, 2);
  int status = folder && *folder ? load_from(L, folder, file->path)
                                 : load_embedded(L, file);
  if (status != LUA_OK) return lua_error(L);
  lua_insert(L, 1);
  lua_settop(L, 3);
  lua_call(L, 2, 1);
  return 1;
}

void modules_open(lua_State *L) {
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
  luaL_setfuncs(L, native_modules, 0);
  for (const Embedded *file = embedded_files; file->name; file++) {
    lua_pushlightuserdata(L, (void *)file);
    lua_pushcclosure(L, load_module, 1);
    lua_setfield(L, -2, file->name);
  }
  lua_pop(L, 1);
}
