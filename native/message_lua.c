/* perilune.native.message: plain values to a string and back. */
#include <lauxlib.h>
#include <lua.h>

#include "message.h"
#include "native/native.h"

static int fail(lua_State *L) {
  luaL_pushfail(L);
  lua_insert(L, -2);
  lua_pushliteral(L, "data");
  return 3;
}

static int encode(lua_State *L) {
  size_t size;
  const char *bytes = message_encode(L, 1, lua_gettop(L), &size);
  if (!bytes) return fail(L);
  lua_pushlstring(L, bytes, size);
  return 1;
}

static int decode(lua_State *L) {
  size_t size;
  const char *bytes = luaL_checklstring(L, 1, &size);
  lua_settop(L, 1);
  lua_pushboolean(L, 1);
  int count = message_decode(L, bytes, size);
  return count < 0 ? fail(L) : count + 1;
}

static const luaL_Reg functions[] = {
    {"encode", encode},
    {"decode", decode},
    {NULL, NULL},
};

LUAMOD_API int luaopen_perilune_native_message(lua_State *L) {
  luaL_newlib(L, functions);
  return 1;
}
