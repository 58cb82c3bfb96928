/* Decoding, of bytes that nobody vouches for. */
#include <lauxlib.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "message.h"
#include "message_format.h"

enum { SLOTS = 16 };

typedef struct Decoder {
  lua_State *L;
  const char *at;
  const char *end;
  int tables; /* stack index of {number = table} */
  lua_Integer met;
  size_t room; /* how many slots may still be made before they are filled */
  const char *fault;
} Decoder;

static bool fault(Decoder *d, const char *what) {
  d->fault = what;
  return false;
}

static size_t left(const Decoder *d) { return (size_t)(d->end - d->at); }

static bool take(Decoder *d, size_t size, const char **bytes) {
  if (size > left(d)) return fault(d, "it is cut short");
  *bytes = d->at;
  d->at += size;
  return true;
}

static bool take_byte(Decoder *d, int *byte) {
  const char *at;
  if (!take(d, 1, &at)) return false;
  *byte = (unsigned char)*at;
  return true;
}

static bool take_count(Decoder *d, uint64_t *count) {
  int byte = 0x80;
  *count = 0;
  for (int shift = 0; byte & 0x80; shift += 7) {
    if (shift > 63) return fault(d, "a count is too long");
    if (!take_byte(d, &byte)) return false;
    *count |= (uint64_t)(byte & 0x7f) << shift;
  }
  return true;
}

static void push_number(lua_State *L, int tag, const char *at) {
  int8_t v8;
  int16_t v16;
  int32_t v32;
  Number v;
  switch (tag) {
  case INT8:
    memcpy(&v8, at, sizeof v8);
    lua_pushinteger(L, v8);
    break;
  case INT16:
    memcpy(&v16, at, sizeof v16);
    lua_pushinteger(L, v16);
    break;
  case INT32:
    memcpy(&v32, at, sizeof v32);
    lua_pushinteger(L, v32);
    break;
  case INT64:
    memcpy(&v, at, sizeof v);
    lua_pushinteger(L, v.integer);
    break;
  default:
    memcpy(&v, at, sizeof v);
    lua_pushnumber(L, v.real);
    break;
  }
}

static bool get_string(Decoder *d) {
  uint64_t size;
  const char *bytes;
  if (!take_count(d, &size) || !take(d, size, &bytes)) return false;
  lua_pushlstring(d->L, bytes, size);
  return true;
}

/* A hint is worth what the bytes can still hold: all tables share that. */
static int room_from(Decoder *d, uint64_t hint) {
  size_t room = hint < d->room ? hint : d->room;
  if (room > INT_MAX / 2) room = INT_MAX / 2;
  d->room -= room;
  return (int)room;
}

static bool get_new_table(Decoder *d) {
  uint64_t items;
  int pairs;
  if (!take_count(d, &items) || !take_byte(d, &pairs)) return false;
  if (pairs > 63) return fault(d, "a table is too large");
  int list = room_from(d, items);
  int room = room_from(d, pairs ? UINT64_C(1) << (pairs - 1) : 0);
  if (d->met == 0) {
    lua_newtable(d->L);
    lua_replace(d->L, d->tables);
  }
  lua_createtable(d->L, list, room);
  lua_pushvalue(d->L, -1);
  lua_rawseti(d->L, d->tables, ++d->met);
  return true;
}

static bool get_reference(Decoder *d) {
  uint64_t number;
  if (!take_count(d, &number)) return false;
  if (number == 0 || number > (uint64_t)d->met)
    return fault(d, "it refers to a table that it lacks");
  lua_rawgeti(d->L, d->tables, (lua_Integer)number);
  return true;
}

/* Pushes the next value. */
static bool get_value(Decoder *d) {
  int tag;
  const char *at;
  if (!take_byte(d, &tag)) return false;
  switch (tag) {
  case NIL: lua_pushnil(d->L); return true;
  case FALSE:
  case TRUE: lua_pushboolean(d->L, tag == TRUE); return true;
  case INT8:
  case INT16:
  case INT32:
  case INT64:
  case FLOAT:
    if (!take(d, number_size(tag), &at)) return false;
    push_number(d->L, tag, at);
    return true;
  case STRING: return get_string(d);
  case TABLE: return get_new_table(d);
  case REF: return get_reference(d);
  default: return fault(d, "it has an unknown tag");
  }
}

/* Adds a run to the `n` items of the table on the top. */
static bool get_run(Decoder *d, int tag, lua_Integer *n) {
  int length;
  const char *at;
  if (tag < INT8 || tag > FLOAT) return fault(d, "it has an unknown tag");
  size_t size = number_size(tag);
  if (!take_byte(d, &length) || !take(d, size * (size_t)length, &at))
    return false;
  for (int i = 0; i < length; i++, at += size) {
    push_number(d->L, tag, at);
    lua_rawseti(d->L, -2, ++*n);
  }
  return true;
}

/* Whether the value on the top may be a key. */
static bool is_key(lua_State *L) {
  if (lua_type(L, -1) != LUA_TNUMBER) return !lua_isnil(L, -1);
  return lua_rawequal(L, -1, -1);
}

static bool get_pairs(Decoder *d) {
  while (d->at < d->end && *d->at != END) {
    if (!get_value(d)) return false;
    if (!is_key(d->L)) return fault(d, "a key is nil or not a number");
    if (!get_value(d)) return false;
    lua_rawset(d->L, -3);
  }
  return true;
}

/* Fills the table on the top. */
static bool get_body(Decoder *d) {
  lua_Integer n = 0;
  int tag = NIL;
  while (d->at < d->end && (tag = (unsigned char)*d->at) != END) {
    if (tag == PAIRS) {
      d->at++;
      if (!get_pairs(d)) return false;
    } else if (tag & RUN) {
      d->at++;
      if (!get_run(d, tag & ~RUN, &n)) return false;
    } else {
      if (!get_value(d)) return false;
      lua_rawseti(d->L, -2, ++n);
    }
  }
  return take_byte(d, &tag);
}

static bool decode(Decoder *d, uint64_t *count) {
  if (!take_count(d, count)) return false;
  if (*count > left(d)) return fault(d, "it is cut short");
  if (*count > INT_MAX - SLOTS || !lua_checkstack(d->L, (int)*count + SLOTS))
    return fault(d, "it has too many values");
  for (uint64_t i = 0; i < *count; i++)
    if (!get_value(d)) return false;
  for (lua_Integer i = 1; i <= d->met; i++) {
    lua_rawgeti(d->L, d->tables, i);
    if (!get_body(d)) return false;
    lua_pop(d->L, 1);
  }
  return d->at == d->end || fault(d, "bytes are left over");
}

int message_decode(lua_State *L, const char *bytes, size_t size) {
  uint64_t count;
  luaL_checkstack(L, SLOTS, NULL);
  lua_pushnil(L);
  Decoder d = {.L = L,
               .at = bytes,
               .end = bytes + size,
               .tables = lua_gettop(L),
               .room = size};
  if (decode(&d, &count)) {
    lua_remove(L, d.tables);
    return (int)count;
  }
  lua_settop(L, d.tables - 1);
  lua_pushfstring(L, "not a message: %s", d.fault);
  return -1;
}
