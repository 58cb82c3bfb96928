/* What the files of the ints binding share. */
#ifndef PERILUNE_INTS_LUA_H
#define PERILUNE_INTS_LUA_H

#include <lua.h>

#include "native/ints/ints.h"

/* Pushes a vector, whose values are not set yet. The metatable is upvalue 1 of
** every function of the module. */
Ints *ints_push(lua_State *L, size_t length);

/* Leaves the argument at 'index' a table of options, or raises an error that
** names what is none: 'names' ends with NULL. */
void ints_check_options(lua_State *L, int index, const char *const names[]);

/* ints.read, vector:write */
int ints_read_file(lua_State *L);
int ints_write_file(lua_State *L);

#endif
