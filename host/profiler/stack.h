/* A recorder's shadow stack. */
#ifndef PERILUNE_STACK_H
#define PERILUNE_STACK_H

#include "host/profiler/callinfo.h"
#include "host/profiler/lines.h"
#include "host/profiler/recorder.h"
#include "host/profiler/tick.h"

bool stack_open(Recorder *recorder, lua_State *L);
void stack_close(Recorder *recorder);

/* The thread that stack_open was given has been resumed by C code, which
** `known` runs: nothing will tell when it stops. */
void stack_open_unannounced(Recorder *recorder, lua_State *known);

/* A thread starts to run, or has stopped (coroutine.c says so). */
void stack_enter(Recorder *recorder, lua_State *L);
void stack_leave(Recorder *recorder, lua_State *stopped, lua_State *previous);

/* An event of another thread than the one on top, which nobody announced. Of
** such threads only the newest is kept: one below may have ended unseen. */
void stack_switch(Recorder *recorder, lua_State *L);

/* An empty segment on top of all. */
void stack_push_segment(Recorder *recorder, lua_State *L, bool announced);

/* Builds the segment on top anew from the calls of `L` at `level` and below,
** some of them left out where there are very many. */
void stack_rebuild(Recorder *recorder, lua_State *L, int level);

/* Drops the frames above that of the call `ci`; false when it has none. */
bool stack_unwind(Recorder *recorder, const void *ci);

/* Drops the frames above `frame`. */
void stack_pop_to(Recorder *recorder, Frame *frame);

/* Room for one more frame; false when memory has run out. */
bool stack_grow(Recorder *recorder);

/* The child of `parent` for the call of `ar`. Never NULL. */
Node *stack_find_child(Recorder *recorder, Node *parent, lua_State *L,
                       lua_Debug *ar, CallKey key);

/* Part of a stretch that is long may have been spent off the CPU. */
void stack_wait(Recorder *recorder, uint64_t now, uint64_t stretch);

static inline CallKey stack_key(const Recorder *recorder, lua_State *L,
                                lua_Debug *ar) {
  if (__builtin_expect(recorder->trusted, 1))
    return callinfo_key(ar->i_ci, recorder->cycle);
  return callinfo_public_key(L, ar, recorder->cycle);
}

static inline Node *stack_child(Recorder *recorder, Node *parent, lua_State *L,
                                lua_Debug *ar) {
  CallKey key = stack_key(recorder, L, ar);
  Node *child = parent->last;
  if (__builtin_expect(child->key == key.address && child->age == key.age, 1))
    return child;
  return stack_find_child(recorder, parent, L, ar, key);
}

/* The record of the call below that of `ar`, which is at `level`. */
static inline const void *stack_previous(const Recorder *recorder, lua_State *L,
                                         const lua_Debug *ar, int level) {
  if (__builtin_expect(recorder->trusted, 1)) return ar->i_ci->previous;
  lua_Debug below;
  return lua_getstack(L, level + 1, &below) ? below.i_ci : NULL;
}

static inline bool stack_push(Recorder *recorder, const void *ci, Node *node) {
  if (__builtin_expect(recorder->top + 1 == recorder->limit, 0) &&
      !stack_grow(recorder))
    return false;
  *++recorder->top = (Frame){ci, node};
  return true;
}

/* The time since the last event goes to the node on top. */
static inline void stack_charge(Recorder *recorder) {
  uint64_t now = tick_now(), stretch = now - recorder->last;
  recorder->top->node->self += stretch;
  recorder->last = now;
  if (__builtin_expect(recorder->lines_of != NULL, 0))
    lines_charge(recorder, stretch);
  if (__builtin_expect(stretch > recorder->long_stretch, 0))
    stack_wait(recorder, now, stretch);
}

static inline Segment *stack_segment(const Recorder *recorder) {
  return &recorder->segments[recorder->segment_count - 1];
}

#endif
