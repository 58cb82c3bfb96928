/* Plain Lua values to bytes and back, for processes of one machine and build.
**
** Sent: nil, booleans, integers, floats (bit for bit), strings, and tables of
** these. Tables that are shared, or that hold themselves, stay so. Metatables
** stay behind, and none is consulted: access is raw. Functions, userdata and
** coroutines are refused, and the refusal says where they are.
**
** Tables are numbered as they are met and their contents follow in that order,
** so neither side nests: depth costs nothing but memory.
**
** Encoding allocates, so a finaliser may run meanwhile. Where it might change
** the tables being sent, stop the collector first. */
#ifndef PERILUNE_MESSAGE_H
#define PERILUNE_MESSAGE_H

#include <lua.h>
#include <stddef.h>

/* Encodes the `count` values from the absolute stack index `first` on. Pushes
** a userdata and returns the bytes in it, which live as long as it does. NULL
** when a value cannot be sent: then a string is pushed that says which and why.
** Throws when memory runs out. */
const char *message_encode(lua_State *L, int first, int count, size_t *size);

/* Pushes the values and returns how many. -1 when the bytes are not a message:
** then a string is pushed that says why. Any bytes are safe to decode; they
** take memory in proportion to their number. Throws when memory runs out. */
int message_decode(lua_State *L, const char *bytes, size_t size);

#endif
