/* Names for C functions, which know none of their own. */
#ifndef PERILUNE_NAMES_H
#define PERILUNE_NAMES_H

#include "host/profiler/functions.h"

/* Gives C functions the names under which loaded modules and registered
** metatables hold them ("string.rep", "FILE*:read"), and Lua functions that
** were never called by a name theirs. May throw. */
void names_resolve(lua_State *L, Functions *functions);

#endif
