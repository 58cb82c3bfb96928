#include "host/profiler/lines.h"

#include <stdlib.h>
#include <string.h>

#include "host/profiler/calls.h"
#include "host/profiler/sampler.h"
#include "host/profiler/stack.h"

enum { CHUNK = 256, MOST_LINES = 1 << 20 };

Line *lines_item(const Recorder *recorder, uint32_t number) {
  return &recorder->lines[number / CHUNK][number % CHUNK];
}

static bool reserve(Recorder *recorder) {
  uint32_t chunk = recorder->line_count / CHUNK;
  if (chunk < recorder->line_chunks) return true;
  if (chunk == recorder->line_capacity) {
    uint32_t larger = chunk * 2 + 16;
    Line **lines = realloc(recorder->lines, larger * sizeof(Line *));
    if (!lines) return false;
    recorder->lines = lines;
    recorder->line_capacity = larger;
  }
  Line *items = calloc(CHUNK, sizeof(Line));
  if (!items) return false;
  recorder->lines[chunk] = items;
  recorder->line_chunks++;
  return true;
}

static Line *add(Recorder *recorder, uint32_t hash, uint32_t function,
                 int number) {
  if (recorder->line_count == MOST_LINES || !reserve(recorder)) return NULL;
  Line *line = lines_item(recorder, recorder->line_count);
  recorder->line_count++;
  if (!index_add(&recorder->by_line, hash, recorder->line_count)) {
    recorder->line_count--;
    return NULL;
  }
  line->function = function;
  line->number = number;
  return line;
}

Line *lines_find(Recorder *recorder, uint32_t function, int number) {
  uint32_t hash = index_hash(function, (uint64_t)(uint32_t)number);
  uint32_t position = hash, found;
  while ((found = index_next(&recorder->by_line, hash, &position))) {
    Line *line = lines_item(recorder, found - 1);
    if (line->function == function && line->number == number) return line;
  }
  return add(recorder, hash, function, number);
}

bool lines_reserve(Recorder *recorder, uint32_t before, uint32_t after) {
  Line **lines = realloc(recorder->lines_of, after * sizeof(Line *));
  if (!lines) return false;
  memset(lines + before, 0, (after - before) * sizeof(Line *));
  recorder->lines_of = lines;
  return true;
}

void lines_close(Recorder *recorder) {
  for (uint32_t i = 0; i < recorder->line_chunks; i++) free(recorder->lines[i]);
  free(recorder->lines);
  free(recorder->lines_of);
  index_free(&recorder->by_line);
}

static Line **current(const Recorder *recorder) {
  return &recorder->lines_of[recorder->top - recorder->frames];
}

void lines_charge(Recorder *recorder, uint64_t stretch) {
  Line *line = *current(recorder);
  if (line) line->self += stretch;
}

/* The clock less the cost of the events so far. */
static uint64_t clean_now(const Recorder *recorder) {
  return recorder->last - (uint64_t)recorder->overhead;
}

/* A line that is under way in several frames is timed once. */
static void enter(Recorder *recorder, Line *line) {
  *current(recorder) = line;
  if (line && line->active++ == 0) line->since = clean_now(recorder);
}

static void leave(const Recorder *recorder, Line *line) {
  if (!line || --line->active > 0) return;
  uint64_t now = clean_now(recorder);
  if (now > line->since) line->total += now - line->since;
}

void lines_pop(Recorder *recorder, const Frame *frame) {
  Line **kept = recorder->lines_of + (frame - recorder->frames);
  for (Line **line = current(recorder); line > kept; line--) {
    leave(recorder, *line);
    *line = NULL;
  }
}

void lines_resume(Recorder *recorder, lua_State *L, lua_Debug *ar) {
  lua_getinfo(L, "l", ar);
  if (ar->currentline > 0)
    enter(recorder,
          lines_find(recorder, recorder->top->node->function, ar->currentline));
}

void lines_sample(Recorder *recorder, lua_State *L, lua_Debug *ar) {
  lua_getinfo(L, "l", ar);
  if (ar->currentline <= 0) return;
  Line *line = lines_find(recorder, recorder->top->node->function,
                          ar->currentline);
  if (line) sampler_pass(recorder->sampler, line);
}

/* Zones stand above the frame of the function whose line it is. */
static uint32_t function_on_top(const Recorder *recorder) {
  const Frame *frame = recorder->top;
  while (frame[-1].ci == frame->ci) frame--;
  return frame->node->function;
}

static void follow_line(Recorder *recorder, lua_State *L, lua_Debug *ar) {
  recorder->overhead += recorder->costs.line;
  if (recorder->top->ci != ar->i_ci && !stack_unwind(recorder, ar->i_ci))
    stack_rebuild(recorder, L, 0);
  if (recorder->failed) return;
  leave(recorder, *current(recorder));
  *current(recorder) = NULL;
  Line *line = lines_find(recorder, function_on_top(recorder), ar->currentline);
  if (line) line->count++;
  enter(recorder, line);
}

/* The caller's line bears a part of the call's cost. */
static void count_call(Recorder *recorder) {
  const Node *callee = recorder->top->node;
  bool is_c = recorder->functions.items[callee->function].kind == FUNCTION_C;
  Line *line = current(recorder)[-1];
  if (line && is_c) line->c_calls++;
  if (line && !is_c) line->lua_calls++;
  const CallCost *cost = is_c ? &recorder->costs.c : &recorder->costs.lua;
  recorder->overhead += cost->caller + cost->callee;
}

void lines_event(lua_State *L, lua_Debug *ar) {
  Recorder *recorder = recorder_current;
  if (!recorder || recorder->L != L) {
    recorder = recorder_switch(L);
    if (!recorder) return;
  } else {
    stack_charge(recorder);
  }
  if (ar->event == LUA_HOOKLINE) {
    follow_line(recorder, L, ar);
  } else {
    calls_follow(recorder, L, ar);
    if (ar->event == LUA_HOOKCALL && !recorder->failed) count_call(recorder);
  }
  if (__builtin_expect(--recorder->countdown == 0, 0)) recorder_gauge(recorder);
}
