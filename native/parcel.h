/* Parcels: what processes of one program send each other. A message
** (message.h), and what none but one's own processes may send: code.
**
** Sent, beside plain values:
** - Lua functions: bytecode, with the values of their upvalues. Upvalues that
**   functions of one parcel share stay shared.
** - the globals table, which becomes the receiver's. So does an _ENV that is an
**   empty table with a function as __index: a test framework's, most likely.
** - by name, to be required there: loaded modules and their direct fields that
**   are functions, userdata or tables; C functions in the globals table. A
**   table that a module got after the first parcel goes by value, perhaps.
** - metatables: by the name that parcel_register gives or a module gives, else
**   as any table.
** Else C functions, userdata and coroutines are refused.
**
** Both sides allocate, so finalisers may run meanwhile, and throw when memory
** runs out. All memory is Lua's. */
#ifndef PERILUNE_PARCEL_H
#define PERILUNE_PARCEL_H

#include <lua.h>
#include <stdbool.h>
#include <stddef.h>

enum {
  PARCEL_NEED = 8 << 10, /* bytes that a source must be able to put in a row */
  PARCEL_PIECE = 32 << 10, /* a string from here up is sent where it stands */
};

typedef struct ParcelPiece {
  const char *bytes;
  size_t size;
} ParcelPiece;

typedef struct Parcel {
  size_t size; /* of all pieces together */
  int count;
  const ParcelPiece *pieces;
} Parcel;

/* Before anything else here; a second time does nothing. */
void parcel_open(lua_State *L);

/* Pushes a sheet, a userdata that parcels are written on, one after another;
** its buffers are kept. A finaliser may write on it in the midst of a write. */
void parcel_sheet(lua_State *L);

/* Writes the `count` values from the absolute stack index `first` on. What it
** gives stands in the sheet, at an absolute index, until parcel_clear, another
** write or its death: send it before anything else happens in the state. False:
** pushes the refusal, "argument 2.items[3]: a coroutine cannot be sent", where
** `label` is "argument". */
bool parcel_write(lua_State *L, int sheet, int first, int count,
                  const char *label, Parcel *out);

/* The parcel that was last written on a sheet, while it stands there. Throws
** where the argument at that index is none. */
void parcel_of_sheet(lua_State *L, int sheet, Parcel *out);

/* Lets go of large strings and of a large buffer. Worth a call only after a
** parcel of several pieces, or a large one. */
void parcel_clear(lua_State *L, int sheet);

/* The same bytes, for nil, booleans, numbers and short strings that fit in
** `room`; returns how many, or 0 when parcel_write must be asked. Does not
** allocate or throw. */
size_t parcel_write_plain(lua_State *L, int first, int count, char *to,
                          size_t room);

/* Where the bytes of a parcel come from. */
typedef struct ParcelSource {
  const char *at;  /* the next byte; all before it may go */
  const char *end; /* of those that are there now, all of this parcel */
  size_t rest;     /* how many come after `end` */
  /* Puts at least `need` bytes in a row at `at`, and takes what it adds off
  ** `rest`. Asked for more than are there, and no more than PARCEL_NEED and
  ** there will be. False: they will never come. Must not throw. */
  bool (*more)(struct ParcelSource *source, size_t need);
  void *data;
} ParcelSource;

/* Pushes the values and returns how many. -1: pushes what is wrong, and the
** source may stand anywhere; the rest of the parcel must be skipped. It runs
** code: modules that are required. */
int parcel_read(lua_State *L, ParcelSource *source);

/* name, metatable -> nothing: a metatable that goes by that name, both ways. It
** is defined to who lacks it, as it is when it is first sent. Errors: the name
** or the metatable has been registered otherwise. */
int parcel_register(lua_State *L);

#endif
