/* perilune.native.hashset: sets of Lua values. */
#include "native/hashset/hashset_lua.h"

#include <lauxlib.h>
#include <string.h>

#include "native/array.h"
#include "native/frame.h"
#include "native/hashset/members_lua.h"
#include "native/native.h"
#include "native/value.h"

/* Upvalue 1 of every function here is the metatable; of the bound ones and of
** iterators it is the set. */
#define METATABLE lua_upvalueindex(1)
#define SELF lua_upvalueindex(1)
#define CURSOR lua_upvalueindex(2)
#define VERSION lua_upvalueindex(3)

Hashset *set_test(lua_State *L, int index) {
  return value_object(L, index, METATABLE);
}

const char *set_complaint(lua_State *L, int index) {
  const char *type = value_type_name(L, index);
  if (strcmp(type, HASHSET_TYPE) == 0)
    return "a script set and a native one do not mix";
  return lua_pushfstring(L, HASHSET_TYPE " expected, got %s", type);
}

Hashset *set_check_self(lua_State *L, const char *name) {
  Hashset *set = set_test(L, 1);
  if (!set)
    luaL_error(L, "calling '%s' on bad self (%s)", name, set_complaint(L, 1));
  return set;
}

int set_push(lua_State *L) {
  members_new(L);
  lua_pushvalue(L, METATABLE);
  lua_setmetatable(L, -2);
  return lua_gettop(L);
}

/* hashset.new */

static int hashset_new(lua_State *L) {
  if (lua_isnoneornil(L, 1)) {
    set_push(L);
    return 1;
  }
  Items items = items_check(L, "new");
  int self = items.base = set_push(L);
  members_add_items(L, self, &items);
  members_trim(L, self);
  return 1;
}

/* Methods */

static int set_add(lua_State *L) {
  set_check_self(L, "add");
  lua_settop(L, 2);
  lua_pushboolean(L, members_add(L, 1, 2));
  return 1;
}

static int set_remove(lua_State *L) {
  set_check_self(L, "remove");
  lua_pushboolean(L, members_remove(L, 1, 2));
  return 1;
}

/* In the most frequent calls the key is read where it stands. */
static bool contains(lua_State *L, const Hashset *set, int n) {
  Key key;
  const ArrayItem *items = frame_arguments(L, n);
  if (items && array_key(&items[n - 1], &key))
    return hashset_contains(set, key);
  return members_contains(L, set, n);
}

static int set_contains(lua_State *L) {
  const Hashset *set = set_check_self(L, "contains");
  lua_pushboolean(L, contains(L, set, 2));
  return 1;
}

static int set_values(lua_State *L) {
  set_check_self(L, "values");
  members_push_list(L, 1);
  return 1;
}

/* The version goes up only: that of a finished iterator is none. */
static int iterate(lua_State *L) {
  const Hashset *set = members_of(L, SELF);
  if (lua_isnil(L, VERSION)) {
    lua_pushnil(L);
    return 1;
  }
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
  const Hashset *set = set_check_self(L, "iter");
  lua_pushvalue(L, 1);
  lua_pushinteger(L, 0);
  lua_pushinteger(L, (lua_Integer)set->version);
  lua_pushcclosure(L, iterate, 3);
  return 1;
}

static int set_clear(lua_State *L) {
  set_check_self(L, "clear");
  members_clear(L, 1);
  return 0;
}

static int bound_contains(lua_State *L) {
  lua_pushboolean(L, contains(L, members_of(L, SELF), 1));
  return 1;
}

static int bound_add(lua_State *L) {
  lua_settop(L, 1);
  lua_pushboolean(L, members_add(L, SELF, 1));
  return 1;
}

static int set_bind(lua_State *L) {
  set_check_self(L, "bind");
  lua_pushvalue(L, 1);
  lua_pushcclosure(L, bound_contains, 1);
  lua_pushvalue(L, 1);
  lua_pushcclosure(L, bound_add, 1);
  return 2;
}

static int set_stats(lua_State *L) {
  const Hashset *set = set_check_self(L, "stats");
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

/* Metamethods */

static int set_len(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)set_check_self(L, "#")->count);
  return 1;
}

static int set_tostring(lua_State *L) {
  size_t count = set_check_self(L, "tostring")->count;
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
    {"__pairs", set_iter},
    {"__tostring", set_tostring},
    {"__newindex", set_newindex},
    {NULL, NULL},
};

LUAMOD_API int luaopen_perilune_native_hashset(lua_State *L) {
  array_open(L);
  frame_open(L);
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
