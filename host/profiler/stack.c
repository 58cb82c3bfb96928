#include "host/profiler/stack.h"

#include <stdlib.h>
#include <string.h>

#include "host/profiler/gauge.h"
#include "host/profiler/lines.h"
#include "host/profiler/zone.h"

enum { MOST_YIELDS = 1 << 16 };

static const char no_call; /* a record that is no call's */

static void fail(Recorder *recorder) {
  recorder->failed = true;
  recorder->L = NULL;
}

static bool resize(Recorder *recorder, uint32_t capacity) {
  size_t depth = recorder->frames ? (size_t)(recorder->top - recorder->frames)
                                  : 0;
  Frame *frames = realloc(recorder->frames, capacity * sizeof *frames);
  if (!frames) return false;
  recorder->frames = frames;
  recorder->top = frames + depth;
  recorder->limit = frames + capacity;
  if (recorder->mode == RECORDER_LINES &&
      !lines_reserve(recorder, recorder->capacity, capacity))
    return false;
  recorder->capacity = capacity;
  return true;
}

bool stack_grow(Recorder *recorder) {
  bool grown = resize(recorder, recorder->capacity * 2);
  if (!grown) fail(recorder);
  return grown;
}

static bool reserve_segment(Recorder *recorder) {
  if (recorder->segment_count < recorder->segment_capacity) return true;
  uint32_t larger = recorder->segment_capacity * 2 + 8;
  Segment *segments = realloc(recorder->segments, larger * sizeof *segments);
  if (!segments) return false;
  recorder->segments = segments;
  recorder->segment_capacity = larger;
  return true;
}

void stack_push_segment(Recorder *recorder, lua_State *L, bool announced) {
  Node *below = recorder->top->node;
  if (!reserve_segment(recorder) || !stack_push(recorder, &no_call, below)) {
    fail(recorder);
    return;
  }
  recorder->segments[recorder->segment_count++] = (Segment){
      L, (uint32_t)(recorder->top - recorder->frames), announced};
  recorder->L = L;
}

static void pop_segment(Recorder *recorder) {
  uint32_t base = stack_segment(recorder)->base;
  stack_pop_to(recorder, recorder->frames + base - 1);
  recorder->segment_count--;
  recorder->L = recorder->segment_count ? stack_segment(recorder)->L : NULL;
}

bool stack_open(Recorder *recorder, lua_State *L) {
  if (!resize(recorder, 64)) return false;
  recorder->countdown = GAUGE_EVENTS;
  recorder->top[0] = (Frame){&no_call, tree_node(&recorder->tree, 0)};
  stack_push_segment(recorder, L, true);
  return !recorder->failed;
}

void stack_open_unannounced(Recorder *recorder, lua_State *known) {
  lua_State *L = recorder->L;
  recorder->segments[0].L = known;
  stack_push_segment(recorder, L, false);
}

void stack_close(Recorder *recorder) {
  free(recorder->frames);
  free(recorder->segments);
  free(recorder->yields);
  index_free(&recorder->by_yield);
}

void stack_pop_to(Recorder *recorder, Frame *frame) {
  if (recorder->lines_of) lines_pop(recorder, frame);
  recorder->top = frame;
}

Node *stack_find_child(Recorder *recorder, Node *parent, lua_State *L,
                       lua_Debug *ar, CallKey key) {
  uint32_t function = functions_of_call(&recorder->functions, L, ar, key);
  Node *child = tree_child(&recorder->tree, parent, function);
  if (child->function != function) return child;
  child->key = key.address;
  child->age = key.age;
  parent->last = child;
  return child;
}

bool stack_unwind(Recorder *recorder, const void *ci) {
  const Frame *base = recorder->frames + stack_segment(recorder)->base;
  Frame *frame = recorder->top;
  while (frame >= base && frame->ci != ci) frame--;
  if (frame < base) return false;
  stack_pop_to(recorder, frame);
  return true;
}

/* The C function at the very bottom is the program around the script. */
static bool is_program(Recorder *recorder, lua_State *L, lua_Debug *ar) {
  if (recorder->top != recorder->frames + 1) return false;
  uint32_t function = functions_of_call(&recorder->functions, L, ar,
                                        stack_key(recorder, L, ar));
  return recorder->functions.items[function].kind == FUNCTION_C;
}

static void push_call(Recorder *recorder, lua_State *L, const void *ci) {
  lua_Debug ar = {.i_ci = (void *)ci};
  Node *node = recorder->top->node;
  if (!is_program(recorder, L, &ar)) node = stack_child(recorder, node, L, &ar);
  if (recorder->failed || !stack_push(recorder, ci, node)) return;
  if (recorder->lines_of) lines_resume(recorder, L, &ar);
  if (recorder->sampler) lines_sample(recorder, L, &ar);
  if (recorder->zones) zone_resume(recorder, L, &ar);
}

/* The calls of a thread, the newest first; of very many those in the middle are
** left out, and without the layout all but the newest. */
enum { NEWEST = 192, OLDEST = 64, MOST = NEWEST + OLDEST };
typedef struct Chain {
  const void *calls[MOST];
  const void *below; /* the record below the oldest; no_call: it is not known */
  int count;
} Chain;

/* The record of the call at `level`; `above` is that of the level above. NULL
** below the oldest call. */
static const void *next_call(const Recorder *recorder, lua_State *L,
                             const CallInfo *above, int level) {
  lua_Debug ar;
  if (!above || !recorder->trusted)
    return lua_getstack(L, level, &ar) ? ar.i_ci : NULL;
  return above->previous->previous ? above->previous : NULL;
}

/* Puts the oldest calls into their places. */
static void walk_up(const Recorder *recorder, lua_State *L, Chain *chain) {
  const CallInfo *base = callinfo_base(L, recorder->base_offset);
  const CallInfo *call = base->next;
  chain->count = MOST;
  chain->below = base;
  for (int i = MOST - 1; i >= NEWEST; i--, call = call->next)
    chain->calls[i] = call;
}

static void walk(const Recorder *recorder, lua_State *L, int level,
                 Chain *chain) {
  const CallInfo *call = NULL, *next;
  chain->count = 0;
  while ((next = next_call(recorder, L, call, level + chain->count)) &&
         chain->count < MOST)
    chain->calls[chain->count++] = call = next;
  if (next && recorder->trusted)
    walk_up(recorder, L, chain);
  else if (next)
    chain->count = NEWEST, chain->below = &no_call;
  else
    chain->below = call && recorder->trusted ? call->previous : NULL;
}

static void push_chain(Recorder *recorder, lua_State *L, const Chain *chain) {
  for (int i = chain->count - 1; i >= 0 && !recorder->failed; i--)
    push_call(recorder, L, chain->calls[i]);
}

/* Below the call at level 0 when none is at level 1. */
static const void *lowest(const Recorder *recorder, lua_State *L) {
  lua_Debug ar;
  if (!lua_getstack(L, 0, &ar)) return &no_call;
  return stack_previous(recorder, L, &ar, 0);
}

void stack_rebuild(Recorder *recorder, lua_State *L, int level) {
  Chain chain;
  Frame *base = recorder->frames + stack_segment(recorder)->base;
  stack_pop_to(recorder, base);
  walk(recorder, L, level, &chain);
  base->ci = chain.count ? chain.below : lowest(recorder, L);
  push_chain(recorder, L, &chain);
}

static Yield *find_yield(Recorder *recorder, const lua_State *L) {
  uint32_t hash = index_hash((uint64_t)(uintptr_t)L, 0);
  uint32_t position = hash, number;
  while ((number = index_next(&recorder->by_yield, hash, &position)))
    if (recorder->yields[number - 1].L == L)
      return &recorder->yields[number - 1];
  return NULL;
}

static bool reserve_yield(Recorder *recorder) {
  if (recorder->yield_count == MOST_YIELDS) {
    index_clear(&recorder->by_yield);
    recorder->yield_count = 0;
  }
  if (recorder->yield_count < recorder->yield_capacity) return true;
  uint32_t larger = recorder->yield_capacity * 2 + 16;
  Yield *yields = realloc(recorder->yields, larger * sizeof *yields);
  if (!yields) return false;
  recorder->yields = yields;
  recorder->yield_capacity = larger;
  return true;
}

/* A slot for the thread: the one it had before, or a new one. */
static Yield *yield_of(Recorder *recorder, const lua_State *L) {
  Yield *yield = find_yield(recorder, L);
  if (yield || !reserve_yield(recorder)) return yield;
  uint32_t hash = index_hash((uint64_t)(uintptr_t)L, 0);
  if (!index_add(&recorder->by_yield, hash, recorder->yield_count + 1))
    return NULL;
  yield = &recorder->yields[recorder->yield_count++];
  yield->L = L;
  return yield;
}

/* The function that yielded, not coroutine.yield itself. */
static Node *yielding(const Recorder *recorder) {
  Node *node = recorder->top->node;
  bool is_c = recorder->functions.items[node->function].kind == FUNCTION_C;
  return is_c && node->parent ? node->parent : node;
}

static void suspend(Recorder *recorder, const lua_State *L) {
  Yield *yield = yield_of(recorder, L);
  if (!yield) return;
  yield->tick = recorder->last;
  yield->node = recorder->L == L ? yielding(recorder) : NULL;
}

static void go_on(Recorder *recorder, lua_State *L) {
  Yield *yield = find_yield(recorder, L);
  if (!yield || !yield->node) return;
  if (lua_status(L) == LUA_YIELD)
    yield->node->suspended += recorder->last - yield->tick;
  yield->node = NULL;
}

void stack_enter(Recorder *recorder, lua_State *L) {
  if (recorder->failed) return;
  if (recorder->mode != RECORDER_SAMPLE) {
    stack_charge(recorder);
    go_on(recorder, L);
  }
  stack_push_segment(recorder, L, true);
}

/* Below the oldest thread that is known, another goes on. */
static void replace_bottom(Recorder *recorder, lua_State *L) {
  stack_pop_to(recorder, recorder->frames);
  stack_push_segment(recorder, L, true);
}

static Segment *find_segment(const Recorder *recorder, const lua_State *L) {
  for (uint32_t i = recorder->segment_count; i > 0; i--)
    if (recorder->segments[i - 1].L == L) return &recorder->segments[i - 1];
  return NULL;
}

void stack_leave(Recorder *recorder, lua_State *stopped, lua_State *previous) {
  if (recorder->failed) return;
  if (recorder->mode != RECORDER_SAMPLE) {
    stack_charge(recorder);
    if (lua_status(stopped) == LUA_YIELD) suspend(recorder, stopped);
  }
  while (recorder->segment_count && recorder->L != previous)
    pop_segment(recorder);
  if (!recorder->segment_count) replace_bottom(recorder, previous);
}

void stack_switch(Recorder *recorder, lua_State *L) {
  if (find_segment(recorder, L)) {
    while (recorder->L != L) pop_segment(recorder);
    return;
  }
  while (!stack_segment(recorder)->announced) pop_segment(recorder);
  stack_push_segment(recorder, L, false);
}

/* The thread's clock is a system call, so it is read only when a stretch was
** long; shorter ones since the last look cannot have waited for long. */
void stack_wait(Recorder *recorder, uint64_t now, uint64_t stretch) {
  uint64_t cpu = tick_cpu();
  double ticks = tick_rate() * 1e-9;
  uint64_t busy = (uint64_t)((double)(cpu - recorder->cpu.cpu) * ticks);
  uint64_t passed = now - recorder->cpu.tick;
  uint64_t idle = passed > busy ? passed - busy : 0;
  recorder->top->node->wait += idle < stretch ? idle : stretch;
  recorder->cpu = (Stamp){tick_now(), cpu};
  recorder->last = recorder->cpu.tick;
}
