/* Counts the calls of Lua functions by where they are defined: those of one
** file by their line, all others together. Tail calls count, C functions do
** not. Of one call in CALL_COUNT_SAMPLE, by chance, it also looks who made it:
** a recursion calls itself.
**
** It sees what a hook sees: calls in coroutines too, and no code that runs
** before the start or after the stop. */
#ifndef PERILUNE_CHILD_CALL_COUNT_H
#define PERILUNE_CHILD_CALL_COUNT_H

#include <lua.h>
#include <stddef.h>
#include <stdint.h>

enum {
  CALL_COUNT_LINES = 256, /* functions of the file that are told apart */
  CALL_COUNT_KNOWN = 16,  /* functions whose line need not be asked again */
  CALL_COUNT_SAMPLE = 64
};

typedef struct CallCounts {
  uint64_t line, calls;
  uint64_t sampled, nested; /* calls looked at; those made by itself */
} CallCounts;

typedef struct CallCount {
  const char *source; /* as lua_Debug has it; the caller's, while it counts */
  int lines;
  uint64_t others;
  CallCounts line[CALL_COUNT_LINES];
  CallCounts beyond; /* where those that are no line's are counted */
  uint64_t chance;
  int next;
  struct {
    const void *function; /* anchored, so that no other has its address */
    CallCounts *counts;   /* NULL: a C function */
  } known[CALL_COUNT_KNOWN];
} CallCount;

/* Makes what the next count keeps in the registry; throws when memory runs
** out. */
void call_count_prepare(lua_State *L);

/* Takes the claim HOOK_COUNTER. `count` stays where it is until the stop. */
void call_count_start(lua_State *L, CallCount *count, const char *source);
void call_count_stop(lua_State *L, CallCount *count);

/* The counts as they stand in memory: others, then the CallCounts of each
** function. */
const void *call_count_bytes(const CallCount *count, size_t *size);

#endif
