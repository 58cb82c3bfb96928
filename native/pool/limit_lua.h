/* A limit to the memory of a Lua state. */
#ifndef PERILUNE_POOL_LIMIT_LUA_H
#define PERILUNE_POOL_LIMIT_LUA_H

#include <lua.h>
#include <stddef.h>

/* Beyond so many bytes the state's requests fail; for the rest of its life,
** and once in a process. */
void limit_memory(lua_State *L, size_t bytes);

#endif
