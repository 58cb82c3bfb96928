/* Runs a script in a state as luaL_newstate makes it, of the library that the
** host uses: what a host's allocator is measured against.
**
**   bare SCRIPT [ARGUMENT]... */
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <stdio.h>

int main(int argc, char **argv) {
  if (argc < 2) {
    fprintf(stderr, "usage: bare SCRIPT [ARGUMENT]...\n");
    return 2;
  }
  lua_State *L = luaL_newstate();
  luaL_openlibs(L);
  lua_gc(L, LUA_GCGEN, 0, 0); /* as the programs perilune and lua5.4 do */
  int status = luaL_loadfile(L, argv[1]);
  for (int i = 2; i < argc; i++) lua_pushstring(L, argv[i]);
  if (status == LUA_OK) status = lua_pcall(L, argc - 2, 0, 0);
  if (status != LUA_OK) fprintf(stderr, "bare: %s\n", lua_tostring(L, -1));
  lua_close(L);
  return status != LUA_OK;
}
