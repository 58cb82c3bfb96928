#include "host/profiler/gauge.h"

#include <lauxlib.h>
#include <stdlib.h>
#include <string.h>

#include "host/profiler/calls.h"
#include "host/profiler/lines.h"
#include "host/profiler/recorder.h"
#include "host/profiler/tick.h"

enum { LOOP = 96, DEPTH = 6, SETTLING = 12, MOST_READINGS = 512 };

/* The part of a call's cost that lands on the caller: about the same for Lua
** and C functions, on fast and slow machines. */
static const double caller_share = 0.62;

/* The functions, in their places on the gauge's stack. */
enum { TREE = 1, CALLS, LINES, IDENTITY, C_IDENTITY };
static const char *const names[] = {"tree", "calls", "lines", "identity"};

typedef enum Kind { KIND_LUA, KIND_C, KIND_LINE, KINDS } Kind;

typedef struct Readings {
  double items[MOST_READINGS];
  unsigned count; /* may exceed the places */
} Readings;

struct Gauge {
  lua_State *L;
  Recorder recorder; /* of the gauge's own calls */
  Readings readings[KINDS];
  unsigned next; /* of the tests */
};

static int identity(lua_State *L) {
  lua_settop(L, 1);
  return 1;
}

/* What is run for a kind: Lua functions that do some work and that do none. */
typedef struct Test {
  Kind kind;
  int function, size, callee;
} Test;

static const Test tests[] = {{KIND_LUA, TREE, DEPTH, TREE},
                             {KIND_C, CALLS, LOOP, C_IDENTITY},
                             {KIND_LUA, CALLS, LOOP, IDENTITY},
                             {KIND_LINE, LINES, LOOP, IDENTITY}};

/* function(size, callee) */
static void push_run(lua_State *L, const Test *test) {
  lua_pushvalue(L, test->function);
  lua_pushinteger(L, test->size);
  lua_pushvalue(L, test->callee);
}

/* Ticks, by the clock alone. */
static double bare(lua_State *L, const Test *test) {
  push_run(L, test);
  uint64_t start = tick_now();
  lua_call(L, 2, 0);
  return (double)(tick_now() - start);
}

static void hook(const Gauge *gauge, bool on) {
  bool lines = gauge->recorder.mode == RECORDER_LINES;
  int mask = LUA_MASKCALL | LUA_MASKRET | (lines ? LUA_MASKLINE : 0);
  lua_sethook(gauge->L, lines ? lines_event : calls_event, on ? mask : 0, 0);
}

/* What a recorded run was charged with, and what there was in it. */
typedef struct Run {
  double ticks, calls, lines;
} Run;

static Run take_run(Recorder *recorder) {
  Run run = {0};
  for (uint32_t i = 0; i < recorder->tree.count; i++) {
    Node *node = tree_node(&recorder->tree, i);
    run.ticks += (double)node->self;
    run.calls += (double)node->calls;
    node->self = node->calls = 0;
  }
  for (uint32_t i = 0; i < recorder->line_count; i++) {
    run.lines += (double)lines_item(recorder, i)->count;
    lines_item(recorder, i)->count = 0;
  }
  return run;
}

static Run recorded(Gauge *gauge, const Test *test) {
  Recorder *recorder = &gauge->recorder, *current = recorder_current;
  push_run(gauge->L, test);
  recorder_current = recorder;
  recorder->last = tick_now();
  hook(gauge, true);
  lua_call(gauge->L, 2, 0);
  hook(gauge, false);
  recorder_current = current;
  return take_run(recorder);
}

/* Ticks of an event of the test's kind. */
static double run_test(Gauge *gauge, const Test *test) {
  recorded(gauge, test);
  double alone = bare(gauge->L, test);
  Run run = recorded(gauge, test);
  if (test->kind == KIND_LINE) return (run.ticks - alone) / run.lines;
  return (run.ticks - alone - run.lines * gauge_costs(gauge).line) / run.calls;
}

/* When all places are taken, newer readings replace others here and there. */
static void keep(Readings *readings, double reading) {
  unsigned place = readings->count++;
  if (place >= MOST_READINGS) place = place * 2654435761u % MOST_READINGS;
  readings->items[place] = reading;
}

void gauge_read(Gauge *gauge) {
  const Test *test = &tests[gauge->next];
  unsigned count = gauge->recorder.mode == RECORDER_LINES ? 4 : 3;
  keep(&gauge->readings[test->kind], run_test(gauge, test));
  gauge->next = (gauge->next + 1) % count;
}

void gauge_settle(Gauge *gauge) {
  for (int i = 0; i < SETTLING; i++) gauge_read(gauge);
}

static int compare(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* Of those near the median: others were interrupted, or their bare half was. */
static double mean(const Readings *readings) {
  double sorted[MOST_READINGS], total = 0;
  unsigned count = readings->count, used = 0;
  if (count > MOST_READINGS) count = MOST_READINGS;
  if (count == 0) return 0;
  memcpy(sorted, readings->items, count * sizeof *sorted);
  qsort(sorted, count, sizeof *sorted, compare);
  double median = sorted[count / 2];
  for (unsigned i = 0; i < count; i++) {
    if (sorted[i] < median / 2 || sorted[i] > median * 2) continue;
    total += sorted[i];
    used++;
  }
  return used && total > 0 ? total / used : 0;
}

static CallCost split(double cost) {
  return (CallCost){cost * caller_share, cost * (1 - caller_share)};
}

Costs gauge_costs(const Gauge *gauge) {
  return (Costs){.lua = split(mean(&gauge->readings[KIND_LUA])),
                 .c = split(mean(&gauge->readings[KIND_C])),
                 .line = mean(&gauge->readings[KIND_LINE])};
}

typedef struct Dump {
  luaL_Buffer buffer;
  bool begun; /* the buffer takes the function's place on the stack */
} Dump;

static int append(lua_State *L, const void *bytes, size_t length, void *data) {
  Dump *dump = data;
  if (!dump->begun) luaL_buffinit(L, &dump->buffer);
  dump->begun = true;
  luaL_addlstring(&dump->buffer, bytes, length);
  return 0;
}

/* Pushes the probe's function as bytes. */
static void push_dump(lua_State *L, int functions, const char *name) {
  Dump dump = {.begun = false};
  lua_getfield(L, functions, name);
  lua_dump(L, append, &dump, 1);
  luaL_pushresult(&dump.buffer);
  lua_remove(L, -2);
}

/* Loads the dumps on top of L's stack; false when memory runs out. */
static bool load_functions(Gauge *gauge, lua_State *L, int count) {
  for (int i = 0; i < count; i++) {
    size_t length;
    const char *bytes = lua_tolstring(L, i - count, &length);
    if (luaL_loadbufferx(gauge->L, bytes, length, "=(gauge)", "b") != LUA_OK)
      return false;
  }
  lua_pushcfunction(gauge->L, identity);
  return true;
}

static bool prepare(Gauge *gauge, lua_State *L, int count, bool lines,
                    bool trusted) {
  gauge->L = luaL_newstate();
  if (!gauge->L || !load_functions(gauge, L, count)) return false;
  Recorder *recorder = &gauge->recorder;
  if (!recorder_open(recorder, gauge->L,
                     lines ? RECORDER_LINES : RECORDER_CALLS))
    return false;
  recorder->trusted = trusted;
  recorder->long_stretch = UINT64_MAX;
  if (lines) gauge->next = 3; /* calls need it */
  gauge_settle(gauge);
  return true;
}

Gauge *gauge_open(lua_State *L, int functions, bool lines, bool trusted) {
  enum { COUNT = sizeof names / sizeof *names };
  for (int i = 0; i < COUNT; i++) push_dump(L, functions, names[i]);
  Gauge *gauge = calloc(1, sizeof *gauge);
  if (gauge && !prepare(gauge, L, COUNT, lines, trusted)) {
    gauge_close(gauge);
    gauge = NULL;
  }
  lua_pop(L, COUNT);
  return gauge;
}

void gauge_close(Gauge *gauge) {
  if (!gauge) return;
  recorder_close(&gauge->recorder);
  if (gauge->L) lua_close(gauge->L);
  free(gauge);
}
