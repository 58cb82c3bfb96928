/* What the files of the hashset binding share. Upvalue 1 of every function of
** the module is the metatable of sets. */
#ifndef PERILUNE_HASHSET_LUA_H
#define PERILUNE_HASHSET_LUA_H

#include <lua.h>

#include "native/hashset/hashset.h"

/* The set at 'index', or NULL. */
Hashset *set_test(lua_State *L, int index);

/* What an error says of a value that is no set. May push. */
const char *set_complaint(lua_State *L, int index);

/* Argument 1, or an error that names the method. */
Hashset *set_check_self(lua_State *L, const char *name);

/* Pushes an empty set, returns its index. */
int set_push(lua_State *L);

/* Lists: hashset.duplicates, hashset.unique */
int hashset_duplicates(lua_State *L);
int hashset_unique(lua_State *L);

/* Algebra: s:copy(), the operators */
int set_copy(lua_State *L);
int set_or(lua_State *L);
int set_and(lua_State *L);
int set_sub(lua_State *L);
int set_xor(lua_State *L);
int set_le(lua_State *L);
int set_lt(lua_State *L);
int set_eq(lua_State *L);

#endif
