/* What C code a solution's process loads: the system's. */
#ifndef PERILUNE_CHILD_LIBRARIES_H
#define PERILUNE_CHILD_LIBRARIES_H

#include <lua.h>

/* From now on C modules are found where the system has them, whatever becomes
** of package.cpath, but none of Perilune's, which are in the program; there is
** no package.loadlib, and luv makes no threads, whose states would take
** bytecode. Throws. */
void child_libraries(lua_State *L);

#endif
