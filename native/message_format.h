/* The bytes of a message:
**
**   message = count value{count} body{tables}
**   value   = NIL | FALSE | TRUE | (INT8..INT64 | FLOAT) payload
**           | STRING count byte{count} | TABLE hints | REF number
**   body    = (value | run)* [PAIRS (value value)*] END
**   run     = RUN + INT8..FLOAT, length byte, payload{length}
**   hints   = count of items, byte: 0, or 1 + log2 of the room for pairs
**
** TABLE is the next table not met before; REF is the one with that number,
** from 1. The values before PAIRS are the items 1, 2, 3... Counts are varints,
** the rest is in the machine's byte order. */
#ifndef PERILUNE_MESSAGE_FORMAT_H
#define PERILUNE_MESSAGE_FORMAT_H

#include <lua.h>
#include <stddef.h>

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
  RUN = 0x40,
};

typedef union Number {
  lua_Integer integer;
  lua_Number real;
} Number;

static inline size_t number_size(int tag) {
  return tag == FLOAT ? sizeof(lua_Number) : (size_t)1 << (tag - INT8);
}

#endif
