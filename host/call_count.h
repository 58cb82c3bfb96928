/* Counts the calls of Lua functions by where they are defined: those of one
** file by their line, all others together. Tail calls count, C functions do
** not.
**
** It sees what a hook sees: calls in coroutines too, and no code that runs
** before the start or after the stop. */
#ifndef PERILUNE_CALL_COUNT_H
#define PERILUNE_CALL_COUNT_H

#include <lua.h>
#include <stddef.h>
#include <stdint.h>

enum {
  CALL_COUNT_LINES = 256, /* functions of the file that are told apart */
  CALL_COUNT_KNOWN = 16   /* functions whose line need not be asked again */
};

typedef struct CallCount {
  const char *source; /* as lua_Debug has it; the caller's, while it counts */
  int lines;
  uint64_t others;
  struct {
    uint64_t line, calls;
  } line[CALL_COUNT_LINES];
  int next;
  struct {
    const void *function; /* anchored, so that no other has its address */
    uint64_t *calls;      /* NULL: a C function */
  } known[CALL_COUNT_KNOWN];
} CallCount;

/* Makes what the next count keeps in the registry; throws when memory runs
** out. */
void call_count_prepare(lua_State *L);

/* Takes the claim HOOK_COUNTER. `count` stays where it is until the stop. */
void call_count_start(lua_State *L, CallCount *count, const char *source);
void call_count_stop(lua_State *L);

/* The counts as they stand in memory: others, then line and calls of each
** function. */
const void *call_count_bytes(const CallCount *count, size_t *size);

#endif
