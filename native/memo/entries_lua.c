#include "native/memo/entries_lua.h"

#include <lauxlib.h>
#include <string.h>

#include "native/memo/weak_lua.h"
#include "native/seed.h"
#include "native/value.h"

/* nil and NaN among the arguments */
static const Key nil_key = {2, KEY_BOOLEAN};
static const Key nan_key = {UINT64_C(0x7FF8000000000000), KEY_FLOAT};

/* What is to be kept: the value, and where it is on the stack. */
typedef struct Kept {
  MemoValue value;
  int index;
} Kept;

Store *entries_new(lua_State *L) {
  Store *store = lua_newuserdatauv(L, sizeof *store, ENTRIES_LAST);
  *store = (Store){0};
  seed_of_state(L, store->memo.seed);
  return store;
}

/* Keys */

static bool is_weak(const Store *store, Key key) {
  return store->weak && (key.tag == KEY_OBJECT || key.tag == KEY_USERDATA);
}

static Key float_key(lua_Number number) {
  Key key = {0, KEY_FLOAT};
  number += 0.0; /* -0.0 becomes 0.0 */
  memcpy(&key.payload, &number, sizeof number);
  return number == number ? key : nan_key;
}

/* For all but plain keys. False at a long string that no key has, unless it is
** to be interned. */
static bool read_one(lua_State *L, const Store *store, int index, bool intern,
                     Key *key) {
  if (store->typed && lua_type(L, index) == LUA_TNUMBER) {
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
    if (is_weak(store, *key)) key->tag = (KeyTag)(key->tag + WEAK_TAG);
  }
  return true;
}

static bool read_key(lua_State *L, const Entries *entries, bool intern,
                     int width, Call *call) {
  MemoKey *key = &call->key;
  key->width = (uint8_t)width;
  key->payloads[0] = 0;
  key->tags = 0;
  for (int i = 0; i < width; i++) {
    Key one;
    int index = call->first + i;
    if (!entries_plain_key(L, index, &one) &&
        !read_one(L, entries->store, index, intern, &one))
      return false;
    key->payloads[i] = one.payload;
    key->tags |= (uint16_t)(one.tag << i * MEMO_TAG_BITS);
  }
  return true;
}

bool entries_read(lua_State *L, const Entries *entries, int first, int width,
                  Call *call) {
  call->first = first;
  return read_key(L, entries, false, width, call);
}

/* Lists */

void entries_new_table(lua_State *L, const char *mode) {
  lua_newtable(L);
  if (!mode) return;
  lua_createtable(L, 0, 1);
  lua_pushstring(L, mode);
  lua_setfield(L, -2, "__mode");
  lua_setmetatable(L, -2);
}

bool entries_table(lua_State *L, const Entries *entries, int which,
                   const char *mode) {
  bool is = lua_getiuservalue(L, entries->self, which) == LUA_TTABLE;
  lua_pop(L, 1);
  if (is) return true;
  entries_new_table(L, mode);
  if (lua_getiuservalue(L, entries->self, which) == LUA_TTABLE) {
    lua_pop(L, 2);
  } else {
    lua_pop(L, 1);
    lua_setiuservalue(L, entries->self, which);
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

static void place_in(lua_State *L, const Entries *entries, int which,
                     uint32_t number) {
  lua_getiuservalue(L, entries->self, which);
  entries_place(L, number);
  lua_pop(L, 1);
}

static void set_in(lua_State *L, const Entries *entries, int which,
                   uint32_t number, int index) {
  lua_getiuservalue(L, entries->self, which);
  lua_pushvalue(L, index);
  lua_rawseti(L, -2, number);
  lua_pop(L, 1);
}

static void give_up(lua_State *L, const Entries *entries, int which,
                    uint32_t number) {
  lua_getiuservalue(L, entries->self, which);
  lua_pushboolean(L, false);
  lua_rawseti(L, -2, number);
  lua_pop(L, 1);
}

/* Has an entry with these tags objects at all? All their tags have one of the
** two upper bits; so has a pointer's. */
static bool has_objects(uint16_t tags) { return (tags & 0xCCCC) != 0; }

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
  return (Kept){{.kind = ENTRIES_MANY}, lua_gettop(L)};
}

static Kept keep_float(lua_State *L, int index) {
  Kept kept = {{.kind = ENTRIES_FLOAT}, index};
  lua_Number number = lua_tonumber(L, index);
  memcpy(&kept.value.payload, &number, sizeof number);
  return kept;
}

static Kept keep_results(lua_State *L, int index, int n) {
  if (n != 1) return keep_many(L, index, n);
  if (lua_isinteger(L, index))
    return (Kept){{(uint64_t)lua_tointeger(L, index), ENTRIES_INTEGER}, index};
  switch (lua_type(L, index)) {
  case LUA_TNUMBER: return keep_float(L, index);
  case LUA_TNIL: return (Kept){{.kind = ENTRIES_NIL}, index};
  case LUA_TBOOLEAN:
    return (Kept){{(uint64_t)lua_toboolean(L, index), ENTRIES_BOOLEAN}, index};
  default: return (Kept){{.kind = ENTRIES_LISTED}, index};
  }
}

/* Pushes the value from the list; of a weak call, what it leads to. */
static void push_object(lua_State *L, const Entries *entries, const Call *call,
                        uint32_t number) {
  if (weak_any(memo_entry(&entries->store->memo, number)->tags)) {
    weak_push(L, entries, call, number);
    return;
  }
  lua_getiuservalue(L, entries->self, ENTRIES_VALUES);
  lua_rawgeti(L, -1, number);
  lua_replace(L, -2);
}

int entries_push(lua_State *L, const Entries *entries, const Call *call,
                 uint32_t number) {
  const MemoEntry *entry = memo_entry(&entries->store->memo, number);
  lua_Number value;
  switch (entry->kind) {
  case ENTRIES_INTEGER: lua_pushinteger(L, (lua_Integer)entry->value); return 1;
  case ENTRIES_FLOAT:
    memcpy(&value, &entry->value, sizeof value);
    lua_pushnumber(L, value);
    return 1;
  case ENTRIES_BOOLEAN: lua_pushboolean(L, entry->value != 0); return 1;
  case ENTRIES_LISTED: push_object(L, entries, call, number); return 1;
  case ENTRIES_MANY:
    lua_pushnil(L);
    push_object(L, entries, call, number);
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

static void release(lua_State *L, const Entries *entries, uint32_t number) {
  const MemoEntry *entry = memo_entry(&entries->store->memo, number);
  uint16_t tags = entry->tags;
  if (weak_any(tags))
    weak_release(L, entries, number);
  else if (entry->kind >= ENTRIES_LISTED)
    give_up(L, entries, ENTRIES_VALUES, number);
  if (!has_objects(tags)) return;
  for (unsigned i = 0; i < MEMO_WIDTH; i++)
    if (is_anchored(tags, i))
      give_up(L, entries, ENTRIES_KEYS + (int)i, number);
}

void entries_drop(lua_State *L, const Entries *entries, uint32_t number) {
  release(L, entries, number);
  memo_remove(&entries->store->memo, number);
}

static uint32_t find(lua_State *L, const Entries *entries, const Call *call) {
  uint32_t number = memo_find(&entries->store->memo, &call->key);
  if (!number || !weak_any(call->key.tags)) return number;
  if (!weak_is_dead(L, entries, number) &&
      weak_push(L, entries, call, number)) {
    lua_pop(L, 1);
    return number;
  }
  entries_drop(L, entries, number);
  return 0;
}

bool entries_has(lua_State *L, const Entries *entries, const Call *call) {
  return find(L, entries, call) != 0;
}

uint32_t entries_find(lua_State *L, const Entries *entries, const Call *call,
                      lua_Number now) {
  Store *store = entries->store;
  uint32_t number = find(L, entries, call);
  if (!number) return 0;
  if (!has_expired(&store->memo, number, now)) return number;
  entries_drop(L, entries, number);
  store->expired++;
  return 0;
}

static bool reserve_buffer(lua_State *L, const Entries *entries,
                           const Call *call) {
  Store *store = entries->store;
  if (memo_room(&store->memo, call->key.width)) return true;
  MemoShape shape = memo_shape(&store->memo, call->key.width, store->ttl > 0);
  void *buffer = lua_newuserdatauv(L, memo_bytes(shape), 0);
  if (memo_move(&store->memo, buffer, shape))
    lua_setiuservalue(L, entries->self, ENTRIES_BUFFER);
  else
    lua_pop(L, 1);
  return false;
}

static bool reserve_lists(lua_State *L, const Entries *entries,
                          const Call *call, Kept kept) {
  for (unsigned i = 0; i < call->key.width; i++)
    if (is_anchored(call->key.tags, i) &&
        !entries_table(L, entries, ENTRIES_KEYS + (int)i, NULL))
      return false;
  if (weak_any(call->key.tags)) return weak_reserve(L, entries, call);
  return kept.value.kind < ENTRIES_LISTED ||
         entries_table(L, entries, ENTRIES_VALUES, NULL);
}

/* May throw: makes all places that setting the entry needs. */
static void place(lua_State *L, const Entries *entries, const Call *call,
                  Kept kept, uint32_t number) {
  for (unsigned i = 0; i < call->key.width; i++)
    if (is_anchored(call->key.tags, i))
      place_in(L, entries, ENTRIES_KEYS + (int)i, number);
  if (weak_any(call->key.tags))
    weak_place(L, entries, call, number);
  else if (kept.value.kind >= ENTRIES_LISTED)
    place_in(L, entries, ENTRIES_VALUES, number);
}

static bool needs_places(const Call *call, Kept kept) {
  return has_objects(call->key.tags) || kept.value.kind >= ENTRIES_LISTED;
}

/* False when something had to be allocated: look again. */
static bool reserve(lua_State *L, const Entries *entries, const Call *call,
                    Kept kept) {
  return reserve_buffer(L, entries, call) &&
         (!needs_places(call, kept) || reserve_lists(L, entries, call, kept));
}

static void evict(lua_State *L, const Entries *entries, uint32_t victim,
                  const MemoKey *key, lua_Number now) {
  Store *store = entries->store;
  if (has_expired(&store->memo, victim, now))
    store->expired++;
  else
    store->evictions++;
  release(L, entries, victim);
  memo_replace(&store->memo, victim, key);
}

static void anchor(lua_State *L, const Entries *entries, const Call *call,
                   uint32_t number) {
  if (!has_objects(call->key.tags)) return;
  for (unsigned i = 0; i < call->key.width; i++)
    if (is_anchored(call->key.tags, i))
      set_in(L, entries, ENTRIES_KEYS + (int)i, number, call->first + (int)i);
}

/* Same as entries_keep where nothing that is kept or goes is in a list. */
bool entries_keep_plain(const Entries *entries, Key key, uint64_t integer) {
  Store *store = entries->store;
  Memo *memo = &store->memo;
  if (store->ttl > 0 || store->weak || !memo->maxsize || !memo_room(memo, 1))
    return false;
  if (memo_find_one(memo, key)) return false;
  uint32_t number = memo_victim(memo);
  MemoKey whole = {.payloads = {key.payload}, .tags = (uint16_t)key.tag};
  whole.width = 1;
  if (!number) {
    number = memo_insert(memo, &whole);
  } else {
    const MemoEntry *victim = memo_entry(memo, number);
    if (has_objects(victim->tags) || victim->kind >= ENTRIES_LISTED)
      return false;
    memo_replace(memo, number, &whole);
    store->evictions++;
  }
  memo_entry(memo, number)->value = integer;
  return true;
}

static void set_value(lua_State *L, const Entries *entries, const Call *call,
                      Kept kept, uint32_t number) {
  MemoEntry *entry = memo_entry(&entries->store->memo, number);
  if (weak_any(call->key.tags))
    weak_set(L, entries, call, number, kept.index);
  else if (kept.value.kind >= ENTRIES_LISTED)
    set_in(L, entries, ENTRIES_VALUES, number, kept.index);
  else if (entry->kind >= ENTRIES_LISTED)
    give_up(L, entries, ENTRIES_VALUES, number);
  entry->kind = kept.value.kind;
  entry->value = kept.value.payload;
}

static uint32_t insert(lua_State *L, const Entries *entries, const Call *call,
                       Kept kept, lua_Number now) {
  Memo *memo = &entries->store->memo;
  uint32_t victim = memo_victim(memo);
  if (needs_places(call, kept))
    place(L, entries, call, kept, memo_next_number(memo, victim));
  uint32_t number = victim;
  if (victim)
    evict(L, entries, victim, &call->key, now);
  else
    number = memo_insert(memo, &call->key);
  anchor(L, entries, call, number);
  return number;
}

void entries_keep(lua_State *L, const Entries *entries, int first, int width,
                  int index, int n, lua_Number now) {
  Store *store = entries->store;
  Memo *memo = &store->memo;
  Call call = {.first = first};
  if (memo->maxsize == 0) return;
  read_key(L, entries, true, width, &call);
  Kept kept = keep_results(L, index, n);
  if (store->weak) weak_purge_after_cycle(L, entries);
  if (weak_any(call.key.tags)) {
    weak_wrap(L, &call, kept.index);
    kept.index = lua_gettop(L);
  }
  while (!reserve(L, entries, &call, kept)) continue;
  uint32_t number = find(L, entries, &call);
  if (number) {
    place(L, entries, &call, kept, number);
    memo_touch(memo, number);
  } else {
    number = insert(L, entries, &call, kept, now);
  }
  set_value(L, entries, &call, kept, number);
  if (memo->deadlines) memo->deadlines[number] = now + store->ttl;
}

/* All entries */

void entries_clear(lua_State *L, const Entries *entries) {
  Store *store = entries->store;
  memo_clear(&store->memo);
  store->hits = store->misses = store->evictions = store->expired = 0;
  for (int which = 1; which <= ENTRIES_LAST; which++) {
    lua_pushnil(L);
    lua_setiuservalue(L, entries->self, which);
  }
}

void entries_drop_expired(lua_State *L, const Entries *entries,
                          lua_Number now) {
  Store *store = entries->store;
  uint32_t next, number = memo_newer(&store->memo, 0);
  for (; number; number = next) {
    next = memo_newer(&store->memo, number);
    if (!has_expired(&store->memo, number, now)) continue;
    entries_drop(L, entries, number);
    store->expired++;
  }
}
