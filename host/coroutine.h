/* coroutine.create, wrap, resume and close, replaced so that a host's hook
** reaches every coroutine and knows which one runs. */
#ifndef PERILUNE_COROUTINE_H
#define PERILUNE_COROUTINE_H

#include <lua.h>

/* What `wrap` makes closures of. */
int coroutine_call_wrapped(lua_State *L);

/* Replaces them in the global table `coroutine`, if there is one. */
void coroutine_open(lua_State *L);

#endif
