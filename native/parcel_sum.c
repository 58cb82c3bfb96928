/* Sums of what tables hold, read in place: it is asked for with every parcel
** that has a table. The layout is private to Lua 5.4, so it is tested before it
** is trusted. */
#include <stdatomic.h>

#include "native/array.h"
#include "parcel_sum.h"

/* Node and the head of Table (lobject.h of Lua 5.4.0 to 5.4.7). */
typedef struct Node {
  uint64_t value;
  unsigned char value_type, key_type;
  int next;
  uint64_t key;
} Node;

typedef struct TableHead {
  void *next;
  unsigned char type, marked, flags, log2_nodes;
  unsigned length;
  void *items;
  const Node *nodes;
} TableHead;

_Static_assert(sizeof(Node) == 3 * sizeof(uint64_t), "a Node's size");

enum {
  SAMPLES = 3,
  LIGHT_FUNCTION = LUA_TFUNCTION | 1 << 4,
  C_CLOSURE = LUA_TFUNCTION | 2 << 4,
  OBJECT_TYPES = 1 << LUA_TTABLE | 1 << LUA_TFUNCTION | 1 << LUA_TUSERDATA,
};

static atomic_bool trusted;

/* Which of a table's values count: the globals' are C functions. */
typedef enum Kind { OBJECTS, C_FUNCTIONS } Kind;

static bool is_object(int type) { return OBJECT_TYPES >> type & 1; }

static uint64_t mix(uint64_t key, uint64_t value) {
  uint64_t mixed = (key * UINT64_C(0x9e3779b97f4a7c15)) ^ value;
  return mixed * UINT64_C(0xd6e8feb86659fd93);
}

static uint64_t address(const void *object) { return (uintptr_t)object; }

static const void *pointer(uint64_t payload) {
  return (const void *)(uintptr_t)payload;
}

/* All ones for a value that counts, else 0: a branch for each would be guessed
** wrongly. */
static uint64_t mask_of(const Node *node, Kind kind) {
  unsigned type = node->value_type & ~(unsigned)ARRAY_COLLECTABLE;
  if (kind == OBJECTS) return 0 - (uint64_t)(OBJECT_TYPES >> (type & 0x0f) & 1);
  return 0 - (uint64_t)(type == LIGHT_FUNCTION || type == C_CLOSURE);
}

static uint64_t sum_in_place(const TableHead *table, Kind kind) {
  uint64_t sum = 0;
  if ((size_t)1 << table->log2_nodes > PARCEL_FIELDS) return 0;
  const Node *end = table->nodes + ((size_t)1 << table->log2_nodes);
  for (const Node *node = table->nodes; node < end; node++)
    sum += mix(node->key, node->value) & mask_of(node, kind);
  return sum;
}

/* Of the modules in the table, too. */
static uint64_t sum_deep_in_place(const TableHead *table, const void *globals) {
  uint64_t sum = sum_in_place(table, OBJECTS);
  const Node *end = table->nodes + ((size_t)1 << table->log2_nodes);
  for (const Node *node = table->nodes; node < end; node++) {
    if (node->value_type != ARRAY_TABLE) continue;
    const void *module = pointer(node->value);
    Kind kind = module == globals ? C_FUNCTIONS : OBJECTS;
    sum += mix(node->value, sum_in_place(module, kind));
  }
  return sum;
}

static uint64_t sum_by_calls(lua_State *L, int index, Kind kind) {
  uint64_t sum = 0;
  lua_pushnil(L);
  while (lua_next(L, index)) {
    bool counts = kind == C_FUNCTIONS ? lua_iscfunction(L, -1)
                                      : is_object(lua_type(L, -1));
    if (counts)
      sum += mix(address(lua_topointer(L, -2)), address(lua_topointer(L, -1)));
    lua_pop(L, 1);
  }
  return sum;
}

static uint64_t sum_deep_by_calls(lua_State *L, int index,
                                  const void *globals) {
  uint64_t sum = sum_by_calls(L, index, OBJECTS);
  lua_pushnil(L);
  while (lua_next(L, index)) {
    if (lua_istable(L, -1)) {
      const void *module = lua_topointer(L, -1);
      Kind kind = module == globals ? C_FUNCTIONS : OBJECTS;
      sum += mix(address(module), sum_by_calls(L, lua_gettop(L), kind));
    }
    lua_pop(L, 1);
  }
  return sum;
}

bool parcel_sums_in_place(void) {
  return atomic_load_explicit(&trusted, memory_order_relaxed);
}

uint64_t parcel_sum(lua_State *L, int index, bool deep) {
  const TableHead *table = lua_topointer(L, index);
  bool in_place = parcel_sums_in_place();
  if (!deep)
    return in_place ? sum_in_place(table, OBJECTS)
                    : sum_by_calls(L, index, OBJECTS);
  lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
  const void *globals = lua_topointer(L, -1);
  lua_pop(L, 1);
  return in_place ? sum_deep_in_place(table, globals)
                  : sum_deep_by_calls(L, index, globals);
}

static int nothing(lua_State *L) {
  (void)L;
  return 0;
}

/* A table of modules that are tables, a closure and a light function. */
static void push_sample(lua_State *L) {
  lua_createtable(L, 0, SAMPLES);
  lua_createtable(L, 0, 1);
  lua_pushcfunction(L, nothing);
  lua_setfield(L, -2, "light");
  lua_setfield(L, -2, "table");
  lua_pushinteger(L, 1);
  lua_pushcclosure(L, nothing, 1);
  lua_setfield(L, -2, "closure");
  lua_pushcfunction(L, nothing);
  lua_setfield(L, -2, "light");
}

static bool looks_right(const TableHead *table) {
  return (table->type & 0x3f) == LUA_TTABLE && table->length == 0 &&
         table->log2_nodes == 2;
}

void parcel_open_sums(lua_State *L) {
  if (lua_version(L) != LUA_VERSION_NUM) return;
  push_sample(L);
  int index = lua_gettop(L);
  const TableHead *table = lua_topointer(L, index);
  bool right = looks_right(table) &&
               sum_in_place(table, OBJECTS) ==
                   sum_by_calls(L, index, OBJECTS) &&
               sum_in_place(table, C_FUNCTIONS) ==
                   sum_by_calls(L, index, C_FUNCTIONS) &&
               sum_deep_in_place(table, table) ==
                   sum_deep_by_calls(L, index, table);
  lua_pop(L, 1);
  atomic_store(&trusted, right);
}
