/* What a worker does: it calls what its owner sends, until there is no owner.
 */
#ifndef PERILUNE_POOL_WORKER_LUA_H
#define PERILUNE_POOL_WORKER_LUA_H

#include <lua.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct WorkerOptions {
  lua_State *(*open)(void); /* the state; NULL: a plain one */
  size_t memory_limit;      /* bytes; 0: none */
  uint64_t task_timeout;    /* ns; 0: none */
  bool timeline;
} WorkerOptions;

/* A span of the timeline, as a frame's bytes. */
typedef struct WorkerSpan {
  uint64_t tasks;
  double start; /* seconds of the monotonic clock */
  double stop;
  double cpu;
} WorkerSpan;

/* Makes the state of the workers, in the template; NULL: no memory. */
lua_State *worker_open(const WorkerOptions *options);

/* The worker's life, in its own process: returns its exit code. The state is
** the one that worker_open has made, in the process that this was forked from.
** The descriptors are the channel's. */
int worker_run(lua_State *L, const WorkerOptions *options, int socket,
               int memory);

#endif
