/* The native modules, for a host that preloads them. */
#ifndef PERILUNE_NATIVE_H
#define PERILUNE_NATIVE_H

#include <lua.h>

LUAMOD_API int luaopen_perilune_native_clock(lua_State *L);
LUAMOD_API int luaopen_perilune_native_graph_store(lua_State *L);
LUAMOD_API int luaopen_perilune_native_hashset(lua_State *L);
LUAMOD_API int luaopen_perilune_native_ints(lua_State *L);
LUAMOD_API int luaopen_perilune_native_memo_store(lua_State *L);
LUAMOD_API int luaopen_perilune_native_message(lua_State *L);

#endif
