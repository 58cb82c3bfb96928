/* What a solution may not use in its child: modules, and the parts of `debug`
** with which it could reach into the code of a driver. */
#ifndef PERILUNE_CHILD_FORBID_H
#define PERILUNE_CHILD_FORBID_H

#include <lua.h>
#include <stdbool.h>

/* `reasons` is the index of a table {module = reason}, which stands for those
** below a module as well. A module is refused when it is loaded; or late, when
** something is used that a function of its own made: so a file may load it, and
** define what is not called. Throws. */
void child_forbid_modules(lua_State *L, int reasons, bool late);

/* Refuses all of `debug` but what shows nothing that could be changed: a
** driver's functions and variables are then out of reach. Throws. */
void child_forbid_debug(lua_State *L);

#endif
