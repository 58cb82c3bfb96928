#include "host/profiler/calls.h"

#include "host/profiler/stack.h"
#include "host/profiler/zone.h"

/* Makes the frame of `ci`, the call at `level`, the top one. */
static void align(Recorder *recorder, lua_State *L, const void *ci, int level) {
  if (!stack_unwind(recorder, ci)) stack_rebuild(recorder, L, level);
}

static void call(Recorder *recorder, lua_State *L, lua_Debug *ar) {
  const void *below = stack_previous(recorder, L, ar, 0);
  if (__builtin_expect(recorder->top->ci != below, 0))
    align(recorder, L, below, 1);
  Node *node = stack_child(recorder, recorder->top->node, L, ar);
  node->calls++;
  stack_push(recorder, ar->i_ci, node);
}

/* A zone that was not closed has its function's record, and ends with it. */
static void pop(Recorder *recorder, const void *ci) {
  Frame *frame = recorder->top - 1;
  if (__builtin_expect(recorder->zones && frame->ci == ci, 0)) {
    while (frame->ci == ci) frame--;
    zone_end_call(recorder, ci);
  }
  if (__builtin_expect(recorder->lines_of != NULL, 0))
    stack_pop_to(recorder, frame);
  else
    recorder->top = frame;
}

static void leave(Recorder *recorder, lua_State *L, lua_Debug *ar) {
  const void *ci = ar->i_ci;
  if (__builtin_expect(recorder->top->ci != ci, 0) &&
      !stack_unwind(recorder, ci))
    stack_rebuild(recorder, L, 1);
  else
    pop(recorder, ci);
}

/* The call that is replaced has no return of its own. */
static void tail_call(Recorder *recorder, lua_State *L, lua_Debug *ar) {
  const void *ci = ar->i_ci;
  if (recorder->top->ci == ci || stack_unwind(recorder, ci))
    pop(recorder, ci);
  else
    stack_rebuild(recorder, L, 1);
  Node *node = stack_child(recorder, recorder->top->node, L, ar);
  node->calls++;
  node->tail++;
  stack_push(recorder, ci, node);
}

static inline void follow(Recorder *recorder, lua_State *L, lua_Debug *ar) {
  switch (ar->event) {
  case LUA_HOOKCALL: call(recorder, L, ar); break;
  case LUA_HOOKRET: leave(recorder, L, ar); break;
  case LUA_HOOKTAILCALL: tail_call(recorder, L, ar); break;
  default: break;
  }
}

void calls_follow(Recorder *recorder, lua_State *L, lua_Debug *ar) {
  follow(recorder, L, ar);
}

void calls_event(lua_State *L, lua_Debug *ar) {
  Recorder *recorder = recorder_current;
  if (__builtin_expect(!recorder || recorder->L != L, 0)) {
    recorder = recorder_switch(L);
    if (!recorder) return;
  } else {
    stack_charge(recorder);
  }
  follow(recorder, L, ar);
  if (__builtin_expect(--recorder->countdown == 0, 0)) recorder_gauge(recorder);
}
