/* A child as a userdata: what the files of its binding share. Those that return
** an int return 0, or push a failure and return the number of its values. */
#ifndef PERILUNE_CHILD_LUA_H
#define PERILUNE_CHILD_LUA_H

#include <lauxlib.h>
#include <lua.h>

#include "host/child/child.h"

#define CHILD_NAME "perilune.child"

/* Argument 1, a child that was not closed; raises an error. */
Child *child_check(lua_State *L);

/* A request and its reply (exchange_lua.c). */

typedef struct Reply {
  const char *bytes; /* in a userdata on the stack */
  size_t size;
} Reply;

/* Pushes the reply's userdata. */
int exchange(lua_State *L, Child *child, ChildRequest kind, const char *bytes,
             size_t size, Reply *reply);

/* Sends the `count` values from index `first` on. */
int exchange_values(lua_State *L, Child *child, ChildRequest kind, int first,
                    int count, Reply *reply);

/* Pushes the results of the last call, and says how many. */
int exchange_take(lua_State *L, Child *child, int *count);

/* Failures: of a child that is dead, and of a reply that cannot be read, of
** which it dies. */
int exchange_failed(lua_State *L, const Child *child);
int exchange_broken(lua_State *L, Child *child);

/* The methods that call a solution's functions (call_lua.c). */
extern const luaL_Reg call_methods[];

/* Options (options_lua.c), a table at index 1. */

/* Raises an error where one is wrong. Returns the limit of memory, in bytes. */
double options_check(lua_State *L, ChildLimits *limits);

/* Pushes what the child is to know of them. */
void options_push_settings(lua_State *L, double memory);

/* Limits of a child that runs nothing. */
ChildLimits options_of_trial(void);

#endif
