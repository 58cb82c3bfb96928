#include "native/memo/weak_lua.h"

static unsigned first_weak(uint16_t tags) {
  unsigned i = 0;
  while (!weak_is(memo_tag(tags, i))) i++;
  return i;
}

static bool is_weak(const Call *call, unsigned argument) {
  return weak_is(memo_tag(call->key.tags, argument));
}

static void push_argument(lua_State *L, const Call *call, unsigned argument) {
  lua_pushvalue(L, call->first + (int)argument);
}

/* Replaces the object on top of the stack by its table of values, or nil. Where
** there is an entry, or all that one needs, there are owners. */
static bool get_owned(lua_State *L, const Entries *entries) {
  lua_getiuservalue(L, entries->self, ENTRIES_OWNERS);
  lua_insert(L, -2);
  lua_rawget(L, -2);
  lua_replace(L, -2);
  return !lua_isnil(L, -1);
}

/* Gives the new table on top of the stack, which goes, to the object below it;
** unless a finaliser that ran meanwhile has done so, or has cleared the store.
*/
static void give(lua_State *L, const Entries *entries) {
  if (lua_getiuservalue(L, entries->self, ENTRIES_OWNERS) == LUA_TTABLE) {
    lua_pushvalue(L, -3);
    if (lua_rawget(L, -2) == LUA_TNIL) {
      lua_pushvalue(L, -4);
      lua_pushvalue(L, -4);
      lua_rawset(L, -4);
    }
    lua_pop(L, 1);
  }
  lua_pop(L, 2);
}

/* False when the object on top of the stack, which goes, had no table. */
static bool own(lua_State *L, const Entries *entries) {
  lua_pushvalue(L, -1);
  bool owns = get_owned(L, entries);
  lua_pop(L, 1);
  if (!owns) {
    lua_newtable(L);
    give(L, entries);
  }
  lua_pop(L, 1);
  return owns;
}

bool weak_reserve(lua_State *L, const Entries *entries, const Call *call) {
  if (!entries_table(L, entries, ENTRIES_OWNERS, "k")) return false;
  for (unsigned i = 0; i < call->key.width; i++)
    if (is_weak(call, i) &&
        !entries_table(L, entries, ENTRIES_WEAK_KEYS + (int)i, "v"))
      return false;
  push_argument(L, call, first_weak(call->key.tags));
  return own(L, entries);
}

void weak_wrap(lua_State *L, const Call *call, int index) {
  unsigned first = first_weak(call->key.tags);
  if (lua_toboolean(L, index))
    lua_pushvalue(L, index);
  else
    lua_pushboolean(L, true);
  for (unsigned i = call->key.width - 1U; i > first; i--) {
    if (!is_weak(call, i)) continue;
    entries_new_table(L, "k");
    push_argument(L, call, i);
    lua_pushvalue(L, -3);
    lua_rawset(L, -3);
    lua_replace(L, -2);
  }
}

void weak_place(lua_State *L, const Entries *entries, const Call *call,
                uint32_t number) {
  for (unsigned i = 0; i < call->key.width; i++) {
    if (!is_weak(call, i)) continue;
    lua_getiuservalue(L, entries->self, ENTRIES_WEAK_KEYS + (int)i);
    entries_place(L, number);
    lua_pop(L, 1);
  }
  push_argument(L, call, first_weak(call->key.tags));
  get_owned(L, entries);
  entries_place(L, number);
  lua_pop(L, 1);
}

void weak_set(lua_State *L, const Entries *entries, const Call *call,
              uint32_t number, int index) {
  for (unsigned i = 0; i < call->key.width; i++) {
    if (!is_weak(call, i)) continue;
    lua_getiuservalue(L, entries->self, ENTRIES_WEAK_KEYS + (int)i);
    push_argument(L, call, i);
    lua_rawseti(L, -2, number);
    lua_pop(L, 1);
  }
  push_argument(L, call, first_weak(call->key.tags));
  get_owned(L, entries);
  lua_pushvalue(L, index);
  lua_rawseti(L, -2, number);
  lua_pop(L, 1);
}

bool weak_push(lua_State *L, const Entries *entries, const Call *call,
               uint32_t number) {
  unsigned first = first_weak(call->key.tags);
  push_argument(L, call, first);
  if (get_owned(L, entries)) {
    lua_rawgeti(L, -1, number);
    lua_replace(L, -2);
  }
  for (unsigned i = first + 1; i < call->key.width; i++) {
    if (!is_weak(call, i) || !lua_istable(L, -1)) continue;
    push_argument(L, call, i);
    lua_rawget(L, -2);
    lua_replace(L, -2);
  }
  if (lua_toboolean(L, -1)) return true;
  lua_pop(L, 1);
  return false;
}

/* Pushes an entry's object; false, and nothing, when the collector has it. */
static bool push_object(lua_State *L, const Entries *entries, unsigned argument,
                        uint32_t number) {
  lua_getiuservalue(L, entries->self, ENTRIES_WEAK_KEYS + (int)argument);
  lua_rawgeti(L, -1, number);
  lua_replace(L, -2);
  if (!lua_isnil(L, -1)) return true;
  lua_pop(L, 1);
  return false;
}

static void release_value(lua_State *L, const Entries *entries,
                          unsigned argument, uint32_t number) {
  if (!push_object(L, entries, argument, number)) return;
  if (get_owned(L, entries)) {
    lua_pushnil(L);
    lua_rawseti(L, -2, number);
  }
  lua_pop(L, 1);
}

static void release_object(lua_State *L, const Entries *entries,
                           unsigned argument, uint32_t number) {
  if (!push_object(L, entries, argument, number)) return;
  lua_pop(L, 1);
  lua_getiuservalue(L, entries->self, ENTRIES_WEAK_KEYS + (int)argument);
  lua_pushboolean(L, false);
  lua_rawseti(L, -2, number);
  lua_pop(L, 1);
}

void weak_release(lua_State *L, const Entries *entries, uint32_t number) {
  const Store *store = entries->store;
  uint16_t tags = memo_entry(&store->memo, number)->tags;
  release_value(L, entries, first_weak(tags), number);
  for (unsigned i = 0; i < MEMO_WIDTH; i++)
    if (weak_is(memo_tag(tags, i))) release_object(L, entries, i, number);
}

bool weak_is_dead(lua_State *L, const Entries *entries, uint32_t number) {
  uint16_t tags = memo_entry(&entries->store->memo, number)->tags;
  for (unsigned i = 0; i < MEMO_WIDTH; i++) {
    if (!weak_is(memo_tag(tags, i))) continue;
    if (!push_object(L, entries, i, number)) return true;
    lua_pop(L, 1);
  }
  return false;
}

void weak_purge(lua_State *L, const Entries *entries) {
  const Store *store = entries->store;
  uint32_t next, number = memo_newer(&store->memo, 0);
  for (; number; number = next) {
    next = memo_newer(&store->memo, number);
    if (weak_is_dead(L, entries, number)) entries_drop(L, entries, number);
  }
}

void weak_purge_after_cycle(lua_State *L, const Entries *entries) {
  entries_table(L, entries, ENTRIES_CANARY, "v");
  lua_getiuservalue(L, entries->self, ENTRIES_CANARY);
  if (lua_rawgeti(L, -1, 1) == LUA_TNIL) {
    lua_newtable(L);
    lua_rawseti(L, -3, 1);
    weak_purge(L, entries);
  }
  lua_pop(L, 2);
}
