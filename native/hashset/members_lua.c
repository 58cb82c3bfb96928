#include "native/hashset/members_lua.h"

#include <lauxlib.h>
#include <limits.h>
#include <string.h>

#include "native/hashset/parts.h"
#include "native/seed.h"
#include "native/value.h"

/* Integers from which on they are put in order first. */
#define ORDER_FROM (1 << 19)

/* User values */
#define BUFFER 1
#define ANCHORS 2 /* list: object number -> value, or a long string's token */

Hashset *members_new(lua_State *L) {
  Hashset *set = lua_newuserdatauv(L, sizeof *set, 2);
  *set = (Hashset){0};
  seed_of_state(L, set->seed);
  return set;
}

Hashset *members_of(lua_State *L, int self) { return lua_touserdata(L, self); }

/* Room */

static bool has_anchors(lua_State *L, int self) {
  bool has = lua_getiuservalue(L, self, ANCHORS) == LUA_TTABLE;
  lua_pop(L, 1);
  return has;
}

static void need_anchors(lua_State *L, int self) {
  if (has_anchors(L, self)) return;
  lua_newtable(L);
  if (has_anchors(L, self))
    lua_pop(L, 1);
  else
    lua_setiuservalue(L, self, ANCHORS);
}

/* A finaliser may have cleared the set, and its anchors: no room for objects
** then. */
static void move(lua_State *L, int self, HashsetShape shape) {
  void *buffer = lua_newuserdatauv(L, hashset_bytes(shape), 0);
  bool fit = !shape.objects || has_anchors(L, self);
  if (fit && hashset_move(members_of(L, self), buffer, shape))
    lua_setiuservalue(L, self, BUFFER);
  else
    lua_pop(L, 1);
}

bool members_reserve(lua_State *L, int self, size_t more, bool objects) {
  const Hashset *set = members_of(L, self);
  if (hashset_room(set, more, objects)) return false;
  while (!hashset_room(set, more, objects)) {
    if (objects) need_anchors(L, self);
    move(L, self, hashset_shape(set, more, objects));
  }
  return true;
}

void members_trim(lua_State *L, int self) {
  const Hashset *set = members_of(L, self);
  HashsetShape shape = hashset_shape(set, 0, false);
  if (shape.capacity < set->capacity) move(L, self, shape);
}

void members_clear(lua_State *L, int self) {
  hashset_clear(members_of(L, self));
  lua_pushnil(L);
  lua_setiuservalue(L, self, BUFFER);
  lua_pushnil(L);
  lua_setiuservalue(L, self, ANCHORS);
}

/* Anchors: each object's place in the list is its number. */

static void anchor(lua_State *L, int self, int index) {
  lua_getiuservalue(L, self, ANCHORS);
  lua_pushvalue(L, index);
  lua_rawseti(L, -2, (lua_Integer)members_of(L, self)->objects + 1);
  lua_pop(L, 1);
}

/* Puts the last object into the place of the one that was removed. */
static void release(lua_State *L, int self, uint32_t number) {
  Hashset *set = members_of(L, self);
  uint32_t last = (uint32_t)set->objects + 1;
  lua_getiuservalue(L, self, ANCHORS);
  if (number != last) {
    lua_rawgeti(L, -1, last);
    hashset_renumber(set, value_address(L), last, number);
    lua_rawseti(L, -2, number);
  }
  lua_pushnil(L);
  lua_rawseti(L, -2, last);
  lua_pop(L, 1);
}

/* The objects among those that were added, after 'number' others. */
static void anchor_items(lua_State *L, int self, const Items *items,
                         const ItemsBatch *batch, uint64_t added,
                         size_t number) {
  lua_getiuservalue(L, self, ANCHORS);
  for (; added; added &= added - 1) {
    unsigned i = (unsigned)__builtin_ctzll(added);
    if (!key_is_object(batch->keys[i])) continue;
    items_push(L, items, i);
    lua_rawseti(L, -2, (lua_Integer)++number);
  }
}

static void anchor_marked(lua_State *L, int self, int from,
                          const uint64_t *marks, size_t number) {
  const Hashset *set = members_of(L, from);
  HashsetMember member;
  size_t slot = 0;
  lua_getiuservalue(L, from, ANCHORS);
  lua_getiuservalue(L, self, ANCHORS);
  while (hashset_next_marked(set, marks, &slot, &member)) {
    if (!member.number) continue;
    lua_rawgeti(L, -2, member.number);
    lua_rawseti(L, -2, (lua_Integer)++number);
  }
  lua_pop(L, 2);
}

/* Single members */

/* False when no set has the value. */
static bool find_key(lua_State *L, int index, Key *key) {
  ValueStatus status = value_key(L, index, key);
  if (status == VALUE_LONG) return value_find_text(L, index, key);
  return status == VALUE_KEY;
}

bool members_contains(lua_State *L, const Hashset *set, int index) {
  Key key;
  return find_key(L, index, &key) && hashset_contains(set, key);
}

static Key check_member(lua_State *L, int index) {
  Key key;
  ValueStatus status = value_key(L, index, &key);
  if (status == VALUE_LONG)
    value_intern_text(L, index, &key);
  else if (status != VALUE_KEY)
    luaL_error(L, "bad argument #1 to 'add' (%s cannot be a member)",
               status == VALUE_NIL ? "nil" : "NaN");
  return key;
}

bool members_add(lua_State *L, int self, int index) {
  Hashset *set = members_of(L, self);
  Key key = check_member(L, index);
  bool object = key_is_object(key);
  bool room = hashset_room(set, 1, object);
  if ((object || !room) && hashset_contains(set, key)) return false;
  if (!room) {
    members_reserve(L, self, 1, object);
    if (hashset_contains(set, key)) return false;
  }
  if (object) anchor(L, self, index);
  return hashset_add(set, key);
}

bool members_remove(lua_State *L, int self, int index) {
  Key key;
  uint32_t number;
  if (!find_key(L, index, &key)) return false;
  if (!hashset_remove(members_of(L, self), key, &number)) return false;
  if (number) release(L, self, number);
  return true;
}

/* Many members */

static void add_ordered(Hashset *set, const int64_t *integers, size_t length) {
  Key keys[HASHSET_BATCH];
  for (size_t i = 0; i < length; i += HASHSET_BATCH) {
    unsigned n = length - i < HASHSET_BATCH ? (unsigned)(length - i)
                                            : HASHSET_BATCH;
    for (unsigned k = 0; k < n; k++)
      keys[k] = (Key){(uint64_t)integers[i + k], KEY_INTEGER};
    hashset_add_batch(set, keys, n);
  }
}

/* Fills an empty set whose memory a cache cannot hold in the order of its
** slots. False, and nothing done, where that does not pay or cannot be. */
static bool add_integers(lua_State *L, int self, const Items *items) {
  Hashset *set = members_of(L, self);
  Integers integers;
  if (items->length < ORDER_FROM || items->length > INTEGERS_MAX ||
      !items_integers(L, items, &integers))
    return false;
  members_reserve(L, self, integers.length, false);
  void *scratch = lua_newuserdatauv(L, parts_order_bytes(integers.length), 0);
  if (!items_integers(L, items, &integers)) return false;
  add_ordered(set, parts_order(integers, set->seed, scratch), integers.length);
  lua_settop(L, items->base);
  return true;
}

void members_add_items(lua_State *L, int self, const Items *items) {
  bool few = items_repeat(L, items);
  if (!few && add_integers(L, self, items)) return;
  Hashset *set = members_of(L, self);
  ItemsBatch batch;
  for (lua_Integer i = 1; i <= items->length; i += batch.n) {
    size_t left = (size_t)(items->length - i + 1);
    do items_read(L, items, i, &batch);
    while (members_reserve(L, self, few ? batch.n : left, batch.objects));
    if (batch.objects) items_hold(L, items, &batch);
    size_t objects = set->objects;
    uint64_t added = hashset_add_batch(set, batch.keys, batch.n);
    if (batch.objects) anchor_items(L, self, items, &batch, added, objects);
  }
  lua_settop(L, items->base);
}

void members_take(lua_State *L, int self, int from, const uint64_t *marks) {
  Hashset *set = members_of(L, self);
  size_t objects = set->objects;
  hashset_take(set, members_of(L, from), marks);
  if (set->objects > objects) anchor_marked(L, self, from, marks, objects);
}

static void push_object(lua_State *L, int self, HashsetMember member) {
  lua_getiuservalue(L, self, ANCHORS);
  lua_rawgeti(L, -1, member.number);
  lua_remove(L, -2);
  if (member.key.tag == KEY_TEXT) value_untoken(L);
}

void members_push(lua_State *L, int self, HashsetMember member) {
  lua_Number number;
  switch (member.key.tag) {
  case KEY_INTEGER: lua_pushinteger(L, (lua_Integer)member.key.payload); break;
  case KEY_FLOAT:
    memcpy(&number, &member.key.payload, sizeof number);
    lua_pushnumber(L, number);
    break;
  case KEY_BOOLEAN: lua_pushboolean(L, member.key.payload != 0); break;
  case KEY_POINTER:
    lua_pushlightuserdata(L, (void *)(uintptr_t)member.key.payload);
    break;
  default: push_object(L, self, member);
  }
}

void members_push_list(lua_State *L, int self) {
  const Hashset *set = members_of(L, self);
  HashsetMember members[HASHSET_BATCH];
  size_t cursor = 0;
  unsigned n;
  lua_Integer length = 0;
  lua_createtable(L, set->count < INT_MAX ? (int)set->count : INT_MAX, 0);
  while ((n = hashset_walk(set, &cursor, members)) > 0)
    for (unsigned i = 0; i < n; i++) {
      members_push(L, self, members[i]);
      lua_rawseti(L, -2, ++length);
    }
}
