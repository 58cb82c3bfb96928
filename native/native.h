/* The native modules, for a host that preloads them. */
#ifndef PERILUNE_NATIVE_H
#define PERILUNE_NATIVE_H

#include <lua.h>

LUAMOD_API int luaopen_perilune_native_clock(lua_State *L);
LUAMOD_API int luaopen_perilune_native_fetch_engine(lua_State *L);
LUAMOD_API int luaopen_perilune_native_graph_store(lua_State *L);
LUAMOD_API int luaopen_perilune_native_hashset(lua_State *L);
LUAMOD_API int luaopen_perilune_native_ints(lua_State *L);
LUAMOD_API int luaopen_perilune_native_memo_store(lua_State *L);
LUAMOD_API int luaopen_perilune_native_message(lua_State *L);
LUAMOD_API int luaopen_perilune_native_pool_crew(lua_State *L);

/* registry[PERILUNE_OPENER]: as light userdata, a `lua_State *(*)(void)` that
** makes the states of a pool's workers; a plain state where there is none. */
#define PERILUNE_OPENER "perilune.opener"

#endif
