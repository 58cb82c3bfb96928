/* What a decoder finds in parcels alone. Each pushes what it gets; false: there
** is a fault. */
#ifndef PERILUNE_PARCEL_DECODER_H
#define PERILUNE_PARCEL_DECODER_H

#include <stdbool.h>

#include "message_decoder.h"

/* What begins with that tag. */
bool parcel_get_object(Decoder *d, int tag);

bool parcel_get_function(Decoder *d);

/* Upvalues for the object on the top, which is a function if there are any. */
bool parcel_get_upvalues(Decoder *d);

/* A metatable for the table on the top. */
bool parcel_get_metatable(Decoder *d);

/* Whether a string of that size is better made by parcel_get_long, or must be.
 */
bool parcel_is_long(const Decoder *d, size_t size);

/* Of bytes that need not be in a row, without a copy in between. */
bool parcel_get_long(Decoder *d, size_t size);

/* The next bytes that are there, of the `left` ones that are wanted. Loads, for
** lua_load: its data is one of these. */
typedef struct Blocks {
  Decoder *d;
  size_t left;
} Blocks;

const char *parcel_next_block(lua_State *L, void *blocks, size_t *size);

#endif
