/* The arguments and upvalues of the C function that Lua has called, read in
** place: for what takes less time than a call of the API. The layout is private
** to Lua 5.4, so it is tested before it is trusted. */
#ifndef PERILUNE_FRAME_H
#define PERILUNE_FRAME_H

#include <lua.h>
#include <stdatomic.h>

#include "native/array.h"

/* The heads of CallInfo and of lua_State (lstate.h of Lua 5.4.0 to 5.4.7). */
typedef struct FrameCall {
  const ArrayItem *function; /* the arguments follow it */
} FrameCall;

typedef struct FrameState {
  void *next;
  unsigned char type, marked, status, allow_hook;
  unsigned short calls;
  const ArrayItem *top;
  void *global;
  const FrameCall *call;
} FrameState;

/* A closure of C (lobject.h). */
typedef struct FrameClosure {
  void *next;
  unsigned char type, marked, n;
  void *list;
  lua_CFunction function;
  ArrayItem upvalues[];
} FrameClosure;

/* Whether this module may look: false until frame_open has found out. */
extern atomic_bool frame_trusted;

/* Once, before any argument is read; may throw. */
void frame_open(lua_State *L);

/* The first of exactly n arguments. NULL where there are more or less of them,
** or the layout is another. To be used before anything happens in the state. */
static inline const ArrayItem *frame_arguments(lua_State *L, int n) {
  const FrameState *state = (const FrameState *)(const void *)L;
  if (!atomic_load_explicit(&frame_trusted, memory_order_relaxed)) return NULL;
  const ArrayItem *function = state->call->function;
  return state->top - function == n + 1 ? function + 1 : NULL;
}

/* Upvalue i, from 1, of the closure whose arguments these are. */
static inline const ArrayItem *frame_upvalue(const ArrayItem *arguments,
                                             int i) {
  const FrameClosure *closure =
      (const FrameClosure *)(uintptr_t)arguments[-1].payload;
  return &closure->upvalues[i - 1];
}

#endif
