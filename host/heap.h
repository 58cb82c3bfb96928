/* Each host's allocator: counts, limits, fails on demand, and lets a tracker
** (tracker/tracker.h) see each request.
**
** It wraps the allocator that the state had, so that blocks from before stay
** valid. Nothing here allocates Lua memory. */
#ifndef PERILUNE_HEAP_H
#define PERILUNE_HEAP_H

#include <lua.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum HeapFailure {
  HEAP_FAIL_NEVER,
  HEAP_FAIL_ONCE,       /* one request, which Lua repeats */
  HEAP_FAIL_BURST,      /* two requests in a row: Lua retries the first */
  HEAP_FAIL_PERSISTENT, /* every request from then on */
} HeapFailure;

typedef struct Tracker Tracker;

typedef struct Heap {
  lua_Alloc next; /* NULL: malloc, realloc and free */
  void *next_data;
  size_t used;
  size_t peak;
  size_t ceiling; /* the owner's limit, which the script's may not pass */
  uint64_t requests;
  uint64_t fail_at;
  size_t limit; /* 0: none */
  HeapFailure failure;
  Tracker *tracker; /* owned; NULL: nothing is tracked */
  bool guarded;     /* there is a limit, a failure or a tracker */
} Heap;

/* Wraps the state's allocator; `heap`, all zero before, must outlive the state
** or the detach. `own` is for a state that luaL_newstate has made: its blocks
** are malloc's, which spares a call. */
void heap_attach(Heap *heap, lua_State *L, bool own);
void heap_detach(Heap *heap, lua_State *L);

/* The owner's limit in bytes, from now on; 0: none. */
void heap_limit(Heap *heap, size_t bytes);

/* The script's, which the owner's bounds. */
void heap_limit_script(Heap *heap, size_t bytes);

/* Lets a tracker see what comes, and owns it; NULL: none, which frees the one
** that there was. */
void heap_track(Heap *heap, Tracker *tracker);

/* Fails the n-th request from now, n >= 1, in the given way. Requests that
** shrink or free a block never fail, as Lua demands. */
void heap_fail(Heap *heap, HeapFailure failure, uint64_t n);

/* Collects all garbage, but runs no finaliser: what waits for its own, and what
** that refers to, stays. Also where collectgarbage is not allowed, as in a
** finaliser. May throw, when memory has run out. */
void heap_collect(Heap *heap, lua_State *L);

#endif
