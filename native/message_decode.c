/* Decoding, of bytes that nobody vouches for. */
#include <lauxlib.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "message.h"
#include "message_buffer.h"
#include "message_decoder.h"
#include "message_format.h"
#include "native/array.h"
#include "parcel_decoder.h"

enum { SLOTS = 16 };

bool decoder_fault(Decoder *d, const char *what) {
  d->fault = what;
  return false;
}

bool decoder_more(Decoder *d, size_t need) {
  if (need > decoder_left(d)) return decoder_fault(d, "it is cut short");
  return d->source->more(d->source, need) ||
         decoder_fault(d, "the rest of it did not come");
}

static inline bool take(Decoder *d, size_t size, const char **bytes) {
  if (size > decoder_here(d) && !decoder_more(d, size)) return false;
  *bytes = d->source->at;
  d->source->at += size;
  return true;
}

bool decoder_take(Decoder *d, size_t size, const char **bytes) {
  return take(d, size, bytes);
}

static inline bool take_byte(Decoder *d, int *byte) {
  const char *at;
  if (!take(d, 1, &at)) return false;
  *byte = (unsigned char)*at;
  return true;
}

static inline bool peek(Decoder *d, int *byte) {
  if (decoder_here(d) == 0 && !decoder_more(d, 1)) return false;
  *byte = (unsigned char)*d->source->at;
  return true;
}

bool decoder_peek(Decoder *d, int *byte) { return peek(d, byte); }

static inline bool take_count(Decoder *d, uint64_t *count) {
  int byte = 0x80;
  *count = 0;
  for (int shift = 0; byte & 0x80; shift += 7) {
    if (shift > 63) return decoder_fault(d, "a count is too long");
    if (!take_byte(d, &byte)) return false;
    *count |= (uint64_t)(byte & 0x7f) << shift;
  }
  return true;
}

bool decoder_take_count(Decoder *d, uint64_t *count) {
  return take_count(d, count);
}

static inline Number load_number(int tag, const char *at) {
  int8_t v8;
  int16_t v16;
  int32_t v32;
  Number v;
  switch (tag) {
  case INT8: memcpy(&v8, at, sizeof v8); return (Number){.integer = v8};
  case INT16: memcpy(&v16, at, sizeof v16); return (Number){.integer = v16};
  case INT32: memcpy(&v32, at, sizeof v32); return (Number){.integer = v32};
  default: memcpy(&v, at, sizeof v); return v;
  }
}

static inline void push_number(lua_State *L, int tag, const char *at) {
  Number v = load_number(tag, at);
  if (tag == FLOAT)
    lua_pushnumber(L, v.real);
  else
    lua_pushinteger(L, v.integer);
}

bool decoder_get_text(Decoder *d) {
  uint64_t size;
  const char *bytes;
  if (!take_count(d, &size)) return false;
  if (size > decoder_left(d)) return decoder_fault(d, "it is cut short");
  if (d->trusted && parcel_is_long(d, size)) return parcel_get_long(d, size);
  if (!take(d, size, &bytes)) return false;
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

void decoder_add(Decoder *d) {
  lua_State *L = d->L;
  int objects = d->base + DECODER_OBJECTS;
  if (++d->met == 1) {
    lua_pushvalue(L, -1);
    lua_replace(L, d->base + DECODER_FIRST);
    return;
  }
  if (d->met == 2) {
    lua_newtable(L);
    lua_replace(L, objects);
    lua_pushvalue(L, d->base + DECODER_FIRST);
    lua_rawseti(L, objects, 1);
  }
  lua_pushvalue(L, -1);
  lua_rawseti(L, objects, d->met);
}

void decoder_push(Decoder *d, lua_Integer number) {
  if (d->met == 1)
    lua_pushvalue(d->L, d->base + DECODER_FIRST);
  else
    lua_rawgeti(d->L, d->base + DECODER_OBJECTS, number);
}

static bool get_new_table(Decoder *d) {
  uint64_t items;
  int pairs;
  if (!take_count(d, &items) || !take_byte(d, &pairs)) return false;
  if (pairs > 63) return decoder_fault(d, "a table is too large");
  int list = room_from(d, items);
  int room = room_from(d, pairs ? UINT64_C(1) << (pairs - 1) : 0);
  if (d->met == 0 && d->expected)
    lua_pushvalue(d->L, d->expected);
  else
    lua_createtable(d->L, list, room);
  decoder_add(d);
  return true;
}

static bool get_reference(Decoder *d) {
  uint64_t number;
  if (!take_count(d, &number)) return false;
  if (number == 0 || number > (uint64_t)d->met)
    return decoder_fault(d, "it refers to a table that it lacks");
  decoder_push(d, (lua_Integer)number);
  return true;
}

bool decoder_get(Decoder *d) {
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
  case STRING: return decoder_get_text(d);
  case TABLE: return get_new_table(d);
  case REF: return get_reference(d);
  default:
    if (d->trusted) return parcel_get_object(d, tag);
    return decoder_fault(d, "it has an unknown tag");
  }
}

/* Where in the list on the top, which nobody else has, a run may be written. */
static ArrayItem *run_room(Decoder *d, lua_Integer n, int length) {
  size_t room = array_of(d->L, -1).length;
  if (room < (size_t)n + (size_t)length) return NULL;
  ArrayItem *items = array_room(d->L, -1, room);
  return items ? items + n : NULL;
}

static inline void set_items(ArrayItem *items, int tag, int length,
                             const char *at) {
  size_t size = number_size(tag);
  for (int i = 0; i < length; i++, at += size) {
    Number v = load_number(tag, at);
    memcpy(&items[i].payload, &v, sizeof v);
    items[i].type = tag == FLOAT ? ARRAY_FLOAT : ARRAY_INTEGER;
  }
}

/* A loop for each tag. */
static void set_run(ArrayItem *items, int tag, int length, const char *at) {
  switch (tag) {
  case INT8: set_items(items, INT8, length, at); break;
  case INT16: set_items(items, INT16, length, at); break;
  case INT32: set_items(items, INT32, length, at); break;
  case INT64: set_items(items, INT64, length, at); break;
  default: set_items(items, FLOAT, length, at); break;
  }
}

static void add_run(lua_State *L, int tag, int length, const char *at,
                    lua_Integer n) {
  size_t size = number_size(tag);
  for (int i = 1; i <= length; i++, at += size) {
    push_number(L, tag, at);
    lua_rawseti(L, -2, n + i);
  }
}

/* Adds a run to the `n` items of the table on the top. */
static bool get_run(Decoder *d, int tag, lua_Integer *n) {
  int length;
  const char *at;
  if (tag < INT8 || tag > FLOAT)
    return decoder_fault(d, "it has an unknown tag");
  size_t size = number_size(tag);
  if (!take_byte(d, &length) || !take(d, size * (size_t)length, &at))
    return false;
  ArrayItem *items = run_room(d, *n, length);
  if (items)
    set_run(items, tag, length, at);
  else
    add_run(d->L, tag, length, at, *n);
  *n += length;
  return true;
}

/* Whether the value on the top may be a key. */
static bool is_key(lua_State *L) {
  if (lua_type(L, -1) != LUA_TNUMBER) return !lua_isnil(L, -1);
  return lua_rawequal(L, -1, -1);
}

static bool get_pairs(Decoder *d) {
  int tag;
  while (peek(d, &tag)) {
    if (tag == END || tag == META) return true;
    if (!decoder_get(d)) return false;
    if (!is_key(d->L)) return decoder_fault(d, "a key is nil or not a number");
    if (!decoder_get(d)) return false;
    lua_rawset(d->L, -3);
  }
  return false;
}

/* Fills the table on the top. */
static bool get_table_body(Decoder *d) {
  lua_Integer n = 0;
  int tag;
  while (peek(d, &tag)) {
    if (tag == END) return true;
    if (tag == META && d->trusted) return parcel_get_metatable(d);
    if (tag == PAIRS) {
      d->source->at++;
      if (!get_pairs(d)) return false;
    } else if (tag & RUN) {
      d->source->at++;
      if (!get_run(d, tag & ~RUN, &n)) return false;
    } else {
      if (!decoder_get(d)) return false;
      lua_rawseti(d->L, -2, ++n);
    }
  }
  return false;
}

static bool get_body(Decoder *d) {
  int tag;
  decoder_push(d, d->filled + 1);
  bool got = lua_istable(d->L, -1) ? get_table_body(d) : parcel_get_upvalues(d);
  if (!got || !take_byte(d, &tag)) return false;
  if (tag != END) return decoder_fault(d, "it has an unknown tag");
  lua_pop(d->L, 1);
  return true;
}

bool decoder_get_values(Decoder *d, uint64_t *count) {
  if (!take_count(d, count)) return false;
  if (*count > decoder_left(d)) return decoder_fault(d, "it is cut short");
  if (*count > INT_MAX - SLOTS || !lua_checkstack(d->L, (int)*count + SLOTS))
    return decoder_fault(d, "it has too many values");
  for (uint64_t i = 0; i < *count; i++)
    if (!decoder_get(d)) return false;
  for (; d->filled < d->met; d->filled++)
    if (!get_body(d)) return false;
  return true;
}

static bool decode(Decoder *d, uint64_t *count) {
  if (!decoder_get_values(d, count)) return false;
  return decoder_left(d) == 0 || decoder_fault(d, "bytes are left over");
}

int message_decode(lua_State *L, const char *bytes, size_t size) {
  uint64_t count;
  message_need_stack(L, DECODER_SLOTS + SLOTS);
  ParcelSource source = {.at = bytes, .end = bytes + size};
  Decoder d = {
      .L = L, .source = &source, .base = lua_gettop(L) + 1, .room = size};
  lua_settop(L, d.base + DECODER_SLOTS - 1);
  if (decode(&d, &count)) {
    lua_rotate(L, d.base, -DECODER_SLOTS);
    lua_pop(L, DECODER_SLOTS);
    return (int)count;
  }
  lua_settop(L, d.base - 1);
  lua_pushfstring(L, "not a message: %s", d.fault);
  return -1;
}
