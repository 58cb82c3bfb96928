/* Functions that refuse: what stands where something is off limits. */
#ifndef PERILUNE_CHILD_REFUSAL_H
#define PERILUNE_CHILD_REFUSAL_H

#include <lua.h>
#include <stdbool.h>

/* Pops a text and pushes a function that raises it, with the place of its
** call. Throws. */
void refusal_push(lua_State *L);

/* Whether the value at an index is one of these. */
bool refusal_is(lua_State *L, int index);

/* Puts one into the field of the table on the top: "'luv.new_work' is off
** limits: REASON", where `name` is the table's. Throws. */
void refusal_set(lua_State *L, const char *name, const char *field,
                 const char *reason);

#endif
