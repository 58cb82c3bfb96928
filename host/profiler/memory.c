#include "host/profiler/memory.h"

#include <stdlib.h>

#include "host/profiler/lines.h"
#include "host/profiler/stack.h"

/* Stands between the state and the allocator it had. */
struct Relay {
  lua_Alloc allocate;
  void *data;
  Recorder *recorder; /* NULL: only passes on */
};

static Frame *find_frame(const Recorder *recorder, const void *ci) {
  Frame *base = recorder->frames + stack_segment(recorder)->base;
  Frame *frame = recorder->top;
  while (frame > base && frame->ci != ci) frame--;
  return frame > base ? frame : recorder->top;
}

/* Zones stand above the frame of the function that opened them. */
static uint32_t function_of(const Recorder *recorder, const void *ci) {
  const Frame *frame = find_frame(recorder, ci);
  while (frame[-1].ci == frame->ci) frame--;
  return frame->node->function;
}

/* The line of the nearest Lua call: of the function on top, or of the one that
** called into C. */
static Line *find_line(Recorder *recorder, lua_State *L) {
  lua_Debug ar;
  for (int level = 0; level < 8 && lua_getstack(L, level, &ar); level++) {
    lua_getinfo(L, "l", &ar);
    if (ar.currentline <= 0) continue;
    return lines_find(recorder, function_of(recorder, ar.i_ci), ar.currentline);
  }
  return NULL;
}

typedef struct Place {
  Node *node; /* NULL: nothing is to be counted */
  Line *line; /* NULL: not known */
} Place;

/* A thread that nobody announced may be gone by now: it is not looked into. */
static Place find_place(Recorder *recorder) {
  lua_Debug ar;
  lua_State *L = recorder->L;
  if (!stack_segment(recorder)->announced || !lua_getstack(L, 0, &ar))
    return (Place){recorder->top->node, NULL};
  return (Place){find_frame(recorder, ar.i_ci)->node, find_line(recorder, L)};
}

static void count(Place place, size_t bytes, unsigned blocks) {
  place.node->bytes += bytes;
  place.node->blocks += blocks;
  if (!place.line) return;
  place.line->bytes += bytes;
  place.line->blocks += blocks;
}

/* The place is found first: when the block that moves is a Lua stack, the calls
** cannot be looked into after. */
static void *allocate(void *data, void *block, size_t before, size_t after) {
  const struct Relay *relay = data;
  Recorder *recorder = relay->recorder;
  Place place = {NULL, NULL};
  if (!block) before = 0;
  if (recorder && !recorder->failed && after > before)
    place = find_place(recorder);
  void *result = relay->allocate(relay->data, block, before, after);
  if (result && place.node) count(place, after - before, !block);
  return result;
}

void memory_start(Recorder *recorder) {
  struct Relay *relay = malloc(sizeof *relay);
  if (!relay) {
    recorder->failed = true;
    return;
  }
  relay->recorder = recorder;
  relay->allocate = lua_getallocf(recorder->L, &relay->data);
  recorder->relay = relay;
  lua_setallocf(recorder->L, allocate, relay);
}

void memory_stop(Recorder *recorder) {
  struct Relay *relay = recorder->relay;
  void *data;
  if (!relay) return;
  relay->recorder = NULL;
  recorder->relay = NULL;
  if (lua_getallocf(recorder->main, &data) != allocate || data != relay) return;
  lua_setallocf(recorder->main, relay->allocate, relay->data);
  free(relay);
}
