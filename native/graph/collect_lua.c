/* Collections, and who is told of them. */
#include <lauxlib.h>
#include <stdlib.h>

#include "native/graph/graph_lua.h"
#include "native/value.h"

/* A warning, as Lua gives it for errors in __gc. */
static void warn(lua_State *L, const char *where, const char *message) {
  lua_warning(L, "error in ", 1);
  lua_warning(L, where, 1);
  lua_warning(L, " (", 1);
  lua_warning(L, message, 1);
  lua_warning(L, ")", 0);
}

/* The same for an error on top of the stack, which is popped. */
static void warn_of(lua_State *L, const char *where) {
  bool text = lua_type(L, -1) == LUA_TSTRING;
  warn(L, where, text ? lua_tostring(L, -1) : "error object is not a string");
  lua_pop(L, 1);
}

/* Calls what is on the stack below its arguments. Whatever it does with the
** graph, this call goes on as before. */
static void call_protected(GraphBox *box, int nargs, const char *where) {
  GraphCall call = box->call;
  box->calls++;
  int status = lua_pcall(call.L, nargs, 0, 0);
  box->calls--;
  box->call = call;
  if (status != LUA_OK) warn_of(call.L, where);
}

void graph_call_finalizer(void *context, uint64_t id) {
  GraphBox *box = context;
  lua_State *L = box->call.L;
  lua_getiuservalue(L, box->call.self, GRAPH_FINALIZER);
  lua_pushinteger(L, (lua_Integer)id);
  graph_fetch(box, GRAPH_VALUES, (uint32_t)id);
  call_protected(box, 2, "finalizer");
}

static void set_integer(lua_State *L, const char *name, uint64_t value) {
  lua_pushinteger(L, (lua_Integer)value);
  lua_setfield(L, -2, name);
}

/* What collections report. */
typedef struct Report {
  GraphReport core;
  bool automatic;
  int64_t bytes;
} Report;

static void push_report(lua_State *L, const Report *report) {
  lua_createtable(L, 0, 8);
  lua_pushboolean(L, report->automatic);
  lua_setfield(L, -2, "automatic");
  set_integer(L, "candidates", report->core.candidates);
  set_integer(L, "edges", report->core.edges);
  set_integer(L, "freed", report->core.freed);
  set_integer(L, "resurrected", report->core.resurrected);
  set_integer(L, "uncollectable", report->core.uncollectable);
  set_integer(L, "bytes", (uint64_t)report->bytes);
  set_integer(L, "pause_ns", report->core.nanoseconds);
}

/* (fn, report) */
static int notify_stop(lua_State *L) {
  const Report *report = lua_touserdata(L, 2);
  lua_settop(L, 1);
  push_report(L, report);
  lua_call(L, 1, 0);
  return 0;
}

static int notify_start(lua_State *L) {
  const Report *report = lua_touserdata(L, 2);
  lua_settop(L, 1);
  lua_createtable(L, 0, 2);
  lua_pushboolean(L, report->automatic);
  lua_setfield(L, -2, "automatic");
  set_integer(L, "candidates", report->core.candidates);
  lua_call(L, 1, 0);
  return 0;
}

static void notify(GraphBox *box, int event, Report *report) {
  lua_State *L = box->call.L;
  bool starts = event == GRAPH_ON_START;
  const char *where = starts ? "'start' callback" : "'stop' callback";
  lua_pushcfunction(L, starts ? notify_start : notify_stop);
  if (lua_getiuservalue(L, box->call.self, event) == LUA_TNIL) {
    lua_pop(L, 2);
    return;
  }
  lua_pushlightuserdata(L, report);
  call_protected(box, 2, where);
}

/* The next collection of the graph's own waits until what this one has looked
** at in vain is worth looking at again. */
static void adapt(GraphBox *box, const Report *report) {
  uint64_t quarter = report->core.survivors / 4;
  box->trigger = box->threshold;
  if (report->automatic && quarter > box->threshold) box->trigger = quarter;
}

static void count(GraphBox *box, const Report *report) {
  box->collections++;
  box->automatic_collections += report->automatic;
  box->freed += report->core.freed;
  box->resurrected += report->core.resurrected;
  box->nanoseconds += report->core.nanoseconds;
  if (report->core.nanoseconds > box->longest)
    box->longest = report->core.nanoseconds;
}

static void collect(GraphBox *box, Report *report) {
  report->core.candidates = box->graph.candidates;
  notify(box, GRAPH_ON_START, report);
  size_t before = graph_bytes(&box->graph);
  graph_collect(&box->graph, &report->core);
  graph_give_back(box);
  graph_shrink(box);
  report->bytes = (int64_t)before - (int64_t)graph_bytes(&box->graph);
  count(box, report);
  adapt(box, report);
  notify(box, GRAPH_ON_STOP, report);
}

static bool in_use(const GraphBox *box) { return box->calls > 0; }

void graph_collect_if_due(GraphBox *box) {
  Report report = {.automatic = true};
  if (box->automatic && !in_use(box)) collect(box, &report);
}

static int graph_collect_method(lua_State *L) {
  GraphBox *box = graph_check(L, "collect");
  Report report = {.automatic = false};
  if (in_use(box)) {
    luaL_pushfail(L);
    lua_pushliteral(L, "a collection is under way");
    lua_pushliteral(L, "busy");
    return 3;
  }
  collect(box, &report);
  push_report(L, &report);
  return 1;
}

static int graph_auto(lua_State *L) {
  GraphBox *box = graph_check(L, "auto");
  bool before = box->automatic;
  if (!lua_isnoneornil(L, 2)) {
    if (!lua_isboolean(L, 2))
      luaL_error(L, "bad argument #1 to 'auto' (auto must be a boolean)");
    box->automatic = lua_toboolean(L, 2);
  }
  lua_pushboolean(L, before);
  return 1;
}

static int graph_threshold(lua_State *L) {
  GraphBox *box = graph_check(L, "threshold");
  uint64_t before = box->threshold;
  if (!lua_isnoneornil(L, 2)) {
    int is_integer;
    lua_Integer n = lua_tointegerx(L, 2, &is_integer);
    if (lua_type(L, 2) != LUA_TNUMBER || !is_integer || n < 1)
      luaL_error(L, "bad argument #1 to 'threshold' (threshold must be an "
                    "integer from 1 on)");
    box->threshold = box->trigger = (uint64_t)n;
  }
  lua_pushinteger(L, (lua_Integer)before);
  return 1;
}

static void check_function(lua_State *L, int index, int number,
                           const char *name) {
  int type = lua_type(L, index);
  if (type != LUA_TNIL && type != LUA_TFUNCTION)
    luaL_error(L, "bad argument #%d to '%s' (function expected, got %s)",
               number, name, value_type_name(L, index));
}

static void check_name(lua_State *L, const char *function) {
  if (lua_type(L, 2) != LUA_TSTRING)
    luaL_error(L, "bad argument #1 to '%s' (string expected, got %s)", function,
               value_type_name(L, 2));
}

static _Noreturn void blame_name(lua_State *L, const char *function) {
  luaL_error(L, "bad argument #1 to '%s' (invalid option '%s')", function,
             lua_tostring(L, 2));
  abort();
}

static int graph_on(lua_State *L) {
  graph_check(L, "on");
  lua_settop(L, 3);
  check_name(L, "on");
  bool starts = graph_is_name(L, 2, "start");
  if (!starts && !graph_is_name(L, 2, "stop")) blame_name(L, "on");
  check_function(L, 3, 2, "on");
  lua_pushvalue(L, 3);
  lua_setiuservalue(L, 1, starts ? GRAPH_ON_START : GRAPH_ON_STOP);
  return 0;
}

static int graph_finalizer(lua_State *L) {
  GraphBox *box = graph_check(L, "finalizer");
  lua_settop(L, 2);
  check_function(L, 2, 1, "finalizer");
  box->graph.events.finalize = lua_isnil(L, 2) ? NULL : graph_call_finalizer;
  lua_setiuservalue(L, 1, GRAPH_FINALIZER);
  return 0;
}

static int graph_debug(lua_State *L) {
  GraphBox *box = graph_check(L, "debug");
  bool save = !lua_isnoneornil(L, 2);
  if (save) check_name(L, "debug");
  if (save && !graph_is_name(L, 2, "saveall")) blame_name(L, "debug");
  box->graph.save_all = save;
  if (!save) graph_drop_saved(&box->graph);
  graph_end(box);
  return 0;
}

static int graph_stats(lua_State *L) {
  const GraphBox *box = graph_check(L, "stats");
  lua_createtable(L, 0, 12);
  set_integer(L, "nodes", box->graph.nodes);
  set_integer(L, "edges", box->graph.edges);
  set_integer(L, "candidates", box->graph.candidates);
  set_integer(L, "threshold", box->trigger);
  set_integer(L, "collections", box->collections);
  set_integer(L, "automatic", box->automatic_collections);
  set_integer(L, "died", box->graph.died);
  set_integer(L, "freed", box->freed);
  set_integer(L, "resurrected", box->resurrected + box->graph.resurrected);
  set_integer(L, "pause_ns", box->nanoseconds);
  set_integer(L, "longest_ns", box->longest);
  set_integer(L, "bytes", graph_bytes(&box->graph));
  return 1;
}

int graph_close(lua_State *L) {
  GraphBox *box = value_object(L, 1, GRAPH_METATABLE);
  if (!box)
    return luaL_error(L, "calling 'close' on bad self (%s)",
                      graph_complaint(L, 1));
  if (box->closed) return 0;
  if (in_use(box)) return luaL_error(L, "the graph is in use");
  graph_begin(L, box, 1);
  if (box->graph.events.finalize) graph_finalize_all(&box->graph);
  box->closed = true;
  box->graph = (Graph){0};
  for (int i = 1; i <= GRAPH_USER_VALUES; i++) {
    lua_pushnil(L);
    lua_setiuservalue(L, 1, i);
  }
  return 0;
}

const luaL_Reg graph_collect_methods[] = {
    {"auto", graph_auto},
    {"collect", graph_collect_method},
    {"debug", graph_debug},
    {"finalizer", graph_finalizer},
    {"on", graph_on},
    {"stats", graph_stats},
    {"threshold", graph_threshold},
    {NULL, NULL},
};
