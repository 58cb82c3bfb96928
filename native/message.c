/* Encoding. */
#include "message.h"

#include <lauxlib.h>
#include <stdbool.h>
#include <stdint.h>

#include "message_encoder.h"
#include "message_format.h"
#include "message_path.h"
#include "native/array.h"
#include "parcel_encoder.h"

enum {
  RUN_LENGTH = 255,
  HOLES = 8,
  SLOTS = 24,
};

/* Numbers that follow each other in a list. */
typedef struct Run {
  int tag; /* the widest of them */
  int length;
  Number items[RUN_LENGTH];
} Run;

static void put_number(Buffer *out, int tag, Number v) {
  char *at = buffer_reserve(out, 1 + sizeof v);
  *at = (char)tag;
  store_number(at + 1, tag, v);
  out->used += 1 + number_size(tag);
}

/* Not in the plain form: what is sent in pieces. */
static bool is_piece(const Encoder *e, size_t size) {
  return e->parcel && !e->parcel->whole && size >= PARCEL_PIECE;
}

static void put_string(lua_State *L, Encoder *e, int index) {
  size_t size;
  Buffer *out = &e->out;
  const char *bytes = lua_tolstring(L, index, &size);
  bool piece = is_piece(e, size);
  size_t here = piece ? 0 : size;
  char *at = buffer_reserve(out, 1 + VARINT_SIZE + here);
  *at = STRING;
  at = write_count(at + 1, size);
  if (here) memcpy(at, bytes, here);
  out->used = (size_t)(at + here - out->bytes);
  if (piece) parcel_put_piece(L, e, index);
}

void encoder_list(lua_State *L, Encoder *e) {
  if (e->listed) return;
  if (e->parcel) parcel_begin_list(L, e);
  if (lua_isnil(L, e->base + ENCODER_OBJECTS)) {
    lua_newtable(L);
    lua_replace(L, e->base + ENCODER_NUMBERS);
    lua_newtable(L);
    lua_replace(L, e->base + ENCODER_OBJECTS);
  }
  e->listed = true;
  lua_pushvalue(L, e->base + ENCODER_FIRST);
  lua_rawseti(L, e->base + ENCODER_OBJECTS, 1);
  lua_pushvalue(L, e->base + ENCODER_FIRST);
  lua_pushinteger(L, 1);
  lua_rawset(L, e->base + ENCODER_NUMBERS);
}

void encoder_add(lua_State *L, Encoder *e, size_t hint) {
  Mark mark = {.holder = e->holder, .hint = hint};
  put_bytes(&e->marks, &mark, sizeof mark);
  if (e->met == 0) {
    lua_pushvalue(L, -1);
    lua_replace(L, e->base + ENCODER_FIRST);
  } else {
    encoder_list(L, e);
  }
  ++e->met;
  if (!e->listed) return;
  lua_pushvalue(L, -1);
  lua_rawseti(L, e->base + ENCODER_OBJECTS, e->met);
  lua_pushvalue(L, -1);
  lua_pushinteger(L, e->met);
  lua_rawset(L, e->base + ENCODER_NUMBERS);
}

void encoder_push(lua_State *L, const Encoder *e, lua_Integer number) {
  if (e->listed)
    lua_rawgeti(L, e->base + ENCODER_OBJECTS, number);
  else
    lua_pushvalue(L, e->base + ENCODER_FIRST);
}

/* The number of the object on the top; 0 if it is new. */
static lua_Integer number_of(lua_State *L, const Encoder *e) {
  if (!e->listed)
    return e->met && lua_rawequal(L, -1, e->base + ENCODER_FIRST) ? 1 : 0;
  lua_pushvalue(L, -1);
  lua_rawget(L, e->base + ENCODER_NUMBERS);
  lua_Integer number = lua_tointeger(L, -1);
  lua_pop(L, 1);
  return number;
}

void encoder_put_table(lua_State *L, Encoder *e) {
  put_byte(&e->out, TABLE);
  put_count(&e->out, lua_rawlen(L, -1));
  put_byte(&e->out, 0);
  encoder_add(L, e, e->out.used - 1);
}

static bool put_object(lua_State *L, Encoder *e) {
  lua_Integer number = number_of(L, e);
  if (number != 0) {
    put_byte(&e->out, REF);
    put_count(&e->out, (uint64_t)number);
    return true;
  }
  if (e->parcel && parcel_put_name(L, e)) return true;
  if (!lua_istable(L, -1)) return parcel_put_function(L, e);
  encoder_put_table(L, e);
  return true;
}

bool encoder_put(lua_State *L, Encoder *e) {
  int tag;
  Number number;
  switch (lua_type(L, -1)) {
  case LUA_TNIL: put_byte(&e->out, NIL); return true;
  case LUA_TBOOLEAN:
    put_byte(&e->out, lua_toboolean(L, -1) ? TRUE : FALSE);
    return true;
  case LUA_TNUMBER:
    number = number_at(L, -1, &tag);
    put_number(&e->out, tag, number);
    return true;
  case LUA_TSTRING: put_string(L, e, -1); return true;
  case LUA_TTABLE: return put_object(L, e);
  case LUA_TFUNCTION:
  case LUA_TUSERDATA: return e->parcel && put_object(L, e);
  default: return false;
  }
}

static inline void store_run(char *at, int tag, const Run *run) {
  size_t size = number_size(tag);
  for (int i = 0; i < run->length; i++, at += size)
    store_number(at, tag, run->items[i]);
}

/* A loop for each tag. */
static void store_tagged(char *at, const Run *run) {
  switch (run->tag) {
  case INT8: store_run(at, INT8, run); break;
  case INT16: store_run(at, INT16, run); break;
  case INT32: store_run(at, INT32, run); break;
  default: store_run(at, INT64, run); break;
  }
}

static void flush_run(Buffer *out, Run *run) {
  size_t size = number_size(run->tag);
  if (run->length == 1) put_number(out, run->tag, run->items[0]);
  if (run->length > 1) {
    char *at = buffer_reserve(out, 2 + size * (size_t)run->length);
    *at++ = (char)(RUN | run->tag);
    *at++ = (char)run->length;
    store_tagged(at, run);
    out->used = (size_t)(at - out->bytes) + size * (size_t)run->length;
  }
  run->length = 0;
  run->tag = INT8;
}

/* Whether the number, of that tag, was added; else the run is to be flushed. */
static inline bool add_to_run(Run *run, int tag, Number number) {
  bool fits = (tag == FLOAT) == (run->tag == FLOAT);
  if (run->length == RUN_LENGTH || (run->length > 0 && !fits)) return false;
  if (run->length == 0 || tag > run->tag) run->tag = tag;
  run->items[run->length++] = number;
  return true;
}

/* A table's body under way. */
typedef struct Body {
  Run run;
  lua_Integer n;      /* items written, or in the run */
  lua_Integer length; /* a border of the table */
} Body;

static void put_run_number(Encoder *e, Body *body, int tag, Number number) {
  if (!add_to_run(&body->run, tag, number)) {
    flush_run(&e->out, &body->run);
    add_to_run(&body->run, tag, number);
  }
}

/* Whether item `key` may follow; writes the nils of a few holes before it. */
static bool continues(Encoder *e, Body *body, lua_Integer key) {
  if (key == body->n + 1) return true;
  if (key <= body->n || key > body->length || key - body->n > body->n + HOLES)
    return false;
  flush_run(&e->out, &body->run);
  for (lua_Integer i = body->n + 1; i < key; i++) put_byte(&e->out, NIL);
  return true;
}

/* Writes the value on the top as the next item. */
static bool put_item(lua_State *L, Encoder *e, Body *body) {
  if (lua_type(L, -1) == LUA_TNUMBER) {
    int tag;
    Number number = number_at(L, -1, &tag);
    put_run_number(e, body, tag, number);
    return true;
  }
  flush_run(&e->out, &body->run);
  return encoder_put(L, e);
}

static bool is_nil(const ArrayItem *item) {
  return (item->type & 0x0f) == LUA_TNIL;
}

static bool item_number(const ArrayItem *item, int *tag, Number *number) {
  memcpy(number, &item->payload, sizeof *number);
  if (item->type == ARRAY_INTEGER)
    *tag = integer_tag(number->integer);
  else if (item->type == ARRAY_FLOAT)
    *tag = FLOAT;
  else
    return false;
  return true;
}

/* Adds numbers of the array part to the run, from item n + 1 on. */
static void run_on(Array array, Body *body) {
  int tag;
  Number number;
  for (size_t i = (size_t)body->n; i < array.length; i++) {
    if (!item_number(&array.items[i], &tag, &number)) return;
    if (!add_to_run(&body->run, tag, number)) return;
    body->n++;
  }
}

/* Writes the items of the array part, which is looked for again wherever
** something was allocated. False: refused, and the pair is on the stack. */
static bool put_array(lua_State *L, Encoder *e, int table, Body *body) {
  Array array = array_of(L, table);
  while ((size_t)body->n < array.length) {
    run_on(array, body);
    size_t i = (size_t)body->n;
    while (i < array.length && is_nil(&array.items[i])) i++;
    if (i >= array.length) return true;
    lua_Integer key = (lua_Integer)i + 1;
    if (!continues(e, body, key)) return true;
    lua_pushinteger(L, key);
    lua_rawgeti(L, table, key);
    if (!put_item(L, e, body)) return false;
    lua_pop(L, 2);
    body->n = key;
    array = array_of(L, table);
  }
  return true;
}

typedef enum Walk { ENDED, AT_PAIR, REFUSED } Walk;

/* Follows lua_next for as long as its keys are those of a list. Leaves the pair
** where it stopped on the stack. */
static Walk put_items(lua_State *L, Encoder *e, int table) {
  Body body; /* its room for a run is not worth clearing */
  body.run.tag = INT8;
  body.run.length = 0;
  body.n = 0;
  body.length = (lua_Integer)lua_rawlen(L, table);
  if (!put_array(L, e, table, &body)) return REFUSED;
  Walk walk = ENDED;
  if (body.n == 0)
    lua_pushnil(L);
  else
    lua_pushinteger(L, body.n);
  while (walk == ENDED && lua_next(L, table)) {
    lua_Integer key = lua_isinteger(L, -2) ? lua_tointeger(L, -2) : 0;
    if (!continues(e, &body, key)) {
      walk = AT_PAIR;
    } else if (!put_item(L, e, &body)) {
      walk = REFUSED;
    } else {
      body.n = key;
      lua_pop(L, 1);
    }
  }
  flush_run(&e->out, &body.run);
  return walk;
}

static bool put_key(lua_State *L, Encoder *e) {
  if (lua_type(L, -2) == LUA_TSTRING) {
    put_string(L, e, -2);
    return true;
  }
  lua_pushvalue(L, -2);
  e->key = !encoder_put(L, e);
  lua_pop(L, 1);
  return !e->key;
}

/* Writes the pair on the stack and those after it. */
static Walk put_pairs(lua_State *L, Encoder *e, int table, uint64_t *count) {
  put_byte(&e->out, PAIRS);
  do {
    ++*count;
    if (!put_key(L, e) || !encoder_put(L, e)) return REFUSED;
    lua_pop(L, 1);
  } while (lua_next(L, table));
  return ENDED;
}

static int room_for(uint64_t pairs) {
  if (pairs == 0) return 0;
  int room = 1;
  while ((UINT64_C(1) << (room - 1)) < pairs) room++;
  return room;
}

/* Writes the body of the table on the top; false: the pair that was refused is
** on the stack. */
static bool put_table_body(lua_State *L, Encoder *e, size_t hint) {
  uint64_t pairs = 0;
  int table = lua_gettop(L);
  Walk walk = put_items(L, e, table);
  if (walk == AT_PAIR) walk = put_pairs(L, e, table, &pairs);
  if (walk == REFUSED) return false;
  e->out.bytes[hint] = (char)room_for(pairs);
  if (e->parcel && lua_getmetatable(L, table)) {
    put_byte(&e->out, META);
    encoder_put(L, e);
    lua_pop(L, 1);
  }
  return true;
}

static bool put_body(lua_State *L, Encoder *e) {
  Mark mark = encoder_mark(e, e->holder);
  if (mark.hint != NO_BODY) {
    encoder_push(L, e, e->holder);
    bool sent = lua_istable(L, -1) ? put_table_body(L, e, mark.hint)
                                   : parcel_put_upvalues(L, e);
    if (!sent) return false;
    lua_pop(L, 1);
  }
  put_byte(&e->out, END);
  return true;
}

bool encoder_put_values(lua_State *L, Encoder *e, int first, int count,
                        const char *label) {
  put_count(&e->out, (uint64_t)count);
  for (int i = first; i < first + count; i++) {
    lua_pushvalue(L, i);
    if (!encoder_put(L, e)) {
      message_refuse_value(L, i - first + 1, label);
      return false;
    }
    lua_pop(L, 1);
  }
  return encoder_put_bodies(L, e, first, count, label);
}

bool encoder_put_bodies(lua_State *L, Encoder *e, int first, int count,
                        const char *label) {
  for (e->holder = 1; e->holder <= e->met; e->holder++) {
    if (!put_body(L, e)) {
      message_refuse_pair(L, e, first, count, label);
      return false;
    }
  }
  return true;
}

const char *message_encode(lua_State *L, int first, int count, size_t *size) {
  message_need_stack(L, ENCODER_SLOTS + SLOTS);
  int base = lua_gettop(L) + 1;
  lua_settop(L, base + ENCODER_SLOTS - 1);
  Encoder e = {.out = {.L = L, .slot = base + ENCODER_OUT},
               .marks = {.L = L, .slot = base + ENCODER_MARKS},
               .base = base};
  bool sent = encoder_put_values(L, &e, first, count, NULL);
  if (!sent) lua_replace(L, base);
  lua_settop(L, base);
  *size = e.out.used;
  return sent ? e.out.bytes : NULL;
}
