/* The C modules that only a host has. */
#ifndef PERILUNE_LIBRARIES_H
#define PERILUNE_LIBRARIES_H

#include <lua.h>

int luaopen_perilune_allocator(lua_State *L); /* heap_lua.c */
int luaopen_perilune_child(lua_State *L);     /* child/ */
int luaopen_perilune_host(lua_State *L);      /* host_lua.c */

/* Stock Lua loads this one too: profiler/recorder_lua.c */
__attribute__((visibility("default"))) int
luaopen_perilune_recorder(lua_State *L);

#endif
