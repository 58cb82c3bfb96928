/* Counts the collector's cycles: an object that is dead in each of them comes
** back as a new one. A new cycle makes keys older (callinfo.h). */
#ifndef PERILUNE_COLLECTOR_H
#define PERILUNE_COLLECTOR_H

#include <lua.h>

/* From now on the recorder of the state is told of each cycle. May throw. */
void collector_watch(lua_State *L);

#endif
