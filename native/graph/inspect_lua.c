/* What a graph is asked about itself. */
#include <lauxlib.h>

#include "native/graph/graph_lua.h"
#include "native/value.h"

static void append_id(lua_State *L, const GraphBox *box, int list,
                      lua_Integer *n, uint32_t slot) {
  lua_pushinteger(L, (lua_Integer)graph_id(&box->graph, slot));
  lua_rawseti(L, list, ++*n);
}

static int graph_alive(lua_State *L) {
  const GraphBox *box = graph_check(L, "alive");
  uint32_t slot;
  uint64_t id = graph_check_id(L, box, 2, 1, "alive");
  lua_pushboolean(L, graph_find(&box->graph, id, &slot));
  return 1;
}

static int graph_refcount(lua_State *L) {
  const GraphBox *box = graph_check(L, "refcount");
  uint32_t slot = graph_check_node(L, box, 2, 1, "refcount");
  lua_pushinteger(L, (lua_Integer)graph_references(&box->graph, slot));
  return 1;
}

static int graph_handles_method(lua_State *L) {
  const GraphBox *box = graph_check(L, "handles");
  uint32_t slot = graph_check_node(L, box, 2, 1, "handles");
  lua_pushinteger(L, graph_handles(&box->graph, slot));
  return 1;
}

/* Two lists on top, for strong edges and for weak ones. */
static int push_lists(lua_State *L, GraphBox *box) {
  lua_settop(L, 2);
  lua_newtable(L);
  lua_newtable(L);
  graph_begin(L, box, 1);
  return 3;
}

static int graph_referents(lua_State *L) {
  GraphBox *box = graph_check(L, "referents");
  int lists = push_lists(L, box);
  uint32_t slot = graph_check_node(L, box, 2, 1, "referents");
  uint32_t entry = 0, to;
  lua_Integer n[2] = {0, 0};
  bool weak;
  while (graph_next_edge(&box->graph, slot, &entry, &to, &weak))
    append_id(L, box, lists + weak, &n[weak], to);
  return 2;
}

static int graph_referrers(lua_State *L) {
  GraphBox *box = graph_check(L, "referrers");
  int lists = push_lists(L, box);
  uint32_t slot = graph_check_node(L, box, 2, 1, "referrers");
  uint64_t from = 0;
  uint32_t entry = 0;
  lua_Integer n[2] = {0, 0};
  bool weak;
  while (graph_next_referrer(&box->graph, slot, &from, &entry, &weak))
    append_id(L, box, lists + weak, &n[weak], (uint32_t)from);
  return 2;
}

static int graph_value(lua_State *L) {
  const GraphBox *box = graph_check(L, "value");
  graph_fetch(box, GRAPH_VALUES, graph_check_node(L, box, 2, 1, "value"));
  return 1;
}

static int graph_set_value(lua_State *L) {
  GraphBox *box = graph_check(L, "set_value");
  uint32_t slot = graph_check_node(L, box, 2, 1, "set_value");
  lua_settop(L, 3);
  graph_check_value(L, box, 3, 2, "set_value");
  graph_store(box, GRAPH_VALUES, slot, 3);
  return 0;
}

static int graph_label(lua_State *L) {
  const GraphBox *box = graph_check(L, "label");
  graph_fetch(box, GRAPH_LABELS, graph_check_node(L, box, 2, 1, "label"));
  return 1;
}

static int graph_set_label(lua_State *L) {
  GraphBox *box = graph_check(L, "set_label");
  uint32_t slot = graph_check_node(L, box, 2, 1, "set_label");
  lua_settop(L, 3);
  int type = lua_type(L, 3);
  if (type != LUA_TNIL && type != LUA_TSTRING)
    luaL_error(L, "bad argument #2 to 'set_label' (string expected, got %s)",
               value_type_name(L, 3));
  graph_store(box, GRAPH_LABELS, slot, 3);
  return 0;
}

static int graph_count(lua_State *L) {
  const GraphBox *box = graph_check(L, "count");
  lua_pushinteger(L, (lua_Integer)box->graph.nodes);
  return 1;
}

static bool everyone(const Graph *graph, uint32_t slot) {
  (void)graph;
  (void)slot;
  return true;
}

static bool is_root(const Graph *graph, uint32_t slot) {
  return graph_handles(graph, slot) > 0;
}

/* Pushes the ids of the nodes that are wanted. */
static int push_ids(lua_State *L, GraphBox *box, uint64_t room,
                    bool (*wanted)(const Graph *, uint32_t)) {
  lua_createtable(L, room > INT32_MAX ? 0 : (int)room, 0);
  graph_begin(L, box, 1);
  int list = lua_gettop(L);
  lua_Integer n = 0;
  for (uint64_t slot = 0; graph_next(&box->graph, &slot); slot++)
    if (wanted(&box->graph, (uint32_t)slot))
      append_id(L, box, list, &n, (uint32_t)slot);
  return 1;
}

static int graph_ids(lua_State *L) {
  GraphBox *box = graph_check(L, "ids");
  return push_ids(L, box, box->graph.nodes, everyone);
}

static int graph_roots(lua_State *L) {
  return push_ids(L, graph_check(L, "roots"), 0, is_root);
}

static int graph_garbage(lua_State *L) {
  return push_ids(L, graph_check(L, "garbage"), 0, graph_saved);
}

/* Room for the search, which grows where finalisers of Lua's have made nodes
** while it was asked for. */
static GraphStep *push_steps(lua_State *L, GraphBox *box) {
  uint64_t slots;
  GraphStep *steps;
  do {
    slots = box->graph.slots;
    lua_settop(L, 3);
    steps = lua_newuserdatauv(L, slots * sizeof *steps, 0);
    graph_begin(L, box, 1);
  } while (slots < box->graph.slots);
  return steps;
}

static int graph_why_alive(lua_State *L) {
  GraphBox *box = graph_check(L, "why_alive");
  GraphPath path;
  lua_settop(L, 2);
  lua_newtable(L);
  GraphStep *steps = push_steps(L, box);
  uint32_t slot = graph_check_node(L, box, 2, 1, "why_alive");
  if (!graph_path(&box->graph, slot, steps, &path)) {
    luaL_pushfail(L);
    return 1;
  }
  while (path.length > 0) {
    lua_Integer place = path.length;
    slot = graph_path_back(&path);
    lua_pushinteger(L, (lua_Integer)graph_id(&box->graph, slot));
    lua_rawseti(L, 3, place);
  }
  lua_settop(L, 3);
  return 1;
}

const luaL_Reg graph_inspect_methods[] = {
    {"alive", graph_alive},
    {"count", graph_count},
    {"garbage", graph_garbage},
    {"handles", graph_handles_method},
    {"ids", graph_ids},
    {"label", graph_label},
    {"refcount", graph_refcount},
    {"referents", graph_referents},
    {"referrers", graph_referrers},
    {"roots", graph_roots},
    {"set_label", graph_set_label},
    {"set_value", graph_set_value},
    {"value", graph_value},
    {"why_alive", graph_why_alive},
    {NULL, NULL},
};
