/* debug.sethook and debug.gethook, replaced so that a script's hooks and ours
** stay apart. */
#ifndef PERILUNE_DEBUG_H
#define PERILUNE_DEBUG_H

#include <lua.h>

/* Replaces them in the global table `debug`, if there is one. */
void debug_open(lua_State *L);

#endif
