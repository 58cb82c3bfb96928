/* perilune.native.ints: packed vectors of 64-bit integers. */
#include "native/ints/ints_lua.h"

#include <lauxlib.h>
#include <limits.h>
#include <string.h>

#include "native/array.h"
#include "native/native.h"
#include "native/seed.h"
#include "native/value.h"

/* Upvalues: 1 of every function here; 2 of __index. */
#define METATABLE lua_upvalueindex(1)
#define METHODS lua_upvalueindex(2)

static Ints *test_ints(lua_State *L, int index) {
  return value_object(L, index, METATABLE);
}

static Ints *check_self(lua_State *L, const char *name) {
  Ints *ints = test_ints(L, 1);
  if (!ints)
    luaL_error(L, "calling '%s' on bad self (" INTS_TYPE " expected, got %s)",
               name, value_type_name(L, 1));
  return ints;
}

static size_t check_length(lua_State *L, int index) {
  lua_Integer length = luaL_checkinteger(L, index);
  luaL_argcheck(L, length >= 0, index, "negative length");
  luaL_argcheck(L, (uint64_t)length <= INTS_MAX, index, "length too large");
  return (size_t)length;
}

Ints *ints_push(lua_State *L, size_t length) {
  Ints *ints = lua_newuserdatauv(L, ints_bytes(length), 0);
  ints->length = length;
  lua_pushvalue(L, METATABLE);
  lua_setmetatable(L, -2);
  return ints;
}

static bool is_name(const char *text, const char *const names[]) {
  for (; *names; names++)
    if (strcmp(text, *names) == 0) return true;
  return false;
}

void ints_check_options(lua_State *L, int index, const char *const names[]) {
  if (lua_isnoneornil(L, index)) {
    lua_settop(L, index - 1);
    lua_newtable(L);
    return;
  }
  luaL_checktype(L, index, LUA_TTABLE);
  lua_pushnil(L);
  while (lua_next(L, index)) {
    lua_pop(L, 1);
    bool text = lua_type(L, -1) == LUA_TSTRING;
    if (text && is_name(lua_tostring(L, -1), names)) continue;
    luaL_argerror(L, index, value_no_option(L, lua_gettop(L), names));
  }
}

/* The functions of the module */

static int ints_new(lua_State *L) {
  size_t length = check_length(L, 1);
  Ints *ints = ints_push(L, length);
  memset(ints->values, 0, length * sizeof *ints->values);
  return 1;
}

static int bad_item(lua_State *L, lua_Integer item, int index) {
  const char *quote = lua_type(L, index) == LUA_TSTRING ? "'" : "";
  const char *text = luaL_tolstring(L, index, NULL);
  return luaL_error(L,
                    "bad argument #1 to 'from' (item %I is %s%s%s, not an "
                    "integer)",
                    (LUAI_UACINT)item, quote, text, quote);
}

static int64_t check_item(lua_State *L, lua_Integer item) {
  Key key = {0};
  if (lua_type(L, -1) != LUA_TNUMBER || !value_integer_key(L, -1, &key))
    bad_item(L, item, -1);
  lua_pop(L, 1);
  return (int64_t)key.payload;
}

/* Returns how many of the list's first items could be read in place. */
static size_t copy_in_place(lua_State *L, int list, Ints *ints) {
  Array array = array_of(L, list);
  size_t n = array.length < ints->length ? array.length : ints->length;
  Key key;
  for (size_t i = 0; i < n; i++) {
    if (!array_key(&array.items[i], &key) || key.tag != KEY_INTEGER) return i;
    ints->values[i] = (int64_t)key.payload;
  }
  return n;
}

static int copy_ints(lua_State *L, const Ints *from, size_t first, size_t n) {
  Ints *ints = ints_push(L, n);
  memcpy(ints->values, from->values + first, n * sizeof *from->values);
  return 1;
}

static bool is_plain(lua_State *L, int list) {
  int top = lua_gettop(L);
  bool plain = luaL_getmetafield(L, list, "__index") == LUA_TNIL;
  lua_settop(L, top);
  return plain;
}

static int ints_from(lua_State *L) {
  const Ints *other = test_ints(L, 1);
  if (other) return copy_ints(L, other, 0, other->length);
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_Integer length = luaL_len(L, 1);
  luaL_argcheck(L, (uint64_t)length <= INTS_MAX || length < 0, 1, "too long");
  Ints *ints = ints_push(L, length < 0 ? 0 : (size_t)length);
  size_t i = is_plain(L, 1) ? copy_in_place(L, 1, ints) : 0;
  for (; i < ints->length; i++) {
    lua_geti(L, 1, (lua_Integer)i + 1);
    ints->values[i] = check_item(L, (lua_Integer)i + 1);
  }
  return 1;
}

static int ints_range(lua_State *L) {
  lua_Integer first = luaL_checkinteger(L, 1), last = luaL_checkinteger(L, 2);
  uint64_t span = last < first ? 0 : (uint64_t)last - (uint64_t)first;
  luaL_argcheck(L, span < INTS_MAX, 2, "range too large");
  Ints *ints = ints_push(L, last < first ? 0 : (size_t)span + 1);
  for (size_t i = 0; i < ints->length; i++)
    ints->values[i] = (int64_t)((uint64_t)first + i);
  return 1;
}

static lua_Integer option(lua_State *L, const char *name, lua_Integer absent) {
  int isinteger;
  if (lua_getfield(L, 2, name) == LUA_TNIL) {
    lua_pop(L, 1);
    return absent;
  }
  lua_Integer value = lua_tointegerx(L, -1, &isinteger);
  if (!isinteger || lua_type(L, -1) != LUA_TNUMBER)
    luaL_argerror(L, 2, lua_pushfstring(L, "'%s' is no integer", name));
  lua_pop(L, 1);
  return value;
}

static int ints_random_(lua_State *L) {
  static const char *const names[] = {"high", "low", "seed", NULL};
  uint64_t drawn[2];
  size_t length = check_length(L, 1);
  ints_check_options(L, 2, names);
  seed_draw(drawn);
  lua_Integer low = option(L, "low", LUA_MININTEGER);
  lua_Integer high = option(L, "high", LUA_MAXINTEGER);
  lua_Integer seed = option(L, "seed", (lua_Integer)drawn[0]);
  luaL_argcheck(L, low <= high, 2, "'low' is above 'high'");
  ints_random(ints_push(L, length), low, high, (uint64_t)seed);
  return 1;
}

/* Methods */

/* As string.sub counts: -1 is the last. */
static size_t place(lua_Integer i, size_t length) {
  if (i >= 0) return (uint64_t)i > length ? length + 1 : (size_t)i;
  return (uint64_t) - (uint64_t)i > length ? 0 : length + 1 - (size_t)-i;
}

static int vector_slice(lua_State *L) {
  const Ints *ints = check_self(L, "slice");
  size_t first = place(luaL_checkinteger(L, 2), ints->length);
  size_t last = place(luaL_optinteger(L, 3, -1), ints->length);
  if (first < 1) first = 1;
  if (last > ints->length) last = ints->length;
  return copy_ints(L, ints, first - 1, last < first ? 0 : last - first + 1);
}

static int vector_sort(lua_State *L) {
  Ints *ints = check_self(L, "sort");
  size_t scratch = ints_sort_scratch(ints->length) * sizeof *ints->values;
  ints_sort(ints, lua_newuserdatauv(L, scratch, 0));
  return 0;
}

static int vector_sum(lua_State *L) {
  lua_pushinteger(L, ints_sum(check_self(L, "sum")));
  return 1;
}

static int vector_totable(lua_State *L) {
  const Ints *ints = check_self(L, "totable");
  luaL_argcheck(L, ints->length <= INT_MAX, 1, "too long for a table");
  lua_createtable(L, (int)ints->length, 0);
  for (size_t i = 0; i < ints->length; i++) {
    lua_pushinteger(L, ints->values[i]);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  return 1;
}

static int vector_write(lua_State *L) {
  check_self(L, "write");
  return ints_write_file(L);
}

/* Metamethods */

/* NULL where the value at 'index' is no place in the vector. */
static int64_t *value_at(lua_State *L, Ints *ints, int index) {
  int isinteger;
  if (lua_type(L, index) != LUA_TNUMBER) return NULL;
  lua_Integer i = lua_tointegerx(L, index, &isinteger);
  bool inside = isinteger && (uint64_t)i - 1 < ints->length;
  return inside ? &ints->values[i - 1] : NULL;
}

static int vector_index(lua_State *L) {
  const int64_t *value = value_at(L, check_self(L, "__index"), 2);
  if (value) {
    lua_pushinteger(L, *value);
  } else {
    lua_settop(L, 2);
    lua_rawget(L, METHODS);
  }
  return 1;
}

static int vector_newindex(lua_State *L) {
  Key key;
  int64_t *value = value_at(L, check_self(L, "__newindex"), 2);
  if (!value)
    return luaL_error(L, "no place '%s' in a vector of %I",
                      luaL_tolstring(L, 2, NULL),
                      (LUAI_UACINT)((Ints *)lua_touserdata(L, 1))->length);
  if (lua_type(L, 3) != LUA_TNUMBER || !value_integer_key(L, 3, &key))
    return luaL_error(L, "'%s' is not an integer", luaL_tolstring(L, 3, NULL));
  *value = (int64_t)key.payload;
  return 0;
}

static int vector_len(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)check_self(L, "#")->length);
  return 1;
}

static int vector_eq(lua_State *L) {
  const Ints *a = test_ints(L, 1), *b = test_ints(L, 2);
  lua_pushboolean(L, a && b && ints_equal(a, b));
  return 1;
}

static int vector_tostring(lua_State *L) {
  size_t length = check_self(L, "tostring")->length;
  lua_pushfstring(L, "ints (%I integer%s)", (LUAI_UACINT)length,
                  length == 1 ? "" : "s");
  return 1;
}

static const luaL_Reg functions[] = {
    {"new", ints_new},        {"from", ints_from},      {"range", ints_range},
    {"random", ints_random_}, {"read", ints_read_file}, {NULL, NULL},
};

static const luaL_Reg methods[] = {
    {"slice", vector_slice},     {"sort", vector_sort},   {"sum", vector_sum},
    {"totable", vector_totable}, {"write", vector_write}, {NULL, NULL},
};

static const luaL_Reg metamethods[] = {
    {"__newindex", vector_newindex}, {"__len", vector_len}, {"__eq", vector_eq},
    {"__tostring", vector_tostring}, {NULL, NULL},
};

LUAMOD_API int luaopen_perilune_native_ints(lua_State *L) {
  array_open(L);
  luaL_newmetatable(L, INTS_TYPE);
  lua_pushvalue(L, -1);
  luaL_setfuncs(L, metamethods, 1);
  lua_pushvalue(L, -1);
  luaL_newlibtable(L, methods);
  lua_pushvalue(L, -2);
  luaL_setfuncs(L, methods, 1);
  lua_pushcclosure(L, vector_index, 2);
  lua_setfield(L, -2, "__index");
  luaL_newlibtable(L, functions);
  lua_pushvalue(L, -2);
  luaL_setfuncs(L, functions, 1);
  return 1;
}
