/* The items of a Lua list or of a vector of integers, as batches of keys. */
#ifndef PERILUNE_ITEMS_H
#define PERILUNE_ITEMS_H

#include <lua.h>

#include "native/hashset/hashset.h"
#include "native/hashset/integers.h"
#include "native/ints/ints.h"

/* The type name of sets, the script version's included. */
#define HASHSET_TYPE "perilune.hashset"

typedef struct Items {
  const char *function; /* that got the list, for errors */
  const Ints *vector;   /* NULL: argument 1 is a table */
  lua_Integer length;
  int texts; /* index of a table that makes the first copy of a long string
             ** stand for the others; 0: tokens do (value.h) */
  int base;  /* a batch uses the stack above */
} Items;

typedef struct ItemsBatch {
  Key keys[HASHSET_BATCH];
  lua_Integer first;
  unsigned n;
  bool objects; /* among the keys */
  bool stacked; /* what the keys stand for is on the stack, above base */
} ItemsBatch;

/* Checks that argument 1 is a list or a vector and leaves the stack with it
** alone, or with a plain copy of a list that has metamethods. Set texts and
** base afterwards. */
Items items_check(lua_State *L, const char *function);

/* Puts a copy that keeps its items in the place of a list that is weak. */
void items_own(lua_State *L, Items *items);

/* Reads items first, first + 1... Throws at nil and NaN. Runs no finaliser
** with texts. What is read is good until something is allocated. */
void items_read(lua_State *L, const Items *items, lua_Integer first,
                ItemsBatch *batch);

/* Keeps what the keys of the batch just read stand for on the stack: a weak
** list may lose it whenever memory is short. */
void items_hold(lua_State *L, const Items *items, ItemsBatch *batch);

/* Pushes what key i of the batch held stands for. */
void items_push(lua_State *L, const Items *items, unsigned i);

/* Pushes item i as it stands in the list, from 1. */
void items_push_item(lua_State *L, const Items *items, lua_Integer i);

/* Lets the marked ones among items first, first + 1... come near. */
void items_prefetch(lua_State *L, const Items *items, lua_Integer first,
                    uint64_t marks);

/* Do some hundred of the items repeat others, so that few different ones may be
** expected among all? */
bool items_repeat(lua_State *L, const Items *items);

/* Whether all items are integers that can be read in place: then *integers
** tells where, until something happens in the state. O(n) */
bool items_integers(lua_State *L, const Items *items, Integers *integers);

#endif
