/* What an encoder writes in parcels alone. */
#ifndef PERILUNE_PARCEL_ENCODER_H
#define PERILUNE_PARCEL_ENCODER_H

#include <lua.h>
#include <stdbool.h>

#include "message_encoder.h"
#include "parcel.h"
#include "parcel_state.h"

/* Stack slots, from an encoder's base on. */
enum {
  PARCEL_STATE = ENCODER_SLOTS,
  PARCEL_INDEX,
  PARCEL_PIECES,
  PARCEL_ANCHORS, /* list of the strings that are pieces */
  PARCEL_NEEDS,   /* list of registered metatables, each once */
  PARCEL_SLOTS
};

/* Which sums have been compared, as it is done once in a parcel, and whether
** the index is new. */
typedef struct NamesChecked {
  bool loaded, held, renewed;
} NamesChecked;

typedef struct Parcelling {
  int sheet;     /* its stack index */
  bool whole;    /* no pieces */
  bool upvalues; /* whether `numbers` has upvalues, too */
  NamesChecked checked;
  Buffer pieces;
  lua_Integer anchors;
  size_t cut; /* own bytes up to here are in pieces */
  lua_Integer needs;
} Parcelling;

/* Fills the slots that objects need; before the first one. */
void parcel_begin_objects(lua_State *L, Encoder *e);

/* And before the second one: the tables it has, if any. */
void parcel_begin_list(lua_State *L, Encoder *e);

/* If the object on the top, which is met first, has a name, writes that. */
bool parcel_put_name(lua_State *L, Encoder *e);

/* Writes the function on the top. False: it is none, or one of C. */
bool parcel_put_function(lua_State *L, Encoder *e);

/* Writes the upvalues of the function on the top. False: the name and the value
** of one that cannot be sent are on the stack. */
bool parcel_put_upvalues(lua_State *L, Encoder *e);

/* The string at `index` is the next piece. */
void parcel_put_piece(lua_State *L, Encoder *e, int index);

#endif
