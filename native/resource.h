/* What a Lua state holds of the system's, processes and descriptors: released
** even where a finaliser never ran, for want of memory, once the host has
** closed the state; and never by a process that was forked from its owner. */
#ifndef PERILUNE_RESOURCE_H
#define PERILUNE_RESOURCE_H

#include <lua.h>
#include <stddef.h>
#include <sys/types.h>

/* The beginning of each. */
typedef struct Resource {
  struct Resource *next;
  struct Resource *before;
  const void *state;
  pid_t owner;
  void (*release)(struct Resource *resource); /* all but its memory */
} Resource;

/* A zeroed resource of `size` bytes, linked to the state; NULL: no memory. */
void *resource_new(lua_State *L, size_t size,
                   void (*release)(Resource *resource));

/* Releases it, in its owner, and frees its memory. NULL is ignored. */
void resource_free(void *resource);

/* What stands for a state, and for all its coroutines, even when it is gone. */
const void *resource_state(lua_State *L);

/* Frees all that a state has left. */
void resource_sweep(const void *state);

#endif
