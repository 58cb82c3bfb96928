/* hashset.duplicates, hashset.unique: some items of a list. */
#include <lauxlib.h>
#include <limits.h>

#include "native/hashset/hashset_lua.h"
#include "native/hashset/items_lua.h"
#include "native/seed.h"

/* How many words of marks ahead items are fetched. */
#define PREFETCH 4

typedef struct Selection {
  IntegersWanted integers;
  uint64_t (*mark)(Hashset *set, const Key *keys, unsigned n);
} Selection;

static const Selection first_ones = {INTEGERS_FIRST, hashset_add_batch};
static const Selection second_ones = {INTEGERS_SECOND, hashset_repeat_batch};

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
  if (items->length > INTEGERS_MAX || items_repeat(L, items) ||
      !items_integers(L, items, &integers))
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
  items_own(L, &items);
  uint64_t *marks = push_marks(L, &items);
  if (!select_integers(L, &items, selection, marks, &count))
    count = select_any(L, &items, selection, marks);
  return push_marked(L, &items, marks, count);
}

int hashset_duplicates(lua_State *L) {
  return select_items(L, "duplicates", &second_ones);
}

int hashset_unique(lua_State *L) {
  return select_items(L, "unique", &first_ones);
}
