#include "native/hashset/items_lua.h"

#include <lauxlib.h>
#include <string.h>

#include "native/array.h"
#include "native/value.h"

/* Items that are looked at for an idea of all. */
#define SAMPLE ((size_t)256)

/* Returns the length, or the index of the first nil: no further item counts. */
static lua_Integer copy_list(lua_State *L, lua_Integer length) {
  lua_Integer i = 0;
  bool nil = false;
  lua_newtable(L);
  while (!nil && i < length) {
    nil = lua_geti(L, 1, ++i) == LUA_TNIL;
    lua_rawseti(L, 2, i);
  }
  lua_replace(L, 1);
  return i;
}

static bool is_weak(lua_State *L) {
  bool weak = luaL_getmetafield(L, 1, "__mode") != LUA_TNIL;
  lua_settop(L, 1);
  return weak;
}

void items_own(lua_State *L, Items *items) {
  if (!items->vector && is_weak(L)) items->length = copy_list(L, items->length);
}

static const Ints *test_vector(lua_State *L) {
  return luaL_testudata(L, 1, INTS_TYPE);
}

/* Leaves a plain list at index 1, gives its length. */
static lua_Integer check_list(lua_State *L, const char *function) {
  const char *type = value_type_name(L, 1);
  if (!lua_istable(L, 1) || strcmp(type, HASHSET_TYPE) == 0)
    luaL_error(L, "bad argument #1 to '%s' (table expected, got %s)", function,
               type);
  bool plain = luaL_getmetafield(L, 1, "__index") == LUA_TNIL &&
               luaL_getmetafield(L, 1, "__len") == LUA_TNIL;
  lua_settop(L, 1);
  lua_Integer length = luaL_len(L, 1);
  if (!plain) return copy_list(L, length);
  return length < 0 ? 0 : length;
}

Items items_check(lua_State *L, const char *function) {
  lua_settop(L, 1);
  Items items = {.function = function, .vector = test_vector(L)};
  items.length = items.vector ? (lua_Integer)items.vector->length
                              : check_list(L, function);
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

static void read_vector(const Items *items, ItemsBatch *batch) {
  const int64_t *values = &items->vector->values[batch->first - 1];
  for (unsigned i = 0; i < batch->n; i++)
    batch->keys[i] = (Key){(uint64_t)values[i], KEY_INTEGER};
}

/* False where an item is not in the array part, or wants a closer look. */
static bool read_in_place(lua_State *L, ItemsBatch *batch) {
  Array array = array_of(L, 1);
  size_t first = (size_t)batch->first - 1;
  if (array.length < first + batch->n) return false;
  bool objects = false;
  for (unsigned i = 0; i < batch->n; i++) {
    if (!array_key(&array.items[first + i], &batch->keys[i])) return false;
    objects |= key_is_object(batch->keys[i]);
  }
  batch->objects = objects;
  return true;
}

/* All items are fetched before the first is looked at: the reads overlap. */
static void read_stacked(lua_State *L, const Items *items, ItemsBatch *batch) {
  batch->stacked = true;
  for (unsigned i = 0; i < batch->n; i++) lua_rawgeti(L, 1, batch->first + i);
  for (unsigned i = 0; i < batch->n; i++) {
    int index = items->base + 1 + (int)i;
    read_item(L, items, batch->first + i, index, &batch->keys[i]);
    batch->objects |= key_is_object(batch->keys[i]);
  }
}

void items_read(lua_State *L, const Items *items, lua_Integer first,
                ItemsBatch *batch) {
  lua_Integer left = items->length - first + 1;
  batch->first = first;
  batch->n = left < HASHSET_BATCH ? (unsigned)left : HASHSET_BATCH;
  batch->objects = batch->stacked = false;
  lua_settop(L, items->base);
  if (items->vector)
    read_vector(items, batch);
  else if (!read_in_place(L, batch))
    read_stacked(L, items, batch);
}

void items_hold(lua_State *L, const Items *items, ItemsBatch *batch) {
  if (batch->stacked) return;
  batch->stacked = true;
  for (unsigned i = 0; i < batch->n; i++)
    items_push_item(L, items, batch->first + i);
}

void items_push(lua_State *L, const Items *items, unsigned i) {
  lua_pushvalue(L, items->base + 1 + (int)i);
}

void items_push_item(lua_State *L, const Items *items, lua_Integer i) {
  if (items->vector)
    lua_pushinteger(L, items->vector->values[i - 1]);
  else
    lua_rawgeti(L, 1, i);
}

/* Nothing is read: the addresses need not be right. */
void items_prefetch(lua_State *L, const Items *items, lua_Integer first,
                    uint64_t marks) {
  Array array = items->vector ? (Array){0} : array_of(L, 1);
  for (; marks; marks &= marks - 1) {
    lua_Integer i = first - 1 + __builtin_ctzll(marks);
    if (items->vector)
      __builtin_prefetch(&items->vector->values[i]);
    else
      __builtin_prefetch(&array.items[i]);
  }
}

static bool are_integers(const Array *array, size_t length) {
  if (array->length < length) return false;
  unsigned others = 0;
  for (size_t i = 0; i < length; i++)
    others |= array->items[i].type ^ ARRAY_INTEGER;
  return others == 0;
}

bool items_integers(lua_State *L, const Items *items, Integers *integers) {
  size_t length = (size_t)items->length;
  if (items->vector) {
    *integers = (Integers){items->vector->values, 1, length};
    return true;
  }
  Array array = array_of(L, 1);
  _Static_assert(sizeof *array.items == 2 * sizeof(int64_t), "the step below");
  *integers = (Integers){(const int64_t *)(const void *)array.items, 2, length};
  return are_integers(&array, length);
}

/* The key of item i, from 0, if it can be read in place. */
static bool peek(const Items *items, Array array, size_t i, Key *key) {
  if (!items->vector)
    return i < array.length && array_key(&array.items[i], key);
  *key = (Key){(uint64_t)items->vector->values[i], KEY_INTEGER};
  return true;
}

bool items_repeat(lua_State *L, const Items *items) {
  HashsetShape shape = {2 * SAMPLE, false};
  uint64_t buffer[2 * SAMPLE + 2 * SAMPLE / sizeof(uint64_t)];
  Array array = items->vector ? (Array){0} : array_of(L, 1);
  size_t step = (size_t)items->length / SAMPLE, repeats = 0;
  Hashset sample = {0};
  Key key;
  hashset_move(&sample, buffer, shape);
  for (size_t i = 0; step > 0 && i < SAMPLE; i++)
    if (peek(items, array, i * step, &key))
      repeats += !hashset_add(&sample, key);
  return repeats > SAMPLE / 4;
}
