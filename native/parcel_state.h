/* What parcels know in a Lua state: names, and how long strings are made. */
#ifndef PERILUNE_PARCEL_STATE_H
#define PERILUNE_PARCEL_STATE_H

#include <lua.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* User values of the state. */
enum {
  STATE_INDEX = 1,  /* {object = what is written for it}, weak keys, or nil */
  STATE_LOADED,     /* package.loaded */
  STATE_NAMES,      /* {name = registered metatable} */
  STATE_REGISTERED, /* {registered metatable = name} */
  STATE_COPIES,     /* {registered metatable = {definition, metatable...}} */
  STATE_VALUES = STATE_COPIES
};

/* A dumped function `return <long string>`, before and after the string. */
typedef struct StringTemplate {
  bool works;
  size_t head, tail;
  char bytes[256];
} StringTemplate;

typedef struct ParcelState {
  uint64_t loaded; /* parcel_sum of when the index was made, */
  uint64_t held;   /* and the deep one */
  StringTemplate string;
} ParcelState;

/* Pushes the state's, a userdata. */
ParcelState *parcel_push_state(lua_State *L);

/* Tries how long strings can be made. */
void parcel_open_strings(lua_State *L, StringTemplate *string);

/* Makes the metatable of sheets. */
void parcel_open_sheets(lua_State *L);

/* Registers the name and the metatable on the top, and pops them. */
void parcel_set_registered(lua_State *L, int state);

#endif
