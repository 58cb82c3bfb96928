/* The array part of a Lua table, read in place. Through the API an item costs
** ten times what it costs here, more than what is done with it; and the API
** does not tell short strings from long ones without a look at each. The
** layout is private to Lua 5.4, so it is tested before it is trusted. */
#ifndef PERILUNE_ARRAY_H
#define PERILUNE_ARRAY_H

#include <lua.h>
#include <stddef.h>

#include "native/value.h"

/* TValue, lobject.h of Lua 5.4.0 to 5.4.7. */
typedef struct ArrayItem {
  uint64_t payload;
  unsigned char type;
} ArrayItem;

enum {
  ARRAY_COLLECTABLE = 1 << 6,
  ARRAY_INTEGER = LUA_TNUMBER,
  ARRAY_FLOAT = LUA_TNUMBER | 1 << 4,
  ARRAY_SHORT = LUA_TSTRING | ARRAY_COLLECTABLE, /* a string that is interned */
  ARRAY_TABLE = LUA_TTABLE | ARRAY_COLLECTABLE
};

typedef struct Array {
  const ArrayItem *items;
  size_t length;
} Array;

/* Once, before any array is read: tries the layout on a table. */
void array_open(lua_State *L);

/* Items 1 to length of the table at 'index', which need not be all that it
** has; none where the layout is another. To be used before anything else
** happens in the state. */
Array array_of(lua_State *L, int index);

/* The items of the table at 'index', empty yet, which was made with room for n:
** to be filled with integers at once. NULL where the layout is another. */
ArrayItem *array_room(lua_State *L, int index, size_t n);

/* What value_key gives for the item. False: value_key must be asked. */
static inline bool array_key(const ArrayItem *item, Key *key) {
  switch (item->type) {
  case ARRAY_INTEGER: *key = (Key){item->payload, KEY_INTEGER}; return true;
  case ARRAY_SHORT:
  case ARRAY_TABLE: *key = (Key){item->payload, KEY_OBJECT}; return true;
  case ARRAY_FLOAT: {
    lua_Number number;
    memcpy(&number, &item->payload, sizeof number);
    return value_float_key(number, key) == VALUE_KEY;
  }
  default: return false;
  }
}

#endif
