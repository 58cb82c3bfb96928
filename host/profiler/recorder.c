#include "host/profiler/recorder.h"

#include <stdlib.h>
#include <string.h>

#include "host/profiler/calls.h"
#include "host/profiler/collector.h"
#include "host/profiler/gauge.h"
#include "host/profiler/lines.h"
#include "host/profiler/memory.h"
#include "host/profiler/sampler.h"
#include "host/profiler/stack.h"
#include "host/profiler/tick.h"
#include "host/profiler/zone.h"

_Thread_local Recorder *recorder_current;

static const double longest_work = 50e-6; /* seconds in one stretch */

static void entered(void *data, lua_State *L) { stack_enter(data, L); }

static void left(void *data, lua_State *stopped, lua_State *previous) {
  stack_leave(data, stopped, previous);
}

bool recorder_open(Recorder *recorder, lua_State *L, RecorderMode mode) {
  tick_open();
  recorder->mode = mode;
  recorder->long_stretch = (uint64_t)(longest_work * tick_rate());
  recorder->hooks = hook_of(L);
  lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_MAINTHREAD);
  recorder->main = lua_tothread(L, -1);
  lua_pop(L, 1);
  return functions_open(&recorder->functions) && tree_open(&recorder->tree) &&
         stack_open(recorder, L);
}

static void begin_clocks(Recorder *recorder) {
  recorder->time = (double)tick_nanoseconds(CLOCK_REALTIME) * 1e-9;
  recorder->begun_nanosecond = tick_nanoseconds(CLOCK_MONOTONIC);
  recorder->cpu.cpu = tick_cpu();
  recorder->cpu.tick = recorder->last = tick_now();
  recorder->begun = recorder->cpu;
}

static void end_clocks(Recorder *recorder) {
  uint64_t now = tick_nanoseconds(CLOCK_MONOTONIC);
  uint64_t cpu = tick_cpu();
  recorder->duration = (double)(now - recorder->begun_nanosecond) * 1e-9;
  recorder->cpu_time = (double)(cpu - recorder->begun.cpu) * 1e-9;
}

void recorder_gauge(Recorder *recorder) {
  recorder->countdown = GAUGE_EVENTS;
  if (!recorder->gauge) return;
  gauge_read(recorder->gauge);
  if (recorder->lines_of) recorder->costs = gauge_costs(recorder->gauge);
  recorder->last = tick_now();
}

static void claim(Recorder *recorder) {
  static const struct {
    lua_Hook function;
    int mask;
  } hooks[] = {
      [RECORDER_CALLS] = {calls_event, LUA_MASKCALL | LUA_MASKRET},
      [RECORDER_SAMPLE] = {calls_event, 0},
      [RECORDER_LINES] = {lines_event,
                          LUA_MASKCALL | LUA_MASKRET | LUA_MASKLINE},
      [RECORDER_MEMORY] = {calls_event, LUA_MASKCALL | LUA_MASKRET},
  };
  const HookWatch watch = {entered, left, recorder};
  hook_watch(recorder->hooks, &watch);
  hook_claim_raw(recorder->hooks, HOOK_PROFILER, hooks[recorder->mode].mask,
                 hooks[recorder->mode].function, recorder);
}

bool recorder_start(Recorder *recorder, lua_State *L, int level) {
  lua_State *known = hook_running(recorder->hooks);
  recorder_current = recorder;
  if (known != L) stack_open_unannounced(recorder, known);
  if (recorder->gauge) recorder->costs = gauge_costs(recorder->gauge);
  if (recorder->mode != RECORDER_SAMPLE) stack_rebuild(recorder, L, level);
  begin_clocks(recorder);
  if (recorder->mode == RECORDER_SAMPLE && !sampler_start(recorder)) {
    recorder_current = NULL;
    return false;
  }
  if (recorder->mode == RECORDER_MEMORY) memory_start(recorder);
  claim(recorder);
  hook_refresh(recorder->hooks, L);
  recorder->running = true;
  return true;
}

void recorder_stop(Recorder *recorder) {
  recorder->running = false;
  end_clocks(recorder);
  if (recorder->mode == RECORDER_SAMPLE)
    sampler_stop(recorder);
  else if (!recorder->failed)
    stack_charge(recorder);
  if (recorder->gauge) gauge_settle(recorder->gauge);
  if (recorder->lines_of && !recorder->failed)
    stack_pop_to(recorder, recorder->frames);
  if (recorder->mode == RECORDER_MEMORY) memory_stop(recorder);
  hook_watch(recorder->hooks, NULL);
  hook_release(recorder->hooks, HOOK_PROFILER);
  if (recorder_current == recorder) recorder_current = NULL;
}

void recorder_close(Recorder *recorder) {
  gauge_close(recorder->gauge);
  zone_forget(recorder);
  stack_close(recorder);
  lines_close(recorder);
  tree_close(&recorder->tree);
  functions_close(&recorder->functions);
  memset(recorder, 0, sizeof *recorder);
}

static Recorder *recorder_of(lua_State *L) {
  Hooks *hooks = hook_of(L);
  Recorder *recorder = hooks ? hook_data(hooks, HOOK_PROFILER) : NULL;
  if (recorder) return recorder;
  if (hooks)
    hook_refresh(hooks, L);
  else
    lua_sethook(L, NULL, 0, 0);
  return NULL;
}

Recorder *recorder_switch(lua_State *L) {
  Recorder *recorder = recorder_current;
  if (!recorder || recorder->hooks != hook_of(L)) recorder = recorder_of(L);
  if (!recorder || recorder->failed) return NULL;
  recorder_current = recorder;
  stack_charge(recorder);
  if (recorder->L != L) stack_switch(recorder, L);
  return recorder->failed ? NULL : recorder;
}
