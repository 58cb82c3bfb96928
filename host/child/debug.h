/* What is left of `debug` in a solution's process. With the rest, functions of
** other people could be changed, what was taken away be found again, and an
** object be passed off as one of another type. */
#ifndef PERILUNE_CHILD_DEBUG_H
#define PERILUNE_CHILD_DEBUG_H

#include <lua.h>
#include <stdbool.h>

/* Leaves what shows text and metatables and, unless a driver's code runs beside
** the solution's, hooks and `getinfo`, which tells no function. Throws. */
void child_debug(lua_State *L, bool driven);

#endif
