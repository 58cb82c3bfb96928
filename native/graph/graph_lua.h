/* What the parts of the binding share. */
#ifndef PERILUNE_NATIVE_GRAPH_GRAPH_LUA_H
#define PERILUNE_NATIVE_GRAPH_GRAPH_LUA_H

#include <lauxlib.h>
#include <lua.h>

#include "native/graph/nodes.h"

#define GRAPH_TYPE "perilune.graph"
#define GRAPH_OBJECT "perilune.graph.object"

/* Upvalue 1 of every function here is the graphs' metatable, 2 the objects'. */
#define GRAPH_METATABLE lua_upvalueindex(1)
#define GRAPH_OBJECT_METATABLE lua_upvalueindex(2)

/* A graph's user values. */
enum {
  GRAPH_VALUES = 1, /* slot + 1 -> value */
  GRAPH_LABELS,
  GRAPH_BUFFERS, /* key -> the userdata that is the buffer */
  GRAPH_FINALIZER,
  GRAPH_ON_START,
  GRAPH_ON_STOP,
  GRAPH_USER_VALUES = GRAPH_ON_STOP
};

/* The call of a function here that is under way. */
typedef struct GraphCall {
  lua_State *L;
  int self; /* stack index, or upvalue, of the graph */
} GraphCall;

/* The userdata. */
typedef struct GraphBox {
  Graph graph;
  GraphCall call;
  unsigned calls; /* of finalizers and callbacks, under way */
  bool closed;
  bool automatic;
  uint64_t threshold; /* as it was set */
  uint64_t trigger;   /* as it stands now */
  uint64_t collections, automatic_collections;
  uint64_t freed, resurrected; /* by collections */
  uint64_t nanoseconds, longest;
} GraphBox;

typedef struct GraphObject {
  uint64_t id; /* 0: closed */
} GraphObject; /* its user value is the graph */

/* Why the value is no graph; may push. */
const char *graph_complaint(lua_State *L, int index);

/* The open graph at index 1, whose call this is from now on, or an error. */
GraphBox *graph_check(lua_State *L, const char *name);

/* The same for a graph that is known to be one. */
static inline void graph_begin(lua_State *L, GraphBox *box, int self) {
  box->call = (GraphCall){L, self};
}

/* The id that the value at `index` names, argument `number` of function `name`,
** or an error; of a live node for the second one. */
uint64_t graph_check_id(lua_State *L, const GraphBox *box, int index,
                        int number, const char *name);
uint32_t graph_check_node(lua_State *L, const GraphBox *box, int index,
                          int number, const char *name);

/* Whether the value at `index` is this very string. */
bool graph_is_name(lua_State *L, int index, const char *name);

/* Raises the error that a status stands for. */
_Noreturn void graph_blame(lua_State *L, GraphStatus status, const char *name);

/* An error where the value at `index` is an open object of this very graph. */
void graph_check_value(lua_State *L, const GraphBox *box, int index, int number,
                       const char *name);

/* Ends a call that may have freed nodes: gives memory back, and collects if it
** is time. Throws nothing. */
void graph_end(GraphBox *box);

/* Memory for n more nodes, or for edges out of a node. It runs finalisers of
** Lua's, so nodes may have died after it. */
void graph_room_for_nodes(GraphBox *box, uint64_t n);
void graph_room_for_edges(GraphBox *box, uint64_t from, uint32_t entries);
void graph_give_back(GraphBox *box);
/* Throws nothing. */
void graph_shrink(GraphBox *box);

/* A new node with the value at `index` (0: none). */
NodeRef graph_new_node(GraphBox *box, int index);

/* Stores a value, or removes it where the one at `index` is nil. */
void graph_store(GraphBox *box, int table, uint32_t slot, int index);

/* Pushes it, or nil. */
void graph_fetch(const GraphBox *box, int table, uint32_t slot);

/* The callbacks of the core. */
void graph_forget(void *context, uint32_t slot);
void graph_call_finalizer(void *context, uint64_t id);

/* The graph's own idea of a collection. Throws nothing. */
void graph_collect_if_due(GraphBox *box);

/* close, __close, __gc */
int graph_close(lua_State *L);

/* The methods, a part each. */
extern const luaL_Reg graph_bulk_methods[], graph_collect_methods[],
    graph_inspect_methods[], graph_object_methods[];

/* graph:object, graph:hold */
int graph_object(lua_State *L);
int graph_hold(lua_State *L);

#endif
