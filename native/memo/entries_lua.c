#include "native/memo/entries_lua.h"

#include <lauxlib.h>
#include <string.h>

#include "native/memo/weak_lua.h"
#include "native/seed.h"
#include "native/value.h"

/* Kinds of values. From VALUE_IN_LIST on they are in the list of values. */
enum {
  VALUE_INTEGER,
  VALUE_FLOAT,
  VALUE_BOOLEAN,
  VALUE_NONE,
  VALUE_IN_LIST,
  VALUE_MANY
};

/* nil and NaN among the arguments */
static const Key nil_key = {2, KEY_BOOLEAN};
static const Key nan_key = {UINT64_C(0x7FF8000000000000), KEY_FLOAT};

/* What is to be kept: the value, and where it is on the stack. */
typedef struct Kept {
  MemoValue value;
  int index;
} Kept;

static Store *store_of(lua_State *L, int self) {
  return lua_touserdata(L, self);
}

Store *entries_new(lua_State *L) {
  Store *store = lua_newuserdatauv(L, sizeof *store, ENTRIES_LAST);
  *store = (Store){0};
  seed_of_state(L, store->memo.seed);
  return store;
}

/* Keys */

static bool is_weak(lua_State *L, const Store *store, int index, Key key) {
  return store->weak && (key.tag == KEY_OBJECT || key.tag == KEY_USERDATA) &&
         lua_type(L, index) != LUA_TSTRING;
}

static Key float_key(lua_Number number) {
  Key key = {0, KEY_FLOAT};
  number += 0.0; /* -0.0 becomes 0.0 */
  memcpy(&key.payload, &number, sizeof number);
  return number == number ? key : nan_key;
}

/* False at a long string that no key has, unless it is to be interned. */
static bool read_one(lua_State *L, const Store *store, int index, bool intern,
                     Key *key) {
  if (store->typed && lua_type(L, index) == LUA_TNUMBER &&
      !lua_isinteger(L, index)) {
    *key = float_key(lua_tonumber(L, index));
    return true;
  }
  switch (value_key(L, index, key)) {
  case VALUE_NIL: *key = nil_key; break;
  case VALUE_NAN: *key = nan_key; break;
  case VALUE_LONG:
    if (!intern) return value_find_text(L, index, key);
    value_intern_text(L, index, key);
    break;
  case VALUE_KEY:
    if (is_weak(L, store, index, *key))
      key->tag = (KeyTag)(key->tag + WEAK_TAG);
  }
  return true;
}

static bool read(lua_State *L, const Store *store, bool intern, int width,
                 Call *call) {
  MemoKey key = {.width = (uint8_t)width};
  for (int i = 0; i < width; i++) {
    Key one;
    if (!read_one(L, store, call->first + i, intern, &one)) return false;
    key.payloads[i] = one.payload;
    key.tags |= (uint16_t)(one.tag << i * MEMO_TAG_BITS);
  }
  call->key = key;
  return true;
}

bool entries_read(lua_State *L, const Store *store, int first, int width,
                  Call *call) {
  call->first = first;
  return read(L, store, false, width, call);
}

/* Lists */

static void push_plain(lua_State *L, const char *mode) {
  lua_newtable(L);
  if (!mode) return;
  lua_createtable(L, 0, 1);
  lua_pushstring(L, mode);
  lua_setfield(L, -2, "__mode");
  lua_setmetatable(L, -2);
}

bool entries_table(lua_State *L, int self, int which, const char *mode) {
  bool is = lua_getiuservalue(L, self, which) == LUA_TTABLE;
  lua_pop(L, 1);
  if (is) return true;
  push_plain(L, mode);
  if (lua_getiuservalue(L, self, which) == LUA_TTABLE) {
    lua_pop(L, 2);
  } else {
    lua_pop(L, 1);
    lua_setiuservalue(L, self, which);
  }
  return false;
}

void entries_place(lua_State *L, uint32_t number) {
  if (lua_rawgeti(L, -1, number) == LUA_TNIL) {
    lua_pushboolean(L, false);
    lua_rawseti(L, -3, number);
  }
  lua_pop(L, 1);
}

static void place_in(lua_State *L, int self, int which, uint32_t number) {
  lua_getiuservalue(L, self, which);
  entries_place(L, number);
  lua_pop(L, 1);
}

static void set_in(lua_State *L, int self, int which, uint32_t number,
                   int index) {
  lua_getiuservalue(L, self, which);
  lua_pushvalue(L, index);
  lua_rawseti(L, -2, number);
  lua_pop(L, 1);
}

static void give_up(lua_State *L, int self, int which, uint32_t number) {
  lua_getiuservalue(L, self, which);
  lua_pushboolean(L, false);
  lua_rawseti(L, -2, number);
  lua_pop(L, 1);
}

static bool is_anchored(uint16_t tags, unsigned argument) {
  KeyTag tag = memo_tag(tags, argument);
  return tag >= KEY_OBJECT && !weak_is(tag);
}

/* Values */

/* Pushes a list of the results' number and the results. */
static Kept keep_many(lua_State *L, int index, int n) {
  luaL_checkstack(L, 4, "too many results");
  lua_createtable(L, n + 1, 0);
  lua_pushinteger(L, n);
  lua_rawseti(L, -2, 1);
  for (int i = 0; i < n; i++) {
    lua_pushvalue(L, index + i);
    lua_rawseti(L, -2, i + 2);
  }
  return (Kept){{.kind = VALUE_MANY}, lua_gettop(L)};
}

static Kept keep_number(lua_State *L, int index) {
  Kept kept = {{.kind = VALUE_INTEGER}, index};
  if (lua_isinteger(L, index)) {
    kept.value.payload = (uint64_t)lua_tointeger(L, index);
  } else {
    lua_Number number = lua_tonumber(L, index);
    memcpy(&kept.value.payload, &number, sizeof number);
    kept.value.kind = VALUE_FLOAT;
  }
  return kept;
}

static Kept keep_results(lua_State *L, int index, int n) {
  if (n != 1) return keep_many(L, index, n);
  switch (lua_type(L, index)) {
  case LUA_TNUMBER: return keep_number(L, index);
  case LUA_TNIL: return (Kept){{.kind = VALUE_NONE}, index};
  case LUA_TBOOLEAN:
    return (Kept){{(uint64_t)lua_toboolean(L, index), VALUE_BOOLEAN}, index};
  default: return (Kept){{.kind = VALUE_IN_LIST}, index};
  }
}

/* Pushes the value from the list; of a weak call, what it leads to. */
static void push_object(lua_State *L, int self, const Call *call,
                        uint32_t number) {
  if (weak_any(call->key.tags)) {
    weak_push(L, self, call, number);
    return;
  }
  lua_getiuservalue(L, self, ENTRIES_VALUES);
  lua_rawgeti(L, -1, number);
  lua_replace(L, -2);
}

int entries_push(lua_State *L, int self, const Call *call, uint32_t number) {
  const MemoEntry *entry = memo_entry(&store_of(L, self)->memo, number);
  lua_Number value;
  switch (entry->kind) {
  case VALUE_INTEGER: lua_pushinteger(L, (lua_Integer)entry->value); return 1;
  case VALUE_FLOAT:
    memcpy(&value, &entry->value, sizeof value);
    lua_pushnumber(L, value);
    return 1;
  case VALUE_BOOLEAN: lua_pushboolean(L, entry->value != 0); return 1;
  case VALUE_IN_LIST: push_object(L, self, call, number); return 1;
  case VALUE_MANY:
    lua_pushnil(L);
    push_object(L, self, call, number);
    return 2;
  default:
    lua_pushnil(L);
    lua_pushboolean(L, true);
    return 2;
  }
}

/* Entries */

static bool has_expired(const Memo *memo, uint32_t number, lua_Number now) {
  return memo->deadlines && now >= memo->deadlines[number];
}

static void release(lua_State *L, int self, uint32_t number) {
  const MemoEntry *entry = memo_entry(&store_of(L, self)->memo, number);
  uint16_t tags = entry->tags;
  if (weak_any(tags))
    weak_release(L, self, number);
  else if (entry->kind >= VALUE_IN_LIST)
    give_up(L, self, ENTRIES_VALUES, number);
  for (unsigned i = 0; i < MEMO_WIDTH; i++)
    if (is_anchored(tags, i)) give_up(L, self, ENTRIES_KEYS + (int)i, number);
}

void entries_drop(lua_State *L, int self, uint32_t number) {
  release(L, self, number);
  memo_remove(&store_of(L, self)->memo, number);
}

static uint32_t find(lua_State *L, int self, const Call *call) {
  uint32_t number = memo_find(&store_of(L, self)->memo, &call->key);
  if (!number || !weak_any(call->key.tags)) return number;
  if (weak_push(L, self, call, number)) {
    lua_pop(L, 1);
    return number;
  }
  entries_drop(L, self, number);
  return 0;
}

uint32_t entries_find(lua_State *L, int self, const Call *call,
                      lua_Number now) {
  Store *store = store_of(L, self);
  uint32_t number = find(L, self, call);
  if (!number) return 0;
  if (!has_expired(&store->memo, number, now)) return number;
  entries_drop(L, self, number);
  store->expired++;
  return 0;
}

static bool reserve_buffer(lua_State *L, int self, const Call *call) {
  Store *store = store_of(L, self);
  if (memo_room(&store->memo, call->key.width)) return true;
  MemoShape shape = memo_shape(&store->memo, call->key.width, store->ttl > 0);
  void *buffer = lua_newuserdatauv(L, memo_bytes(shape), 0);
  if (memo_move(&store->memo, buffer, shape))
    lua_setiuservalue(L, self, ENTRIES_BUFFER);
  else
    lua_pop(L, 1);
  return false;
}

/* False when something had to be allocated: look again. */
static bool reserve(lua_State *L, int self, const Call *call, Kept kept) {
  if (!reserve_buffer(L, self, call)) return false;
  for (unsigned i = 0; i < call->key.width; i++)
    if (is_anchored(call->key.tags, i) &&
        !entries_table(L, self, ENTRIES_KEYS + (int)i, NULL))
      return false;
  if (weak_any(call->key.tags)) return weak_reserve(L, self, call);
  return kept.value.kind < VALUE_IN_LIST ||
         entries_table(L, self, ENTRIES_VALUES, NULL);
}

/* May throw: makes all places that setting the entry needs. */
static void place(lua_State *L, int self, const Call *call, Kept kept,
                  uint32_t number) {
  for (unsigned i = 0; i < call->key.width; i++)
    if (is_anchored(call->key.tags, i))
      place_in(L, self, ENTRIES_KEYS + (int)i, number);
  if (weak_any(call->key.tags))
    weak_place(L, self, call, number);
  else if (kept.value.kind >= VALUE_IN_LIST)
    place_in(L, self, ENTRIES_VALUES, number);
}

static void evict(lua_State *L, int self, uint32_t victim, lua_Number now) {
  Store *store = store_of(L, self);
  if (has_expired(&store->memo, victim, now))
    store->expired++;
  else
    store->evictions++;
  entries_drop(L, self, victim);
}

static void anchor(lua_State *L, int self, const Call *call, uint32_t number) {
  for (unsigned i = 0; i < call->key.width; i++)
    if (is_anchored(call->key.tags, i))
      set_in(L, self, ENTRIES_KEYS + (int)i, number, call->first + (int)i);
}

static void set_value(lua_State *L, int self, const Call *call, Kept kept,
                      uint32_t number) {
  MemoEntry *entry = memo_entry(&store_of(L, self)->memo, number);
  if (weak_any(call->key.tags))
    weak_set(L, self, call, number, kept.index);
  else if (kept.value.kind >= VALUE_IN_LIST)
    set_in(L, self, ENTRIES_VALUES, number, kept.index);
  else if (entry->kind >= VALUE_IN_LIST)
    give_up(L, self, ENTRIES_VALUES, number);
  entry->kind = kept.value.kind;
  entry->value = kept.value.payload;
}

static uint32_t insert(lua_State *L, int self, const Call *call, Kept kept,
                       lua_Number now) {
  Memo *memo = &store_of(L, self)->memo;
  uint32_t victim = memo_victim(memo);
  place(L, self, call, kept, memo_next_number(memo, victim));
  if (victim) evict(L, self, victim, now);
  uint32_t number = memo_insert(memo, &call->key);
  anchor(L, self, call, number);
  return number;
}

void entries_keep(lua_State *L, int self, int first, int width, int index,
                  int n, lua_Number now) {
  Store *store = store_of(L, self);
  Memo *memo = &store->memo;
  Call call = {.first = first};
  if (memo->maxsize == 0) return;
  read(L, store, true, width, &call);
  Kept kept = keep_results(L, index, n);
  if (weak_any(call.key.tags)) {
    weak_purge_after_cycle(L, self);
    weak_wrap(L, &call, kept.index);
    kept.index = lua_gettop(L);
  }
  while (!reserve(L, self, &call, kept)) continue;
  uint32_t number = find(L, self, &call);
  if (number) {
    place(L, self, &call, kept, number);
    memo_touch(memo, number);
  } else {
    number = insert(L, self, &call, kept, now);
  }
  set_value(L, self, &call, kept, number);
  if (memo->deadlines) memo->deadlines[number] = now + store->ttl;
}

/* All entries */

void entries_clear(lua_State *L, int self) {
  Store *store = store_of(L, self);
  memo_clear(&store->memo);
  store->hits = store->misses = store->evictions = store->expired = 0;
  for (int which = 1; which <= ENTRIES_LAST; which++) {
    lua_pushnil(L);
    lua_setiuservalue(L, self, which);
  }
}

void entries_drop_expired(lua_State *L, int self, lua_Number now) {
  Store *store = store_of(L, self);
  uint32_t next, number = memo_newer(&store->memo, 0);
  for (; number; number = next) {
    next = memo_newer(&store->memo, number);
    if (!has_expired(&store->memo, number, now)) continue;
    entries_drop(L, self, number);
    store->expired++;
  }
}
