/* What encodes messages, and parcels, which are messages with more in them. */
#ifndef PERILUNE_MESSAGE_ENCODER_H
#define PERILUNE_MESSAGE_ENCODER_H

#include <lua.h>
#include <stdbool.h>

#include "message_buffer.h"

struct Parcelling;

/* Stack slots of an encoder, from its base on. */
enum {
  ENCODER_OUT,
  ENCODER_MARKS,
  ENCODER_FIRST,   /* the first object */
  ENCODER_NUMBERS, /* {object = number}, once there are two */
  ENCODER_OBJECTS, /* {number = object} */
  ENCODER_SLOTS
};

/* What an encoder remembers of each object. */
typedef struct Mark {
  lua_Integer holder; /* the object it was met in; 0: the values themselves */
  size_t hint; /* where a table's room for pairs is written; NO_HINT, NO_BODY */
} Mark;

/* No hint is there, as a message begins with a count. */
enum { NO_HINT, NO_BODY };

typedef struct Encoder {
  Buffer out;
  Buffer marks;
  int base;
  bool listed; /* whether `numbers` and `objects` are in use */
  bool key;    /* whether it was a key that was refused */
  lua_Integer met;
  lua_Integer holder;        /* the object being written */
  struct Parcelling *parcel; /* what a parcel needs beside that, or NULL */
} Encoder;

/* Writes the `count` values from index `first` on, and all that they refer to.
** False: pushes a refusal; `label` as in Place. The slots are made. */
bool encoder_put_values(lua_State *L, Encoder *e, int first, int count,
                        const char *label);

/* What follows the values. With `first` 0, the label is all that a path begins
** with. */
bool encoder_put_bodies(lua_State *L, Encoder *e, int first, int count,
                        const char *label);

/* Writes the table on the top, whatever its name. */
void encoder_put_table(lua_State *L, Encoder *e);

/* Writes the value on the top, which stays there; its body follows later. */
bool encoder_put(lua_State *L, Encoder *e);

/* Gives the object on the top its number. */
void encoder_add(lua_State *L, Encoder *e, size_t hint);

/* Puts `numbers` and `objects` to use. */
void encoder_list(lua_State *L, Encoder *e);

/* Pushes the object of that number. */
void encoder_push(lua_State *L, const Encoder *e, lua_Integer number);

/* The mark of an object by its number. */
static inline Mark encoder_mark(const Encoder *e, lua_Integer number) {
  Mark mark;
  memcpy(&mark, e->marks.bytes + (size_t)(number - 1) * sizeof mark,
         sizeof mark);
  return mark;
}

#endif
