#include "host/profiler/export.h"

#include <lauxlib.h>
#include <string.h>

#include "host/profiler/gauge.h"
#include "host/profiler/lines.h"
#include "host/profiler/names.h"
#include "host/profiler/tick.h"

/* What becomes of the recorder's numbers; 0: left out. In userdata. */
typedef struct Export {
  Recorder *recorder;
  double rate; /* ticks a second */
  Costs costs; /* in ticks, as they were in this run */
  uint32_t *nodes, *functions;
  double *selves; /* corrected, in ticks, by the recorder's numbers */
  uint32_t function_count;
} Export;

static void *scratch(lua_State *L, size_t count, size_t size) {
  return memset(lua_newuserdatauv(L, count * size + 1, 0), 0, count * size + 1);
}

/* Of a C function under way at the start nothing is to be told, unless it
** called something: `require` may have done no more than load the profiler. */
static bool is_wanted(const Function *function, const Node *node) {
  return function->kind != FUNCTION_C || node->calls > 0 || node->samples > 0;
}

/* Marks what is wanted, and what called it; never the profiler's own. */
static void choose_nodes(const Export *export) {
  const Recorder *recorder = export->recorder;
  for (uint32_t i = recorder->tree.count; i-- > 0;) {
    const Node *node = tree_node(&recorder->tree, i);
    const Function *function = &recorder->functions.items[node->function];
    if (is_wanted(function, node)) export->nodes[i] = 1;
    if (function->own) export->nodes[i] = 0;
    if (export->nodes[i] && node->parent)
      export->nodes[node->parent->number] = 1;
  }
}

static void number_nodes(Export *export) {
  uint32_t next = 0;
  const Tree *tree = &export->recorder->tree;
  choose_nodes(export);
  for (uint32_t i = 0; i < tree->count; i++) {
    const Node *node = tree_node(tree, i);
    if (node->parent && !export->nodes[node->parent->number])
      export->nodes[i] = 0;
    if (!export->nodes[i]) continue;
    export->nodes[i] = ++next;
    uint32_t *function = &export->functions[node->function];
    if (!*function) *function = ++export->function_count;
  }
}

static FunctionKind kind_of(const Export *export, const Node *node) {
  return export->recorder->functions.items[node->function].kind;
}

static const CallCost *cost_of(const Export *export, const Node *node) {
  static const CallCost none;
  switch (kind_of(export, node)) {
  case FUNCTION_C: return &export->costs.c;
  case FUNCTION_LUA:
  case FUNCTION_MAIN: return &export->costs.lua;
  default: return &none;
  }
}

/* A call's cost falls on itself and on what called it; a tail call has half the
** events. */
static void take_calls_off(Export *export, const Node *node) {
  const CallCost *cost = cost_of(export, node);
  double calls = (double)node->calls - 0.5 * (double)node->tail;
  export->selves[node->number] -= calls * cost->callee;
  if (node->parent)
    export->selves[node->parent->number] -= calls * cost->caller;
}

static double line_overhead(const Export *export, const Line *line) {
  return (double)line->count * export->costs.line +
         (double)line->lua_calls * export->costs.lua.caller +
         (double)line->c_calls * export->costs.c.caller;
}

/* Of a function that has several nodes, each bears its part of the lines'
** events by its part of the time. */
static void take_lines_off(lua_State *L, Export *export) {
  const Recorder *recorder = export->recorder;
  const Tree *tree = &recorder->tree;
  uint32_t count = recorder->functions.count;
  double *events = scratch(L, count, sizeof *events);
  double *times = scratch(L, count, sizeof *times);
  for (uint32_t i = 0; i < recorder->line_count; i++) {
    const Line *line = lines_item(recorder, i);
    events[line->function] += (double)line->count * export->costs.line;
  }
  for (uint32_t i = 0; i < tree->count; i++)
    times[tree_node(tree, i)->function] += (double)tree_node(tree, i)->self;
  for (uint32_t i = 0; i < tree->count; i++) {
    const Node *node = tree_node(tree, i);
    double time = times[node->function];
    if (time > 0)
      export->selves[i] -= events[node->function] * (double)node->self / time;
  }
  lua_pop(L, 2);
}

static void correct(lua_State *L, Export *export) {
  const Tree *tree = &export->recorder->tree;
  for (uint32_t i = 0; i < tree->count; i++)
    export->selves[i] += (double)tree_node(tree, i)->self;
  if (export->recorder->mode == RECORDER_SAMPLE) return;
  for (uint32_t i = 0; i < tree->count; i++)
    take_calls_off(export, tree_node(tree, i));
  if (export->recorder->mode == RECORDER_LINES) take_lines_off(L, export);
}

static void set_number(lua_State *L, const char *name, double value) {
  lua_pushnumber(L, value);
  lua_setfield(L, -2, name);
}

static void set_count(lua_State *L, const char *name, uint64_t value) {
  lua_pushinteger(L, (lua_Integer)value);
  lua_setfield(L, -2, name);
}

static void set_string(lua_State *L, const char *name, const char *value) {
  lua_pushstring(L, value);
  lua_setfield(L, -2, name);
}

static void push_function(lua_State *L, const Functions *functions,
                          const Function *item) {
  static const char *const kinds[] = {"root", "main", "Lua", "C", "zone"};
  const char *source = item->kind == FUNCTION_C      ? "=[C]"
                       : item->kind == FUNCTION_ZONE ? "=(zone)"
                       : item->source
                           ? functions->sources[item->source - 1].text
                           : "=?"; /* no memory for it */
  lua_createtable(L, 0, 5);
  set_string(L, "name", item->name ? item->name : "anonymous");
  set_string(L, "source", source);
  lua_pushinteger(L, item->line);
  lua_setfield(L, -2, "line");
  lua_pushinteger(L, item->last);
  lua_setfield(L, -2, "last");
  set_string(L, "kind", kinds[item->kind]);
}

static void push_functions(lua_State *L, const Export *export) {
  const Functions *functions = &export->recorder->functions;
  lua_createtable(L, (int)export->function_count, 0);
  for (uint32_t i = 0; i < functions->count; i++) {
    if (!export->functions[i]) continue;
    push_function(L, functions, &functions->items[i]);
    lua_rawseti(L, -2, export->functions[i]);
  }
}

typedef double NodeValue(const Export *export, const Node *node);

static double seconds(const Export *export, double ticks) {
  return ticks > 0 ? ticks / export->rate : 0;
}

static double node_parent(const Export *export, const Node *node) {
  return node->parent ? export->nodes[node->parent->number] : 0;
}

static double node_function(const Export *export, const Node *node) {
  return export->functions[node->function];
}

static double node_self(const Export *export, const Node *node) {
  return seconds(export, export->selves[node->number]);
}

static double node_wait(const Export *export, const Node *node) {
  double wait = seconds(export, (double)node->wait);
  double self = node_self(export, node);
  return wait < self ? wait : self;
}

static double node_suspended(const Export *export, const Node *node) {
  return seconds(export, (double)node->suspended);
}

#define COUNTER(field) \
  static double node_##field(const Export *export, const Node *node) { \
    (void)export; \
    return (double)node->field; \
  }
COUNTER(calls)
COUNTER(tail)
COUNTER(samples)
COUNTER(bytes)
COUNTER(blocks)

typedef struct NodeColumn {
  const char *name;
  NodeValue *value;
  bool is_time, optional;
} NodeColumn;

static const NodeColumn node_columns[] = {
    {"parent", node_parent, false, false},
    {"function", node_function, false, false},
    {"calls", node_calls, false, false},
    {"self", node_self, true, false},
    {"tail", node_tail, false, true},
    {"wait", node_wait, true, true},
    {"suspended", node_suspended, true, true},
    {"samples", node_samples, false, true},
    {"bytes", node_bytes, false, true},
    {"blocks", node_blocks, false, true},
};

static void push_value(lua_State *L, double value, bool is_time) {
  if (is_time)
    lua_pushnumber(L, value);
  else
    lua_pushinteger(L, (lua_Integer)value);
}

/* Pushes a column; false when all in it is zero. */
static bool push_node_column(lua_State *L, const Export *export,
                             const NodeColumn *column) {
  bool any = false;
  const Tree *tree = &export->recorder->tree;
  lua_createtable(L, (int)tree->count, 0);
  for (uint32_t i = 0; i < tree->count; i++) {
    if (!export->nodes[i]) continue;
    double value = column->value(export, tree_node(tree, i));
    any = any || value != 0;
    push_value(L, value, column->is_time);
    lua_rawseti(L, -2, export->nodes[i]);
  }
  return any;
}

static void push_nodes(lua_State *L, const Export *export) {
  enum { COLUMNS = sizeof node_columns / sizeof *node_columns };
  lua_createtable(L, 0, COLUMNS);
  for (size_t i = 0; i < COLUMNS; i++) {
    const NodeColumn *column = &node_columns[i];
    if (push_node_column(L, export, column) || !column->optional)
      lua_setfield(L, -2, column->name);
    else
      lua_pop(L, 1);
  }
}

static void add_to_column(lua_State *L, int lines, const char *name,
                          lua_Integer row, double value, bool is_time) {
  lua_getfield(L, lines, name);
  push_value(L, value, is_time);
  lua_rawseti(L, -2, row);
  lua_pop(L, 1);
}

static void add_line(lua_State *L, const Export *export, const Line *line,
                     lua_Integer row) {
  int lines = lua_gettop(L);
  bool exact = export->recorder->mode == RECORDER_LINES;
  double self = (double)line->self - (exact ? line_overhead(export, line) : 0);
  double total = (double)line->total > self ? (double)line->total : self;
  add_to_column(L, lines, "function", row, export->functions[line->function],
                false);
  add_to_column(L, lines, "line", row, line->number, false);
  add_to_column(L, lines, "count", row, (double)line->count, false);
  add_to_column(L, lines, "self", row, seconds(export, self), true);
  add_to_column(L, lines, "total", row, seconds(export, total), true);
  add_to_column(L, lines, "samples", row, (double)line->samples, false);
  add_to_column(L, lines, "bytes", row, (double)line->bytes, false);
  add_to_column(L, lines, "blocks", row, (double)line->blocks, false);
}

static void push_lines(lua_State *L, const Export *export) {
  static const char *const columns[] = {"function", "line",  "count",
                                        "self",     "total", "samples",
                                        "bytes",    "blocks"};
  const Recorder *recorder = export->recorder;
  lua_Integer rows = 0;
  lua_createtable(L, 0, 8);
  for (size_t i = 0; i < 8; i++) {
    lua_createtable(L, (int)recorder->line_count, 0);
    lua_setfield(L, -2, columns[i]);
  }
  for (uint32_t i = 0; i < recorder->line_count; i++) {
    const Line *line = lines_item(recorder, i);
    if (export->functions[line->function]) add_line(L, export, line, ++rows);
  }
}

static void push_collector(lua_State *L, const Recorder *recorder) {
  lua_createtable(L, 0, 2);
  set_count(L, "cycles", recorder->cycles);
  set_string(L, "mode", recorder->incremental ? "incremental" : "generational");
}

static void push_notes(lua_State *L, const Recorder *recorder) {
  int count = 0;
  lua_newtable(L);
  if (recorder->failed) {
    lua_pushliteral(L, "memory ran out: the profile ends before the program");
    lua_rawseti(L, -2, ++count);
  }
  if (recorder->tree.starved) {
    lua_pushliteral(L, "memory ran out: some calls stand under other callers "
                       "than theirs");
    lua_rawseti(L, -2, ++count);
  }
  if (recorder->tree.full) {
    lua_pushliteral(L, "there were too many chains of calls: some calls stand "
                       "under other callers than theirs");
    lua_rawseti(L, -2, ++count);
  }
}

static void push_overhead(lua_State *L, const Export *export) {
  const Costs *costs = &export->costs;
  lua_createtable(L, 0, 3);
  set_number(L, "lua", (costs->lua.caller + costs->lua.callee) / export->rate);
  set_number(L, "c", (costs->c.caller + costs->c.callee) / export->rate);
  if (export->recorder->mode == RECORDER_LINES)
    set_number(L, "line", costs->line / export->rate);
}

static void push_header(lua_State *L, const Export *export) {
  static const char *const modes[] = {"calls", "sample", "lines", "memory"};
  const Recorder *recorder = export->recorder;
  lua_createtable(L, 0, 16);
  set_string(L, "format", "perilune-profile");
  set_count(L, "version", 1);
  set_string(L, "mode", modes[recorder->mode]);
  set_string(L, "clock", tick_counts ? "tsc" : "monotonic");
  set_number(L, "time", recorder->time);
  set_number(L, "duration", recorder->duration);
  set_number(L, "cpu", recorder->cpu_time);
  if (recorder->mode == RECORDER_SAMPLE) {
    set_number(L, "interval", recorder->interval);
    set_count(L, "samples", recorder->samples);
  } else {
    push_overhead(L, export);
    lua_setfield(L, -2, "overhead");
  }
}

void export_push(lua_State *L, Recorder *recorder) {
  Export export = {.recorder = recorder, .rate = tick_rate()};
  if (recorder->gauge) export.costs = gauge_costs(recorder->gauge);
  int base = lua_gettop(L);
  names_resolve(L, &recorder->functions);
  export.nodes = scratch(L, recorder->tree.count, sizeof *export.nodes);
  export.selves = scratch(L, recorder->tree.count, sizeof *export.selves);
  export.functions = scratch(L, recorder->functions.count,
                             sizeof *export.functions);
  number_nodes(&export);
  correct(L, &export);
  push_header(L, &export);
  push_collector(L, recorder);
  lua_setfield(L, -2, "collector");
  push_notes(L, recorder);
  lua_setfield(L, -2, "notes");
  push_functions(L, &export);
  lua_setfield(L, -2, "functions");
  push_nodes(L, &export);
  lua_setfield(L, -2, "nodes");
  if (recorder->line_count > 0) {
    push_lines(L, &export);
    lua_setfield(L, -2, "lines");
  }
  lua_replace(L, base + 1);
  lua_settop(L, base + 1);
}
