/* Counts the collector's cycles: an object that is dead in each of them comes
** back as a new one. A new cycle makes keys older (callinfo.h). */
#ifndef PERILUNE_COLLECTOR_H
#define PERILUNE_COLLECTOR_H

#include <lua.h>
#include <stdbool.h>

/* From now on the recorder of the state is told of each cycle. May throw. */
void collector_watch(lua_State *L);

/* Whether the collector's mode is the incremental one. Lua tells only whoever
** changes it, which may run finalisers. */
bool collector_is_incremental(lua_State *L);

#endif
