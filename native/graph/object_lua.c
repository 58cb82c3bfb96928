/* Objects: handles that go when they are closed or collected. */
#include <lauxlib.h>

#include "native/graph/graph_lua.h"
#include "native/value.h"

static GraphObject *check_object(lua_State *L, const char *name) {
  GraphObject *object = value_object(L, 1, GRAPH_OBJECT_METATABLE);
  if (!object)
    luaL_error(L,
               "calling '%s' on bad self (" GRAPH_OBJECT " expected, got %s)",
               name, value_type_name(L, 1));
  return object;
}

/* A closed object of the graph at index 1, on top. */
static GraphObject *push_object(lua_State *L) {
  GraphObject *object = lua_newuserdatauv(L, sizeof *object, 1);
  object->id = 0;
  lua_pushvalue(L, 1);
  lua_setiuservalue(L, -2, 1);
  lua_pushvalue(L, GRAPH_OBJECT_METATABLE);
  lua_setmetatable(L, -2);
  return object;
}

int graph_object(lua_State *L) {
  GraphBox *box = graph_check(L, "object");
  graph_check_value(L, box, 2, 1, "object");
  lua_settop(L, 2);
  GraphObject *object = push_object(L);
  graph_begin(L, box, 1);
  object->id = node_id(graph_new_node(box, 2));
  return 1;
}

int graph_hold(lua_State *L) {
  GraphBox *box = graph_check(L, "hold");
  lua_settop(L, 2);
  GraphObject *object = push_object(L);
  graph_begin(L, box, 1);
  uint32_t slot = graph_check_node(L, box, 2, 1, "hold");
  graph_retain(&box->graph, slot);
  object->id = graph_id(&box->graph, slot);
  return 1;
}

static int object_id(lua_State *L) {
  const GraphObject *object = check_object(L, "id");
  if (object->id == 0)
    return luaL_error(L, "calling 'id' on bad self (the object is closed)");
  lua_pushinteger(L, (lua_Integer)object->id);
  return 1;
}

static void let_go(GraphBox *box, uint64_t id) {
  if (!box->closed && node_release(&box->graph, id) == GRAPH_OK) graph_end(box);
}

/* The graph may be in the midst of a call: the object's end is one more. */
static int object_close(lua_State *L) {
  GraphObject *object = check_object(L, "close");
  uint64_t id = object->id;
  if (id == 0) return 0;
  object->id = 0;
  lua_getiuservalue(L, 1, 1);
  GraphBox *box = lua_touserdata(L, -1);
  GraphCall call = box->call;
  graph_begin(L, box, lua_gettop(L));
  let_go(box, id);
  box->call = call;
  return 0;
}

static int object_tostring(lua_State *L) {
  const GraphObject *object = check_object(L, "tostring");
  if (object->id == 0)
    lua_pushliteral(L, GRAPH_OBJECT ": closed");
  else
    lua_pushfstring(L, GRAPH_OBJECT ": %I", (LUAI_UACINT)object->id);
  return 1;
}

const luaL_Reg graph_object_methods[] = {
    {"id", object_id},
    {"close", object_close},
    {"__close", object_close},
    {"__gc", object_close},
    {"__tostring", object_tostring},
    {NULL, NULL},
};
