/* Reads tables in place and through the API, and compares. Fails where nothing
** could be read in place: the layout of this Lua is then another. */
#include "native/array.h"

#include <lauxlib.h>
#include <lualib.h>
#include <stdio.h>
#include <stdlib.h>

static const char *const tables[] = {
    "return {1, -2, 3.0, 0.5, 'short', {}, 1e300}",
    "local t = {} for i = 1, 1000 do t[i] = i end return t",
    "local t = {} for i = 1, 1000 do t[i] = 's' .. i end return t",
    "local t = {} for i = 1, 100 do t[i] = i end for i = 100, 40, -1 do t[i] = "
    "nil end assert(#t == 39) return t",
    "local t = table.pack(table.unpack({}, 1, 50)) t[1] = 7 return t",
    "local t = {('x'):rep(100), true, print, io.stdout, 0/0} return t",
    "local t = {1, 2, 3} t[4] = 4 t[5] = 5 table.remove(t) return t",
    "return {}",
};

static void fail(const char *code, size_t i, const char *what) {
  fprintf(stderr, "array: item %zu of %s: %s\n", i + 1, code, what);
  exit(1);
}

/* Returns how many items of the table on top were read in place. */
static size_t compare(lua_State *L, const char *code) {
  Array array = array_of(L, -1);
  size_t read = 0;
  for (size_t i = 0; i < array.length; i++) {
    Key here, there;
    lua_rawgeti(L, -1, (lua_Integer)i + 1);
    ValueStatus status = value_key(L, -1, &there);
    bool known = array_key(&array.items[i], &here);
    if (known && status != VALUE_KEY) fail(code, i, "has no key");
    if (known && (here.tag != there.tag || here.payload != there.payload))
      fail(code, i, "has another key");
    read += known;
    lua_pop(L, 1);
  }
  return read;
}

int main(void) {
  size_t read = 0;
  lua_State *L = luaL_newstate();
  luaL_openlibs(L);
  lua_pushliteral(L, "something below");
  array_open(L);
  if (lua_gettop(L) != 1) fail("array_open", 0, "left on the stack");
  for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
    if (luaL_dostring(L, tables[i])) fail(tables[i], 0, lua_tostring(L, -1));
    read += compare(L, tables[i]);
    lua_settop(L, 1);
  }
  lua_close(L);
  printf("%zu items read in place\n", read);
  return read > 2000 ? 0 : 1;
}
