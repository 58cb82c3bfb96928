/* What a solution may not use in its child: modules, functions, and the parts
** of `debug` with which it could reach them, or a driver's code. */
#ifndef PERILUNE_CHILD_FORBID_H
#define PERILUNE_CHILD_FORBID_H

#include <lua.h>
#include <stdbool.h>

/* `reasons` is the index of a table {name = reason}, which is kept. A name is a
** module's, which stands for those below it as well, or a library's function,
** "io.popen". A module is refused when it is loaded; or late, when something is
** used that a function of its own made: so a file may load it, and define what
** is not called.
**
** Where something is off limits, or a driver is beside it, C modules are those
** of the system alone, and what of `debug` reaches into functions and the
** registry is refused; beside a driver all of it but what shows nothing that
** could be changed. Throws. */
void child_forbid(lua_State *L, int reasons, bool late, bool driven);

#endif
