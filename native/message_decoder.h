/* What decodes messages, and parcels, which are messages with more in them. */
#ifndef PERILUNE_MESSAGE_DECODER_H
#define PERILUNE_MESSAGE_DECODER_H

#include <lua.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "parcel.h"

/* Stack slots of a decoder, from its base on. */
enum {
  DECODER_FIRST,   /* the first object */
  DECODER_OBJECTS, /* {number = object}, once there are two */
  DECODER_METAS,   /* of a parcel: a list of tables and their metatables */
  DECODER_PENDING, /* {name = registered metatable, to be filled} */
  DECODER_SLOTS
};

typedef struct Decoder {
  lua_State *L;
  ParcelSource *source;
  int base;
  int expected; /* index of the table that the first one is to be; or 0 */
  bool trusted; /* whether code may come */
  lua_Integer met;
  lua_Integer filled; /* objects up to this number have their bodies */
  size_t room; /* how many slots may still be made before they are filled */
  lua_Integer metas; /* items of the list */
  bool pending;      /* whether that table is there */
  int undefined;     /* items of it that have not been filled */
  const char *fault; /* what is wrong; NULL: that is on the top of the stack */
} Decoder;

/* Pushes the values of a message. False: `fault` is set, and the stack as it
** happens to be. */
bool decoder_get_values(Decoder *d, uint64_t *count);

/* Pushes the next value; its body follows later. */
bool decoder_get(Decoder *d);

/* Gives the object on the top the next number. */
void decoder_add(Decoder *d);

/* Pushes the object of that number, which has been met. */
void decoder_push(Decoder *d, lua_Integer number);

/* Next byte, which is not taken yet. */
bool decoder_peek(Decoder *d, int *byte);

bool decoder_take_count(Decoder *d, uint64_t *count);

/* The bytes stand until the next is taken. For more than PARCEL_NEED they must
** be there. */
bool decoder_take(Decoder *d, size_t size, const char **bytes);

/* Makes `need` bytes, or one where it is more than PARCEL_NEED, be there. */
bool decoder_more(Decoder *d, size_t need);

/* Pushes a string that is written as a text. */
bool decoder_get_text(Decoder *d);

bool decoder_fault(Decoder *d, const char *what);

static inline size_t decoder_here(const Decoder *d) {
  return (size_t)(d->source->end - d->source->at);
}

/* Bytes that are to come in all. */
static inline size_t decoder_left(const Decoder *d) {
  return decoder_here(d) + d->source->rest;
}

#endif
