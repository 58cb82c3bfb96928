/* Many nodes, edges or handles in one call. */
#include <lauxlib.h>
#include <stdlib.h>

#include "native/array.h"
#include "native/graph/graph_lua.h"
#include "native/ints/ints.h"
#include "native/value.h"

static _Noreturn void blame_item(lua_State *L, const char *function, size_t k,
                                 GraphStatus status) {
  luaL_error(L, "bad argument #1 to '%s' (item %I %s)", function,
             (LUAI_UACINT)k + 1,
             status == GRAPH_NO_HANDLE ? "has no handle to release"
                                       : "is no live node");
  abort();
}

/* The length of the list or vector at index 2. */
static size_t check_length(lua_State *L, const char *function) {
  const Ints *vector = luaL_testudata(L, 2, INTS_TYPE);
  if (vector) return vector->length;
  if (!lua_istable(L, 2))
    luaL_error(L, "bad argument #1 to '%s' (table expected, got %s)", function,
               value_type_name(L, 2));
  lua_Integer length = luaL_len(L, 2);
  if (length > (lua_Integer)(PTRDIFF_MAX / sizeof(uint64_t)))
    luaL_error(L, "bad argument #1 to '%s' (too many items)", function);
  return length < 0 ? 0 : (size_t)length;
}

static size_t count_packed(Array array, size_t n) {
  size_t packed = 0;
  if (n > array.length) n = array.length;
  while (packed < n && array.items[packed].type == ARRAY_INTEGER) packed++;
  return packed;
}

/* Of the first n items of the list or vector at index 2 those that can be read
** where they stand: of a table, the integers that its array part begins with.
** To be used before anything else happens in the state. */
static GraphIds ids_in_place(lua_State *L, size_t n) {
  const Ints *vector = luaL_testudata(L, 2, INTS_TYPE);
  if (vector)
    return (GraphIds){vector->values, sizeof *vector->values,
                      vector->length < n ? vector->length : n};
  Array array = array_of(L, 2);
  return (GraphIds){array.items, sizeof *array.items, count_packed(array, n)};
}

/* What is no number is no id either. */
static GraphIds copy_ids(lua_State *L, size_t n) {
  uint64_t *items = lua_newuserdatauv(L, n * sizeof *items, 0);
  for (size_t k = 0; k < n; k++) {
    int type = lua_geti(L, 2, (lua_Integer)k + 1);
    items[k] = type == LUA_TNUMBER ? (uint64_t)lua_tointeger(L, -1) : 0;
    lua_pop(L, 1);
  }
  return (GraphIds){items, sizeof *items, n};
}

static bool has_methods(lua_State *L) {
  bool some = luaL_getmetafield(L, 2, "__index") != LUA_TNIL;
  lua_settop(L, 2);
  return some;
}

/* The ids of a list or vector at index 2: where they stand, or a copy. */
static GraphIds check_ids(lua_State *L, const char *function) {
  lua_settop(L, 2);
  size_t n = check_length(L, function);
  bool computed = lua_istable(L, 2) && has_methods(L);
  GraphIds ids = ids_in_place(L, n);
  return computed || ids.n < n ? copy_ids(L, n) : ids;
}

/* A copy of n ids that stand in the list. To make room for it may run
** finalisers of Lua's: what they took out of the list is no node's id. */
static GraphIds copy_in_place(lua_State *L, size_t n) {
  uint64_t *items = lua_newuserdatauv(L, n * sizeof *items, 0);
  GraphIds ids = ids_in_place(L, n);
  for (size_t k = 0; k < n; k++)
    items[k] = k < ids.n ? graph_id_at(&ids, k) : 0;
  return (GraphIds){items, sizeof *items, n};
}

static void check_alive(lua_State *L, const GraphBox *box,
                        const GraphIds *ids) {
  size_t at;
  if (!graph_all_alive(&box->graph, ids, &at))
    blame_item(L, "link_all", at, GRAPH_DEAD);
}

/* Asking for memory may run finalisers of Lua's, which may change the list, and
** of which nodes may die. */
static int link_all(lua_State *L) {
  GraphBox *box = graph_check(L, "link_all");
  GraphIds ids = check_ids(L, "link_all");
  GraphStatus status;
  size_t at = 0;
  graph_begin(L, box, 1);
  if (ids.n % 2 != 0)
    luaL_error(L, "bad argument #1 to 'link_all' (odd number of items)");
  check_alive(L, box, &ids);
  while ((status = graph_link_all(&box->graph, &ids, &at)) != GRAPH_OK) {
    if (status != GRAPH_NO_ROOM)
      blame_item(L, "link_all", at + (status == GRAPH_DEAD_TARGET), status);
    if (lua_gettop(L) == 2) ids = copy_in_place(L, ids.n);
    graph_room_for_edges(box, graph_id_at(&ids, at), 1);
  }
  return 0;
}

static int release_all(lua_State *L) {
  GraphBox *box = graph_check(L, "release_all");
  GraphIds ids = check_ids(L, "release_all");
  size_t at;
  graph_begin(L, box, 1);
  GraphStatus status = graph_release_all(&box->graph, &ids, &at);
  if (status != GRAPH_OK) blame_item(L, "release_all", at, status);
  graph_end(box);
  return 0;
}

static void push_run(lua_State *L, const GraphBox *box, ArrayItem *items,
                     uint64_t done, uint32_t first, uint32_t count) {
  const uint16_t *generations = graph_generations(&box->graph, first);
  for (uint32_t k = 0; k < count; k++) {
    uint64_t id = (uint64_t)generations[k] << 32 | (first + k);
    if (items) {
      items[done + k] = (ArrayItem){id, ARRAY_INTEGER};
      continue;
    }
    lua_pushinteger(L, (lua_Integer)id);
    lua_rawseti(L, -2, (lua_Integer)done + k + 1);
  }
}

/* Fills a list that was made with room for n items. */
static void push_ids(lua_State *L, GraphBox *box, uint64_t n) {
  ArrayItem *items = array_room(L, -1, n);
  uint32_t first, count;
  for (uint64_t done = 0; done < n; done += count) {
    count = graph_make_run(&box->graph, n - done, &first);
    push_run(L, box, items, done, first, count);
  }
}

static lua_Integer check_count(lua_State *L, const GraphBox *box) {
  int is_integer;
  lua_Integer n = lua_tointegerx(L, 2, &is_integer);
  if (lua_type(L, 2) != LUA_TNUMBER || !is_integer || n < 0)
    luaL_error(L,
               "bad argument #1 to 'nodes' (n must be an integer from 0 on)");
  if (n > INT32_MAX || !graph_most(&box->graph, (uint64_t)n))
    luaL_error(L, "too many nodes");
  return n;
}

/* (graph, n) */
static int make_room(lua_State *L) {
  GraphBox *box = lua_touserdata(L, 1);
  graph_begin(L, box, 1);
  graph_room_for_nodes(box, (uint64_t)lua_tointeger(L, 2));
  return 0;
}

/* All of it, or, where memory runs out, none. */
static void reserve(lua_State *L, GraphBox *box) {
  lua_pushcfunction(L, make_room);
  lua_pushvalue(L, 1);
  lua_pushvalue(L, 2);
  int status = lua_pcall(L, 2, 0, 0);
  graph_begin(L, box, 1);
  if (status == LUA_OK) return;
  graph_give_back(box);
  graph_retire_empty(&box->graph);
  graph_give_back(box);
  graph_shrink(box);
  lua_error(L);
}

/* The list comes first, and the room: nothing can fail any more then. */
static int graph_nodes(lua_State *L) {
  GraphBox *box = graph_check(L, "nodes");
  lua_Integer n = check_count(L, box);
  lua_settop(L, 2);
  lua_createtable(L, (int)n, 0);
  reserve(L, box);
  push_ids(L, box, (uint64_t)n);
  return 1;
}

const luaL_Reg graph_bulk_methods[] = {
    {"link_all", link_all},
    {"nodes", graph_nodes},
    {"release_all", release_all},
    {NULL, NULL},
};
