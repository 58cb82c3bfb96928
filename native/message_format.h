/* The bytes of a message:
**
**   message = count value{count} body{objects}
**   value   = NIL | FALSE | TRUE | (INT8..INT64 | FLOAT) payload
**           | STRING text | TABLE hints | REF number
**   body    = (value | run)* [PAIRS (value value)*] END
**   run     = RUN + INT8..FLOAT, length byte, payload{length}
**   hints   = count of items, byte: 0, or 1 + log2 of the room for pairs
**   text    = count byte{count}
**
** TABLE is the next object not met before; REF is the one with that number,
** from 1. The values before PAIRS are the items 1, 2, 3... Counts are varints,
** the rest is in the machine's byte order.
**
** and of a parcel, which has code as well:
**
**   parcel  = message definition*
**   value   = ... | FUNCTION size byte{size} | NAME text | FIELD text text
**           | REGISTERED text | GLOBALS
**   body    = ... [META value] END, of a table
**           | (value | UPVALUE number count)* END, of a function
**           | END, of what goes by name
**   definition = text size message
**
** FUNCTION, NAME (a module), FIELD (of a module) and REGISTERED (a metatable)
** are the next object, too. A size has eight bytes. UPVALUE is the upvalue of
** an earlier function. A definition is the table of that registered name, for
** a receiver that lacks it: the first object of a message of one value. */
#ifndef PERILUNE_MESSAGE_FORMAT_H
#define PERILUNE_MESSAGE_FORMAT_H

#include <lua.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum MessageTag {
  NIL,
  FALSE,
  TRUE,
  INT8,
  INT16,
  INT32,
  INT64,
  FLOAT,
  STRING,
  TABLE,
  REF,
  PAIRS,
  END,
  FUNCTION,
  NAME,
  FIELD,
  REGISTERED,
  GLOBALS,
  META,
  UPVALUE,
  RUN = 0x40,
};

typedef union Number {
  lua_Integer integer;
  lua_Number real;
} Number;

static inline size_t number_size(int tag) {
  return tag == FLOAT ? sizeof(lua_Number) : (size_t)1 << (tag - INT8);
}

static inline int integer_tag(lua_Integer v) {
  if (v == (int8_t)v) return INT8;
  if (v == (int16_t)v) return INT16;
  if (v == (int32_t)v) return INT32;
  return INT64;
}

static inline void store_number(char *at, int tag, Number v) {
  int8_t v8 = (int8_t)v.integer;
  int16_t v16 = (int16_t)v.integer;
  int32_t v32 = (int32_t)v.integer;
  switch (tag) {
  case INT8: memcpy(at, &v8, sizeof v8); break;
  case INT16: memcpy(at, &v16, sizeof v16); break;
  case INT32: memcpy(at, &v32, sizeof v32); break;
  default: memcpy(at, &v, sizeof v); break;
  }
}

/* Puts the tag of the number at `index` into `tag`. */
static inline Number number_at(lua_State *L, int index, int *tag) {
  if (lua_isinteger(L, index)) {
    Number number = {.integer = lua_tointeger(L, index)};
    *tag = integer_tag(number.integer);
    return number;
  }
  *tag = FLOAT;
  return (Number){.real = lua_tonumber(L, index)};
}

#endif
