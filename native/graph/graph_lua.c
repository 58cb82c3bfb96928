/* perilune.native.graph.store: object graphs. */
#include "native/graph/graph_lua.h"

#include <lauxlib.h>
#include <stdlib.h>
#include <string.h>

#include "native/array.h"
#include "native/frame.h"
#include "native/native.h"
#include "native/value.h"

enum { THRESHOLD = 10000 };

const char *graph_complaint(lua_State *L, int index) {
  const char *type = value_type_name(L, index);
  if (strcmp(type, GRAPH_TYPE) == 0)
    return "a script graph and a native one do not mix";
  return lua_pushfstring(L, GRAPH_TYPE " expected, got %s", type);
}

GraphBox *graph_check(lua_State *L, const char *name) {
  GraphBox *box = value_object(L, 1, GRAPH_METATABLE);
  if (!box)
    luaL_error(L, "calling '%s' on bad self (%s)", name, graph_complaint(L, 1));
  if (box->closed)
    luaL_error(L, "calling '%s' on bad self (the graph is closed)", name);
  graph_begin(L, box, 1);
  return box;
}

/* The object of this very graph, open, or a closed one of any; or NULL. */
static const GraphObject *test_object(lua_State *L, const GraphBox *box,
                                      int index) {
  const GraphObject *object = luaL_testudata(L, index, GRAPH_OBJECT);
  if (!object || object->id == 0) return object;
  lua_getiuservalue(L, index, 1);
  bool own = lua_touserdata(L, -1) == box;
  lua_pop(L, 1);
  return own ? object : NULL;
}

static _Noreturn void blame(lua_State *L, int number, const char *name,
                            const char *message) {
  luaL_error(L, "bad argument #%d to '%s' (%s)", number, name, message);
  abort();
}

static uint64_t object_id(lua_State *L, const GraphBox *box, int index,
                          int number, const char *name) {
  const GraphObject *object = test_object(L, box, index);
  if (object && object->id == 0) blame(L, number, name, "the object is closed");
  if (object) return object->id;
  const char *type = value_type_name(L, index);
  if (strcmp(type, GRAPH_OBJECT) == 0)
    blame(L, number, name, "an object of another graph");
  blame(L, number, name, lua_pushfstring(L, "node expected, got %s", type));
}

uint64_t graph_check_id(lua_State *L, const GraphBox *box, int index,
                        int number, const char *name) {
  int is_integer;
  if (lua_type(L, index) != LUA_TNUMBER)
    return object_id(L, box, index, number, name);
  lua_Integer id = lua_tointegerx(L, index, &is_integer);
  if (!is_integer)
    blame(L, number, name, "number has no integer representation");
  return (uint64_t)id;
}

static const char is_dead[] = "the node is dead";

uint32_t graph_check_node(lua_State *L, const GraphBox *box, int index,
                          int number, const char *name) {
  uint32_t slot;
  uint64_t id = graph_check_id(L, box, index, number, name);
  if (!graph_find(&box->graph, id, &slot)) blame(L, number, name, is_dead);
  return slot;
}

_Noreturn void graph_blame(lua_State *L, GraphStatus status, const char *name) {
  switch (status) {
  case GRAPH_NO_HANDLE: blame(L, 1, name, "the node has no handle");
  case GRAPH_DEAD_TARGET: blame(L, 2, name, is_dead);
  default: blame(L, 1, name, is_dead);
  }
}

/* Values and labels */

void graph_check_value(lua_State *L, const GraphBox *box, int index, int number,
                       const char *name) {
  if (lua_type(L, index) != LUA_TUSERDATA) return;
  const GraphObject *object = test_object(L, box, index);
  if (object && object->id != 0)
    blame(L, number, name, "a value must not be an object of its own graph");
}

void graph_store(GraphBox *box, int table, uint32_t slot, int index) {
  lua_State *L = box->call.L;
  bool some = !lua_isnil(L, index);
  index = lua_absindex(L, index);
  lua_getiuservalue(L, box->call.self, table);
  lua_pushvalue(L, index);
  lua_rawseti(L, -2, (lua_Integer)slot + 1);
  lua_pop(L, 1);
  graph_flag(&box->graph, slot,
             table == GRAPH_VALUES ? GRAPH_VALUED : GRAPH_LABELLED, some);
}

void graph_fetch(const GraphBox *box, int table, uint32_t slot) {
  lua_State *L = box->call.L;
  lua_getiuservalue(L, box->call.self, table);
  lua_rawgeti(L, -1, (lua_Integer)slot + 1);
  lua_replace(L, -2);
}

static void remove_from(const GraphCall *call, int table, uint32_t slot) {
  lua_getiuservalue(call->L, call->self, table);
  lua_pushnil(call->L);
  lua_rawseti(call->L, -2, (lua_Integer)slot + 1);
  lua_pop(call->L, 1);
}

void graph_forget(void *context, uint32_t slot) {
  const GraphBox *box = context;
  if (graph_flagged(&box->graph, slot, GRAPH_VALUED))
    remove_from(&box->call, GRAPH_VALUES, slot);
  if (graph_flagged(&box->graph, slot, GRAPH_LABELLED))
    remove_from(&box->call, GRAPH_LABELS, slot);
}

/* The value is stored first, where the next node will be: that may fail, but
** runs no finalisers, so nobody takes the place. */
NodeRef graph_new_node(GraphBox *box, int index) {
  lua_State *L = box->call.L;
  if (box->graph.free_slots == 0) graph_room_for_nodes(box, 1);
  if (index == 0 || lua_isnoneornil(L, index)) return node_make(&box->graph);
  lua_getiuservalue(L, box->call.self, GRAPH_VALUES);
  lua_pushvalue(L, index);
  uint32_t slot = node_slot(node_next(&box->graph));
  lua_rawseti(L, -2, (lua_Integer)slot + 1);
  lua_pop(L, 1);
  NodeRef node = node_make(&box->graph);
  graph_flag(&box->graph, slot, GRAPH_VALUED, true);
  return node;
}

void graph_end(GraphBox *box) {
  if (box->graph.spare || box->graph.spill.spare) graph_give_back(box);
  if (box->graph.candidates >= box->trigger) graph_collect_if_due(box);
}

/* graph.new */

bool graph_is_name(lua_State *L, int index, const char *name) {
  return lua_type(L, index) == LUA_TSTRING &&
         lua_rawlen(L, index) == strlen(name) &&
         strcmp(lua_tostring(L, index), name) == 0;
}

static bool option(lua_State *L, const char *name, int type,
                   const char *message) {
  lua_pushstring(L, name);
  int found = lua_rawget(L, 1);
  if (found == LUA_TNIL) return false;
  if (found != type) blame(L, 1, "new", message);
  return true;
}

static void check_names(lua_State *L) {
  static const char *const names[] = {"auto", "threshold", NULL};
  lua_pushnil(L);
  while (lua_next(L, 1)) {
    lua_pop(L, 1);
    if (!graph_is_name(L, -1, names[0]) && !graph_is_name(L, -1, names[1]))
      blame(L, 1, "new", value_no_option(L, lua_gettop(L), names));
  }
}

typedef struct Options {
  uint64_t threshold;
  bool automatic;
} Options;

static const char bad_threshold[] = "threshold must be an integer from 1 on";

static Options check_options(lua_State *L) {
  Options options = {THRESHOLD, true};
  if (lua_isnoneornil(L, 1)) return options;
  if (!lua_istable(L, 1))
    blame(L, 1, "new",
          lua_pushfstring(L, "table expected, got %s", value_type_name(L, 1)));
  check_names(L);
  if (option(L, "threshold", LUA_TNUMBER, bad_threshold)) {
    int is_integer;
    lua_Integer n = lua_tointegerx(L, -1, &is_integer);
    if (!is_integer || n < 1) blame(L, 1, "new", bad_threshold);
    options.threshold = (uint64_t)n;
  }
  if (option(L, "auto", LUA_TBOOLEAN, "auto must be a boolean"))
    options.automatic = lua_toboolean(L, -1);
  return options;
}

static int graph_new(lua_State *L) {
  Options options = check_options(L);
  GraphBox *box = lua_newuserdatauv(L, sizeof *box, GRAPH_USER_VALUES);
  *box = (GraphBox){.closed = true};
  lua_pushvalue(L, GRAPH_METATABLE);
  lua_setmetatable(L, -2);
  for (int table = GRAPH_VALUES; table <= GRAPH_BUFFERS; table++) {
    lua_newtable(L);
    lua_setiuservalue(L, -2, table);
  }
  box->graph.events = (GraphEvents){.forget = graph_forget, .context = box};
  box->threshold = box->trigger = options.threshold;
  box->automatic = options.automatic;
  box->closed = false;
  return 1;
}

/* Methods */

static void push_new_node(lua_State *L, GraphBox *box, int index) {
  lua_pushinteger(L, (lua_Integer)node_id(graph_new_node(box, index)));
}

static int graph_node(lua_State *L) {
  GraphBox *box = graph_check(L, "node");
  graph_check_value(L, box, 2, 1, "node");
  push_new_node(L, box, 2);
  return 1;
}

static void add_edge(lua_State *L, GraphBox *box, uint64_t from, uint64_t to) {
  GraphStatus status;
  while ((status = node_link(&box->graph, from, to)) != GRAPH_OK) {
    if (status != GRAPH_NO_ROOM) graph_blame(L, status, "link");
    graph_room_for_edges(box, from, 1);
  }
}

/* The id at `index` of n arguments, which messages call number `number`: where
** it is an integer, it is read in place. */
static inline uint64_t quick_id(lua_State *L, const GraphBox *box, int index,
                                int n, int number, const char *name) {
  const ArrayItem *items = frame_arguments(L, n);
  if (items && items[index - 1].type == ARRAY_INTEGER)
    return items[index - 1].payload;
  return graph_check_id(L, box, index, number, name);
}

static int graph_link_method(lua_State *L) {
  GraphBox *box = graph_check(L, "link");
  uint64_t from = quick_id(L, box, 2, 3, 1, "link");
  add_edge(L, box, from, quick_id(L, box, 3, 3, 2, "link"));
  return 0;
}

typedef struct Edge {
  uint32_t from, to;
} Edge;

static Edge check_edge(lua_State *L, const GraphBox *box, const char *name) {
  uint32_t from = graph_check_node(L, box, 2, 1, name);
  return (Edge){from, graph_check_node(L, box, 3, 2, name)};
}

static int graph_weak(lua_State *L) {
  GraphBox *box = graph_check(L, "weak");
  Edge edge = check_edge(L, box, "weak");
  graph_room_for_edges(box, graph_id(&box->graph, edge.from), 2);
  edge = check_edge(L, box, "weak");
  graph_weaken(&box->graph, edge.from, edge.to);
  return 0;
}

static int graph_unlink_method(lua_State *L) {
  GraphBox *box = graph_check(L, "unlink");
  Edge edge = check_edge(L, box, "unlink");
  bool removed = graph_unlink(&box->graph, edge.from, edge.to);
  graph_end(box);
  lua_pushboolean(L, removed);
  return 1;
}

static int graph_clear_method(lua_State *L) {
  GraphBox *box = graph_check(L, "clear");
  uint32_t slot = graph_check_node(L, box, 2, 1, "clear");
  uint32_t n = graph_clear(&box->graph, slot);
  graph_end(box);
  lua_pushinteger(L, n);
  return 1;
}

static int graph_retain_method(lua_State *L) {
  GraphBox *box = graph_check(L, "retain");
  graph_retain(&box->graph, graph_check_node(L, box, 2, 1, "retain"));
  return 0;
}

static void release(lua_State *L, GraphBox *box, uint64_t id) {
  GraphStatus status = node_release(&box->graph, id);
  if (status != GRAPH_OK) graph_blame(L, status, "release");
  graph_end(box);
}

static int graph_release_method(lua_State *L) {
  GraphBox *box = graph_check(L, "release");
  release(L, box, quick_id(L, box, 2, 2, 1, "release"));
  return 0;
}

/* Bound functions: upvalue 3 is the graph, 4 its address. */

#define BOUND lua_upvalueindex(3)
#define ADDRESS lua_upvalueindex(4)

static GraphBox *begin_bound(lua_State *L, GraphBox *box, const char *name) {
  if (box->closed)
    luaL_error(L, "calling '%s' on bad self (the graph is closed)", name);
  graph_begin(L, box, BOUND);
  return box;
}

/* The graph of a bound function, whose n arguments are read in place. */
static GraphBox *bound_graph(lua_State *L, const ArrayItem *items,
                             const char *name) {
  void *address = items ? (void *)(uintptr_t)frame_upvalue(items, 4)->payload
                        : lua_touserdata(L, ADDRESS);
  return begin_bound(L, address, name);
}

static int bound_make(lua_State *L) {
  const ArrayItem *items = frame_arguments(L, 0);
  GraphBox *box = bound_graph(L, items, "node");
  if (!items) graph_check_value(L, box, 1, 1, "node");
  push_new_node(L, box, items ? 0 : 1);
  return 1;
}

static int bound_link(lua_State *L) {
  const ArrayItem *items = frame_arguments(L, 2);
  GraphBox *box = bound_graph(L, items, "link");
  uint64_t from = quick_id(L, box, 1, 2, 1, "link");
  add_edge(L, box, from, quick_id(L, box, 2, 2, 2, "link"));
  return 0;
}

static int bound_release(lua_State *L) {
  const ArrayItem *items = frame_arguments(L, 1);
  GraphBox *box = bound_graph(L, items, "release");
  release(L, box, quick_id(L, box, 1, 1, 1, "release"));
  return 0;
}

static int graph_bind(lua_State *L) {
  static const lua_CFunction bound[] = {bound_make, bound_link, bound_release};
  GraphBox *box = graph_check(L, "bind");
  for (int i = 0; i < 3; i++) {
    lua_pushvalue(L, GRAPH_METATABLE);
    lua_pushvalue(L, GRAPH_OBJECT_METATABLE);
    lua_pushvalue(L, 1);
    lua_pushlightuserdata(L, box);
    lua_pushcclosure(L, bound[i], 4);
  }
  return 3;
}

static int graph_tostring(lua_State *L) {
  const GraphBox *box = value_object(L, 1, GRAPH_METATABLE);
  if (!box)
    return luaL_error(L, "calling 'tostring' on bad self (%s)",
                      graph_complaint(L, 1));
  if (box->closed)
    lua_pushliteral(L, GRAPH_TYPE ": closed");
  else
    lua_pushfstring(L, GRAPH_TYPE ": %I node%s", (LUAI_UACINT)box->graph.nodes,
                    box->graph.nodes == 1 ? "" : "s");
  return 1;
}

static const luaL_Reg functions[] = {{"new", graph_new}, {NULL, NULL}};

static const luaL_Reg methods[] = {
    {"bind", graph_bind},
    {"clear", graph_clear_method},
    {"close", graph_close},
    {"hold", graph_hold},
    {"link", graph_link_method},
    {"node", graph_node},
    {"object", graph_object},
    {"release", graph_release_method},
    {"retain", graph_retain_method},
    {"unlink", graph_unlink_method},
    {"weak", graph_weak},
    {NULL, NULL},
};

static const luaL_Reg metamethods[] = {
    {"__close", graph_close},
    {"__gc", graph_close},
    {"__tostring", graph_tostring},
    {NULL, NULL},
};

/* Expects the two metatables, and above them the table to fill. */
static void set_functions(lua_State *L, int base, const luaL_Reg *list) {
  lua_pushvalue(L, base);
  lua_pushvalue(L, base + 1);
  luaL_setfuncs(L, list, 2);
}

static void push_methods(lua_State *L, int base) {
  lua_newtable(L);
  set_functions(L, base, methods);
  set_functions(L, base, graph_bulk_methods);
  set_functions(L, base, graph_collect_methods);
  set_functions(L, base, graph_inspect_methods);
}

/* The module has `methods` too, for those that are written in Lua. */
LUAMOD_API int luaopen_perilune_native_graph_store(lua_State *L) {
  array_open(L);
  frame_open(L);
  luaL_newmetatable(L, GRAPH_TYPE);
  luaL_newmetatable(L, GRAPH_OBJECT);
  int base = lua_absindex(L, -2);
  set_functions(L, base, graph_object_methods);
  lua_pushvalue(L, -1);
  lua_setfield(L, -2, "__index");
  lua_newtable(L);
  set_functions(L, base, functions);
  push_methods(L, base);
  lua_pushvalue(L, base);
  set_functions(L, base, metamethods);
  lua_pushvalue(L, -2);
  lua_setfield(L, -2, "__index");
  lua_pop(L, 1);
  lua_setfield(L, -2, "methods");
  return 1;
}
