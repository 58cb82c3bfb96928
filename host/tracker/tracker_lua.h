/* The tracker's functions in perilune.allocator. */
#ifndef PERILUNE_TRACKER_LUA_H
#define PERILUNE_TRACKER_LUA_H

#include <lauxlib.h>

extern const luaL_Reg tracker_functions[];

#endif
