#include "host/profiler/zone.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "host/profiler/stack.h"

static _Atomic uint64_t last_number;

static Node *zone_node(Recorder *recorder, Node *parent, uint32_t function) {
  return tree_child(&recorder->tree, parent, function);
}

static Line **line_of(const Recorder *recorder, const Frame *frame) {
  return recorder->lines_of + (frame - recorder->frames);
}

/* Above the function's own frame, below the calls that open the zone. */
static void insert(Recorder *recorder, const Zone *zone) {
  Frame *frame = recorder->top;
  Frame *base = recorder->frames + stack_segment(recorder)->base;
  while (frame > base && frame->ci != zone->ci) frame--;
  size_t above = (size_t)(recorder->top - frame);
  if (frame == base || !stack_push(recorder, NULL, NULL)) return;
  frame = recorder->top - above;
  memmove(frame + 1, frame, above * sizeof *frame);
  Node *node = zone_node(recorder, frame[-1].node, zone->function);
  node->calls++;
  *frame = (Frame){zone->ci, node};
  if (!recorder->lines_of) return;
  Line **line = line_of(recorder, frame);
  memmove(line + 1, line, above * sizeof(Line *));
  *line = NULL;
}

/* The call that wants the zone: the first that is not the profiler's. */
static bool find_opener(lua_State *L, lua_Debug *ar) {
  for (int level = 1; lua_getstack(L, level, ar); level++) {
    lua_getinfo(L, "S", ar);
    if (!functions_is_own(ar->source)) return true;
  }
  return false;
}

static void drop(Zone **link) {
  Zone *zone = *link;
  *link = zone->next;
  free(zone);
}

/* Without calls and returns none tells when a zone that was not closed is over:
** when it is opened once more, at the latest. */
static void drop_same(Recorder *recorder, const Zone *zone) {
  for (Zone **link = &recorder->zones; *link; link = &(*link)->next) {
    const Zone *other = *link;
    if (other->L != zone->L || other->ci != zone->ci ||
        other->function != zone->function)
      continue;
    drop(link);
    return;
  }
}

uint64_t zone_open(Recorder *recorder, lua_State *L, const char *name) {
  lua_Debug opener;
  bool samples = recorder->mode == RECORDER_SAMPLE;
  if (recorder->failed || !find_opener(L, &opener)) return 0;
  if (!samples && recorder->L != L) return 0;
  Zone *zone = malloc(sizeof *zone);
  if (!zone) return 0;
  if (!samples) stack_charge(recorder);
  *zone = (Zone){.number = atomic_fetch_add(&last_number, 1) + 1,
                 .L = L,
                 .ci = opener.i_ci,
                 .key = stack_key(recorder, L, &opener).address,
                 .function = functions_of_zone(&recorder->functions, name)};
  if (samples) drop_same(recorder, zone);
  zone->next = recorder->zones;
  recorder->zones = zone;
  if (!samples) insert(recorder, zone);
  return zone->number;
}

static bool is_frame_of(const Recorder *recorder, const Zone *zone,
                        const Frame *frame) {
  return frame->ci == zone->ci && frame->node->function == zone->function &&
         recorder->L == zone->L;
}

/* Takes the zone's frame out, where it stands in the segment on top. */
static void take_out(Recorder *recorder, const Zone *zone) {
  Frame *base = recorder->frames + stack_segment(recorder)->base;
  Frame *frame = recorder->top;
  while (frame > base && !is_frame_of(recorder, zone, frame)) frame--;
  if (frame == base) return;
  size_t above = (size_t)(recorder->top - frame);
  memmove(frame, frame + 1, above * sizeof *frame);
  if (recorder->lines_of) {
    Line **line = line_of(recorder, frame);
    memmove(line, line + 1, above * sizeof(Line *));
    line[above] = NULL;
  }
  recorder->top--;
}

void zone_close(Recorder *recorder, uint64_t number) {
  Zone **link = &recorder->zones;
  while (*link && (*link)->number != number) link = &(*link)->next;
  if (!*link) return;
  if (!recorder->failed && recorder->mode != RECORDER_SAMPLE) {
    stack_charge(recorder);
    take_out(recorder, *link);
  }
  drop(link);
}

void zone_end_call(Recorder *recorder, const void *ci) {
  Zone **link = &recorder->zones;
  while (*link) {
    if ((*link)->ci == ci && (*link)->L == recorder->L)
      drop(link);
    else
      link = &(*link)->next;
  }
}

void zone_forget(Recorder *recorder) {
  while (recorder->zones) drop(&recorder->zones);
}

/* From the oldest on: the list begins with the newest. */
void zone_resume(Recorder *recorder, lua_State *L, lua_Debug *ar) {
  enum { MOST_NESTED = 64 };
  const Zone *matching[MOST_NESTED];
  const void *key = stack_key(recorder, L, ar).address;
  int count = 0;
  for (Zone *z = recorder->zones; z && count < MOST_NESTED; z = z->next)
    if (z->L == L && z->ci == ar->i_ci && z->key == key) matching[count++] = z;
  while (count > 0) {
    const Zone *zone = matching[--count];
    Node *node = zone_node(recorder, recorder->top->node, zone->function);
    if (!stack_push(recorder, ar->i_ci, node)) return;
  }
}
