/* What a solution may not use in its child: modules and functions, by name. */
#ifndef PERILUNE_CHILD_FORBID_H
#define PERILUNE_CHILD_FORBID_H

#include <lua.h>
#include <stdbool.h>

/* `reasons` is the index of a table {name = reason}, which is kept. A name is a
** module's, which stands for those below it as well, or a library's function,
** "io.popen". A module is refused when it is loaded; or late, when something is
** used that a function of its own made: so a file may load it, and define what
** is not called. After child_text and child_libraries. Throws. */
void child_forbid(lua_State *L, int reasons, bool late);

#endif
