/* The memory of a graph: buffers that are userdata, kept in a table. */
#include <lauxlib.h>

#include "native/graph/graph_lua.h"

typedef enum Reason { FOR_NODES, FOR_EDGES, FOR_LESS } Reason;

typedef struct Request {
  Reason reason;
  uint64_t n;    /* nodes, or entries */
  uint64_t from; /* id of the node that gets edges */
} Request;

static const GraphNeed enough = {.room = GRAPH_ROOM_ENOUGH};

static GraphNeed need_edges(Graph *graph, const Request *request) {
  uint32_t slot;
  if (!graph_find(graph, request->from, &slot)) return enough;
  return graph_need_edges(graph, slot, (uint32_t)request->n);
}

static GraphNeed ask(Graph *graph, const Request *request) {
  switch (request->reason) {
  case FOR_NODES: return graph_need_nodes(graph, request->n);
  case FOR_EDGES: return need_edges(graph, request);
  default: return graph_need_less(graph);
  }
}

static bool same(const GraphNeed *a, const GraphNeed *b) {
  return a->room == b->room && a->key == b->key && a->bytes == b->bytes &&
         a->size == b->size;
}

/* The buffer is on top. Nothing runs between the table that keeps it and the
** core that moves in. */
static void move_in(GraphBox *box, const GraphNeed *need) {
  lua_State *L = box->call.L;
  void *buffer = lua_touserdata(L, -1);
  lua_getiuservalue(L, box->call.self, GRAPH_BUFFERS);
  lua_pushvalue(L, -2);
  lua_rawseti(L, -2, need->key);
  lua_pop(L, 1);
  graph_give(&box->graph, need, buffer);
}

/* Finalisers, which run when memory is asked for, may use the graph: then what
** it needs is another thing. */
static void provide(GraphBox *box, const Request *request) {
  GraphCall call = box->call;
  lua_State *L = call.L;
  for (;;) {
    GraphNeed need = ask(&box->graph, request), again;
    if (need.room == GRAPH_ROOM_ENOUGH) return;
    lua_newuserdatauv(L, need.bytes, 0);
    box->call = call;
    if (box->closed) luaL_error(L, "the graph is closed");
    again = ask(&box->graph, request);
    if (same(&need, &again)) move_in(box, &need);
    lua_pop(L, 1);
  }
}

void graph_room_for_nodes(GraphBox *box, uint64_t n) {
  if (!graph_most(&box->graph, n)) luaL_error(box->call.L, "too many nodes");
  provide(box, &(Request){.reason = FOR_NODES, .n = n});
}

void graph_room_for_edges(GraphBox *box, uint64_t from, uint32_t entries) {
  provide(box, &(Request){FOR_EDGES, entries, from});
}

void graph_give_back(GraphBox *box) {
  lua_State *L = box->call.L;
  int64_t key;
  while (graph_next_spare(&box->graph, &key)) {
    lua_getiuservalue(L, box->call.self, GRAPH_BUFFERS);
    lua_pushnil(L);
    lua_rawseti(L, -2, key);
    lua_pop(L, 1);
  }
}

static int shrink(lua_State *L) {
  GraphBox *box = lua_touserdata(L, 1);
  graph_begin(L, box, 1);
  provide(box, &(Request){.reason = FOR_LESS});
  return 0;
}

/* Without memory for a smaller buffer, the larger one will do. */
void graph_shrink(GraphBox *box) {
  GraphCall call = box->call;
  lua_State *L = call.L;
  if (graph_need_less(&box->graph).room == GRAPH_ROOM_ENOUGH) return;
  lua_pushcfunction(L, shrink);
  lua_pushvalue(L, call.self);
  if (lua_pcall(L, 1, 0, 0) != LUA_OK) lua_pop(L, 1);
  box->call = call;
}
