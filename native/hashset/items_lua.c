#include "native/hashset/items_lua.h"

#include <lauxlib.h>
#include <string.h>

#include "native/value.h"

static void copy_list(lua_State *L, lua_Integer length) {
  lua_newtable(L);
  for (lua_Integer i = 1; i <= length; i++) {
    lua_geti(L, 1, i);
    lua_rawseti(L, 2, i);
  }
  lua_replace(L, 1);
}

Items items_check(lua_State *L, const char *function) {
  lua_settop(L, 1);
  const char *type = value_type_name(L, 1);
  if (!lua_istable(L, 1) || strcmp(type, HASHSET_TYPE) == 0)
    luaL_error(L, "bad argument #1 to '%s' (table expected, got %s)", function,
               type);
  bool plain = luaL_getmetafield(L, 1, "__index") == LUA_TNIL &&
               luaL_getmetafield(L, 1, "__len") == LUA_TNIL;
  lua_settop(L, 1);
  Items items = {.function = function, .length = luaL_len(L, 1)};
  if (items.length < 0) items.length = 0;
  if (!plain) copy_list(L, items.length);
  if (!lua_checkstack(L, HASHSET_BATCH + LUA_MINSTACK))
    luaL_error(L, "not enough memory for the stack");
  return items;
}

static void use_first_copy(lua_State *L, int texts, int index, Key *key) {
  lua_pushvalue(L, index);
  if (lua_rawget(L, texts) == LUA_TNIL) {
    lua_pop(L, 1);
    lua_pushvalue(L, index);
    lua_pushvalue(L, index);
    lua_rawset(L, texts);
    lua_pushvalue(L, index);
  }
  *key = (Key){value_address(L), KEY_TEXT};
  lua_pop(L, 1);
}

static void bad_item(lua_State *L, const Items *items, lua_Integer item,
                     ValueStatus status) {
  luaL_error(L, "bad argument #1 to '%s' (item %I is %s)", items->function,
             (LUAI_UACINT)item, status == VALUE_NIL ? "nil" : "NaN");
}

static void read_item(lua_State *L, const Items *items, lua_Integer item,
                      int index, Key *key) {
  ValueStatus status = value_key(L, index, key);
  if (status == VALUE_KEY) return;
  if (status != VALUE_LONG) bad_item(L, items, item, status);
  if (items->texts)
    use_first_copy(L, items->texts, index, key);
  else
    value_intern_text(L, index, key);
}

/* All items are fetched before the first is looked at: the reads overlap. */
void items_read(lua_State *L, const Items *items, lua_Integer first,
                ItemsBatch *batch) {
  bool numbers[HASHSET_BATCH];
  lua_Integer left = items->length - first + 1;
  unsigned n = left < HASHSET_BATCH ? (unsigned)left : HASHSET_BATCH;
  batch->n = n;
  batch->objects = false;
  lua_settop(L, items->base);
  for (unsigned i = 0; i < n; i++)
    numbers[i] = lua_rawgeti(L, 1, first + i) == LUA_TNUMBER;
  for (unsigned i = 0; i < n; i++) {
    int index = items->base + 1 + (int)i;
    Key *key = &batch->keys[i];
    if (numbers[i] && value_integer_key(L, index, key)) continue;
    read_item(L, items, first + i, index, key);
    batch->objects |= key_is_object(*key);
  }
}
