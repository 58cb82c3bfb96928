/* perilune.native.hashset: sets of Lua values. */
#include <lauxlib.h>
#include <limits.h>
#include <lua.h>
#include <string.h>

#include "native/array.h"
#include "native/hashset/members_lua.h"
#include "native/native.h"
#include "native/seed.h"
#include "native/value.h"

/* Upvalue 1 of every function here is the metatable; of the bound ones and of
** iterators it is the set. */
#define METATABLE lua_upvalueindex(1)
#define SELF lua_upvalueindex(1)
#define CURSOR lua_upvalueindex(2)
#define VERSION lua_upvalueindex(3)

/* How many words of marks ahead items are fetched. */
#define PREFETCH 4

static Hashset *test_set(lua_State *L, int index) {
  return value_object(L, index, METATABLE);
}

static const char *why_not_a_set(lua_State *L, int index) {
  const char *type = value_type_name(L, index);
  if (strcmp(type, HASHSET_TYPE) == 0)
    return "a script set and a native one do not mix";
  return lua_pushfstring(L, HASHSET_TYPE " expected, got %s", type);
}

static Hashset *check_self(lua_State *L, const char *name) {
  Hashset *set = test_set(L, 1);
  if (!set)
    luaL_error(L, "calling '%s' on bad self (%s)", name, why_not_a_set(L, 1));
  return set;
}

static void check_operands(lua_State *L, const char *operator) {
  for (int index = 1; index <= 2; index++)
    if (!test_set(L, index))
      luaL_error(L, "bad operand to '%s' (%s)", operator,
                 why_not_a_set(L, index));
}

static int new_set(lua_State *L) {
  members_new(L);
  lua_pushvalue(L, METATABLE);
  lua_setmetatable(L, -2);
  return lua_gettop(L);
}

/* hashset.new */

static int hashset_new(lua_State *L) {
  if (lua_isnoneornil(L, 1)) {
    new_set(L);
    return 1;
  }
  Items items = items_check(L, "new");
  int self = items.base = new_set(L);
  members_add_items(L, self, &items);
  members_trim(L, self);
  return 1;
}

/* hashset.duplicates, hashset.unique */

typedef struct Selection {
  IntegersWanted integers;
  uint64_t (*mark)(Hashset *set, const Key *keys, unsigned n);
} Selection;

static const Selection first = {INTEGERS_FIRST, hashset_add_batch};
static const Selection second = {INTEGERS_SECOND, hashset_repeat_batch};

/* Pushes a bit for each item. */
static uint64_t *push_marks(lua_State *L, const Items *items) {
  size_t words = (size_t)items->length / HASHSET_BATCH + 1;
  return lua_newuserdatauv(L, words * sizeof(uint64_t), 0);
}

/* Pushes a buffer for the set. */
static void push_scratch(lua_State *L, const Items *items, Hashset *set) {
  HashsetShape shape = hashset_shape(set, (size_t)items->length, false);
  seed_of_state(L, set->seed);
  hashset_move(set, lua_newuserdatauv(L, hashset_bytes(shape), 0), shape);
}

static size_t mark_items(lua_State *L, const Items *items, Hashset *set,
                         const Selection *selection, uint64_t *marks) {
  size_t count = 0;
  ItemsBatch batch;
  for (lua_Integer i = 1; i <= items->length; i += batch.n) {
    items_read(L, items, i, &batch);
    uint64_t bits = selection->mark(set, batch.keys, batch.n);
    marks[(i - 1) / HASHSET_BATCH] = bits;
    count += (size_t)__builtin_popcountll(bits);
  }
  lua_settop(L, items->base);
  return count;
}

/* What the pass over the list needs is there before it starts: no finaliser
** can run and change the list meanwhile, so nothing needs an anchor. */
static size_t select_any(lua_State *L, Items *items, const Selection *selection,
                         uint64_t *marks) {
  Hashset set = {0};
  push_scratch(L, items, &set);
  lua_newtable(L);
  items->texts = items->base = lua_gettop(L);
  return mark_items(L, items, &set, selection, marks);
}

/* False when the items are not all integers. They are looked at again once the
** scratch memory is there, since a finaliser may have changed the list. */
static bool select_integers(lua_State *L, const Items *items,
                            const Selection *selection, uint64_t *marks,
                            size_t *count) {
  uint64_t seed[2];
  Integers integers;
  if (items->length > UINT32_MAX || !items_integers(L, items, &integers))
    return false;
  seed_of_state(L, seed);
  void *scratch = lua_newuserdatauv(L, integers_scratch(integers.length), 0);
  if (!items_integers(L, items, &integers)) return false;
  *count = integers_mark(integers, selection->integers, seed, scratch, marks);
  return true;
}

static int push_marked(lua_State *L, const Items *items, const uint64_t *marks,
                       size_t count) {
  lua_Integer n = 0;
  lua_Integer words = (items->length + HASHSET_BATCH - 1) / HASHSET_BATCH;
  lua_createtable(L, count < INT_MAX ? (int)count : INT_MAX, 0);
  for (lua_Integer word = 0; n < (lua_Integer)count; word++) {
    lua_Integer first = word * HASHSET_BATCH + 1, ahead = word + PREFETCH;
    if (ahead < words)
      items_prefetch(L, items, ahead * HASHSET_BATCH + 1, marks[ahead]);
    for (uint64_t bits = marks[word]; bits; bits &= bits - 1) {
      items_push_item(L, items, first + __builtin_ctzll(bits));
      lua_rawseti(L, -2, ++n);
    }
  }
  return 1;
}

static int select_items(lua_State *L, const char *name,
                        const Selection *selection) {
  size_t count;
  Items items = items_check(L, name);
  uint64_t *marks = push_marks(L, &items);
  if (!select_integers(L, &items, selection, marks, &count))
    count = select_any(L, &items, selection, marks);
  return push_marked(L, &items, marks, count);
}

static int hashset_duplicates(lua_State *L) {
  return select_items(L, "duplicates", &second);
}

static int hashset_unique(lua_State *L) {
  return select_items(L, "unique", &first);
}

/* Methods */

static int set_add(lua_State *L) {
  check_self(L, "add");
  lua_settop(L, 2);
  lua_pushboolean(L, members_add(L, 1, 2));
  return 1;
}

static int set_remove(lua_State *L) {
  check_self(L, "remove");
  lua_pushboolean(L, members_remove(L, 1, 2));
  return 1;
}

static int set_contains(lua_State *L) {
  const Hashset *set = check_self(L, "contains");
  lua_pushboolean(L, members_contains(L, set, 2));
  return 1;
}

static int set_values(lua_State *L) {
  check_self(L, "values");
  members_push_list(L, 1);
  return 1;
}

/* The version goes up only: that of a finished iterator is none. */
static int iterate(lua_State *L) {
  const Hashset *set = members_of(L, SELF);
  if (lua_isnil(L, VERSION)) return 0;
  if ((uint64_t)lua_tointeger(L, VERSION) != set->version)
    return luaL_error(L, "set changed during iteration");
  size_t cursor = (size_t)lua_tointeger(L, CURSOR);
  HashsetMember member;
  if (!hashset_next(set, &cursor, &member)) {
    lua_pushnil(L);
    lua_copy(L, -1, VERSION);
    return 1;
  }
  lua_pushinteger(L, (lua_Integer)cursor);
  lua_replace(L, CURSOR);
  members_push(L, SELF, member);
  return 1;
}

static int set_iter(lua_State *L) {
  const Hashset *set = check_self(L, "iter");
  lua_pushvalue(L, 1);
  lua_pushinteger(L, 0);
  lua_pushinteger(L, (lua_Integer)set->version);
  lua_pushcclosure(L, iterate, 3);
  return 1;
}

static int set_clear(lua_State *L) {
  check_self(L, "clear");
  members_clear(L, 1);
  return 0;
}

static int bound_contains(lua_State *L) {
  lua_pushboolean(L, members_contains(L, members_of(L, SELF), 1));
  return 1;
}

static int bound_add(lua_State *L) {
  lua_settop(L, 1);
  lua_pushboolean(L, members_add(L, SELF, 1));
  return 1;
}

static int set_bind(lua_State *L) {
  check_self(L, "bind");
  lua_pushvalue(L, 1);
  lua_pushcclosure(L, bound_contains, 1);
  lua_pushvalue(L, 1);
  lua_pushcclosure(L, bound_add, 1);
  return 2;
}

static int set_stats(lua_State *L) {
  const Hashset *set = check_self(L, "stats");
  lua_createtable(L, 0, 5);
  HashsetStats stats = hashset_stats(set);
  lua_pushinteger(L, (lua_Integer)set->count);
  lua_setfield(L, -2, "count");
  lua_pushinteger(L, (lua_Integer)set->capacity);
  lua_setfield(L, -2, "capacity");
  lua_pushinteger(L, (lua_Integer)stats.bytes);
  lua_setfield(L, -2, "bytes");
  lua_pushinteger(L, (lua_Integer)stats.longest_probe);
  lua_setfield(L, -2, "longest_probe");
  lua_pushnumber(L, stats.mean_probe);
  lua_setfield(L, -2, "mean_probe");
  return 1;
}

/* Set algebra: a new set of one or two parts. The sets are arguments 1, 2. */

typedef struct Part {
  int index;   /* of the set that the members are from */
  int other;   /* of the set that decides which; 0: all */
  bool wanted; /* those in the other set, or those not in it? */
  uint64_t *marks;
} Part;

static uint64_t versions(lua_State *L) {
  return members_of(L, 1)->version + members_of(L, 2)->version;
}

static void push_part_marks(lua_State *L, Part *parts, int n) {
  size_t first = hashset_mark_words(members_of(L, parts[0].index));
  size_t second = n < 2 ? 0 : hashset_mark_words(members_of(L, parts[1].index));
  parts[0].marks = lua_newuserdatauv(L, (first + second) * sizeof(uint64_t), 0);
  if (n == 2) parts[1].marks = parts[0].marks + first;
}

static void mark_parts(lua_State *L, const Part *parts, int n, int self) {
  size_t count = 0;
  bool objects = false;
  for (int i = 0; i < n; i++) {
    const Hashset *set = members_of(L, parts[i].index);
    const Hashset *other = parts[i].other ? members_of(L, parts[i].other)
                                          : NULL;
    count += hashset_mark(set, other, parts[i].wanted, parts[i].marks);
    objects |= set->objects > 0;
  }
  members_reserve(L, self, count, objects);
}

static int push_parts(lua_State *L, Part *parts, int n) {
  int self = new_set(L);
  uint64_t version;
  do {
    lua_settop(L, self);
    version = versions(L);
    push_part_marks(L, parts, n);
    if (version == versions(L)) mark_parts(L, parts, n, self);
  } while (version != versions(L));
  for (int i = 0; i < n; i++)
    members_take(L, self, parts[i].index, parts[i].marks);
  lua_settop(L, self);
  return 1;
}

static int set_copy(lua_State *L) {
  check_self(L, "copy");
  lua_settop(L, 1);
  lua_pushvalue(L, 1);
  return push_parts(L, (Part[]){{.index = 1}}, 1);
}

static int larger(lua_State *L) {
  return members_of(L, 1)->count >= members_of(L, 2)->count ? 1 : 2;
}

static int set_or(lua_State *L) {
  check_operands(L, "|");
  int large = larger(L), small = 3 - large;
  Part parts[] = {{.index = large}, {.index = small, .other = large}};
  return push_parts(L, parts, 2);
}

static int set_and(lua_State *L) {
  check_operands(L, "&");
  int large = larger(L), small = 3 - large;
  Part part = {.index = small, .other = large, .wanted = true};
  return push_parts(L, &part, 1);
}

static int set_sub(lua_State *L) {
  check_operands(L, "-");
  return push_parts(L, (Part[]){{.index = 1, .other = 2}}, 1);
}

static int set_xor(lua_State *L) {
  check_operands(L, "~");
  Part parts[] = {{.index = 1, .other = 2}, {.index = 2, .other = 1}};
  return push_parts(L, parts, 2);
}

/* Metamethods */

static int set_le(lua_State *L) {
  check_operands(L, "<=");
  lua_pushboolean(L, hashset_subset(members_of(L, 1), members_of(L, 2)));
  return 1;
}

static int set_lt(lua_State *L) {
  check_operands(L, "<");
  const Hashset *set = members_of(L, 1), *other = members_of(L, 2);
  lua_pushboolean(L, set->count < other->count && hashset_subset(set, other));
  return 1;
}

static int set_eq(lua_State *L) {
  const Hashset *set = test_set(L, 1), *other = test_set(L, 2);
  lua_pushboolean(L, set && other && set->count == other->count &&
                         hashset_subset(set, other));
  return 1;
}

static int set_len(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)check_self(L, "#")->count);
  return 1;
}

static int set_tostring(lua_State *L) {
  size_t count = check_self(L, "tostring")->count;
  lua_pushfstring(L, "hashset (%I member%s)", (LUAI_UACINT)count,
                  count == 1 ? "" : "s");
  return 1;
}

static int set_newindex(lua_State *L) {
  return luaL_error(L, "a set has no fields to assign to; s:add(v) adds to it");
}

static const luaL_Reg functions[] = {
    {"new", hashset_new},
    {"duplicates", hashset_duplicates},
    {"unique", hashset_unique},
    {NULL, NULL},
};

static const luaL_Reg methods[] = {
    {"add", set_add},       {"remove", set_remove}, {"contains", set_contains},
    {"values", set_values}, {"iter", set_iter},     {"copy", set_copy},
    {"clear", set_clear},   {"bind", set_bind},     {"stats", set_stats},
    {NULL, NULL},
};

static const luaL_Reg metamethods[] = {
    {"__bor", set_or},
    {"__band", set_and},
    {"__sub", set_sub},
    {"__bxor", set_xor},
    {"__le", set_le},
    {"__lt", set_lt},
    {"__eq", set_eq},
    {"__len", set_len},
    {"__tostring", set_tostring},
    {"__newindex", set_newindex},
    {NULL, NULL},
};

LUAMOD_API int luaopen_perilune_native_hashset(lua_State *L) {
  array_open(L);
  luaL_newmetatable(L, HASHSET_TYPE);
  lua_pushvalue(L, -1);
  luaL_setfuncs(L, metamethods, 1);
  luaL_newlibtable(L, methods);
  lua_pushvalue(L, -2);
  luaL_setfuncs(L, methods, 1);
  lua_setfield(L, -2, "__index");
  luaL_newlibtable(L, functions);
  lua_pushvalue(L, -2);
  luaL_setfuncs(L, functions, 1);
  return 1;
}
