/* The items of a Lua list, as batches of keys. */
#ifndef PERILUNE_ITEMS_H
#define PERILUNE_ITEMS_H

#include <lua.h>

#include "native/hashset/hashset.h"

/* The type name of sets, the script version's included. */
#define HASHSET_TYPE "perilune.hashset"

typedef struct Items {
  const char *function; /* that got the list, for errors */
  lua_Integer length;
  int texts; /* index of a table that makes the first copy of a long string
             ** stand for the others; 0: tokens do (value.h) */
  int base;  /* the batch is on the stack above */
} Items;

typedef struct ItemsBatch {
  Key keys[HASHSET_BATCH];
  unsigned n;
  bool objects; /* among the keys */
} ItemsBatch;

/* Checks that argument 1 is a list and leaves the stack with it alone, or with
** a plain copy when it has metamethods. Set texts and base afterwards. */
Items items_check(lua_State *L, const char *function);

/* Reads items first, first + 1...; leaves what their keys stand for on the
** stack, above base. Throws at nil and NaN. Runs no finaliser with texts. */
void items_read(lua_State *L, const Items *items, lua_Integer first,
                ItemsBatch *batch);

#endif
