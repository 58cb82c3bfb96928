/* Encoding. */
#include "message.h"

#include <lauxlib.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "message_format.h"
#include "message_path.h"

enum {
  RUN_LENGTH = 255,
  HOLES = 8,
  FIRST_CAPACITY = 512,
  VARINT_SIZE = 10,
  SLOTS = 16,
};

/* A growing userdata at the stack index `slot`. */
typedef struct Buffer {
  lua_State *L;
  int slot;
  char *bytes;
  size_t used;
  size_t capacity;
} Buffer;

static void buffer_grow(Buffer *buffer, size_t more) {
  size_t capacity = buffer->used + more;
  if (capacity < buffer->capacity * 2) capacity = buffer->capacity * 2;
  if (capacity < FIRST_CAPACITY) capacity = FIRST_CAPACITY;
  char *bytes = lua_newuserdatauv(buffer->L, capacity, 0);
  if (buffer->used) memcpy(bytes, buffer->bytes, buffer->used);
  lua_replace(buffer->L, buffer->slot);
  buffer->bytes = bytes;
  buffer->capacity = capacity;
}

static inline char *reserve(Buffer *buffer, size_t size) {
  if (buffer->capacity - buffer->used < size) buffer_grow(buffer, size);
  return buffer->bytes + buffer->used;
}

static inline void put_bytes(Buffer *buffer, const void *bytes, size_t size) {
  char *at = reserve(buffer, size);
  if (size) memcpy(at, bytes, size);
  buffer->used += size;
}

static inline void put_byte(Buffer *buffer, int byte) {
  *reserve(buffer, 1) = (char)byte;
  buffer->used++;
}

static void put_count(Buffer *buffer, uint64_t count) {
  char *at = reserve(buffer, VARINT_SIZE);
  for (; count >= 0x80; count >>= 7) *at++ = (char)(count | 0x80);
  *at++ = (char)count;
  buffer->used = (size_t)(at - buffer->bytes);
}

typedef struct Encoder {
  Buffer out;
  Buffer marks;
  int numbers; /* stack index of {table = number} */
  int tables;  /* and of {number = table}, from 1 */
  lua_Integer met;
  lua_Integer holder; /* the table being written */
} Encoder;

/* Numbers that follow each other in a list. */
typedef struct Run {
  int tag; /* the widest of them */
  int length;
  Number items[RUN_LENGTH];
} Run;

static int integer_tag(lua_Integer v) {
  if (v == (int8_t)v) return INT8;
  if (v == (int16_t)v) return INT16;
  if (v == (int32_t)v) return INT32;
  return INT64;
}

/* Puts the tag of the number on the top into `tag`. */
static Number get_number(lua_State *L, int *tag) {
  if (lua_isinteger(L, -1)) {
    Number number = {.integer = lua_tointeger(L, -1)};
    *tag = integer_tag(number.integer);
    return number;
  }
  *tag = FLOAT;
  return (Number){.real = lua_tonumber(L, -1)};
}

static inline void store_number(char *at, int tag, Number v) {
  int8_t v8 = (int8_t)v.integer;
  int16_t v16 = (int16_t)v.integer;
  int32_t v32 = (int32_t)v.integer;
  switch (tag) {
  case INT8: memcpy(at, &v8, sizeof v8); break;
  case INT16: memcpy(at, &v16, sizeof v16); break;
  case INT32: memcpy(at, &v32, sizeof v32); break;
  default: memcpy(at, &v, sizeof v); break;
  }
}

static void put_number(Buffer *out, int tag, Number v) {
  char *at = reserve(out, 1 + sizeof v);
  *at = (char)tag;
  store_number(at + 1, tag, v);
  out->used += 1 + number_size(tag);
}

static void put_string(lua_State *L, Buffer *out) {
  size_t size;
  const char *bytes = lua_tolstring(L, -1, &size);
  put_byte(out, STRING);
  put_count(out, size);
  put_bytes(out, bytes, size);
}

static void put_new_table(lua_State *L, Encoder *e) {
  put_byte(&e->out, TABLE);
  put_count(&e->out, lua_rawlen(L, -1));
  Mark mark = {.holder = e->holder, .hint = e->out.used};
  put_byte(&e->out, 0);
  put_bytes(&e->marks, &mark, sizeof mark);
  lua_pushvalue(L, -1);
  lua_rawseti(L, e->tables, ++e->met);
  lua_pushvalue(L, -1);
  lua_pushinteger(L, e->met);
  lua_rawset(L, e->numbers);
}

static void open_tables(lua_State *L, Encoder *e) {
  lua_newtable(L);
  lua_replace(L, e->numbers);
  lua_newtable(L);
  lua_replace(L, e->tables);
}

static void put_table(lua_State *L, Encoder *e) {
  if (e->met == 0) open_tables(L, e);
  lua_pushvalue(L, -1);
  lua_rawget(L, e->numbers);
  lua_Integer number = lua_tointeger(L, -1);
  lua_pop(L, 1);
  if (number == 0) {
    put_new_table(L, e);
  } else {
    put_byte(&e->out, REF);
    put_count(&e->out, (uint64_t)number);
  }
}

/* Writes the value on the top, which stays there. */
static bool put_value(lua_State *L, Encoder *e) {
  int tag;
  Number number;
  switch (lua_type(L, -1)) {
  case LUA_TNIL: put_byte(&e->out, NIL); return true;
  case LUA_TBOOLEAN:
    put_byte(&e->out, lua_toboolean(L, -1) ? TRUE : FALSE);
    return true;
  case LUA_TNUMBER:
    number = get_number(L, &tag);
    put_number(&e->out, tag, number);
    return true;
  case LUA_TSTRING: put_string(L, &e->out); return true;
  case LUA_TTABLE: put_table(L, e); return true;
  default: return false;
  }
}

static void flush_run(Buffer *out, Run *run) {
  size_t size = number_size(run->tag);
  if (run->length == 1) put_number(out, run->tag, run->items[0]);
  if (run->length > 1) {
    char *at = reserve(out, 2 + size * (size_t)run->length);
    *at++ = (char)(RUN | run->tag);
    *at++ = (char)run->length;
    for (int i = 0; i < run->length; i++, at += size)
      store_number(at, run->tag, run->items[i]);
    out->used = (size_t)(at - out->bytes);
  }
  run->length = 0;
  run->tag = INT8;
}

static void add_to_run(lua_State *L, Buffer *out, Run *run) {
  int tag;
  Number number = get_number(L, &tag);
  bool fits = (tag == FLOAT) == (run->tag == FLOAT);
  if (run->length == RUN_LENGTH || (run->length > 0 && !fits))
    flush_run(out, run);
  if (run->length == 0 || tag > run->tag) run->tag = tag;
  run->items[run->length++] = number;
}

/* Whether the key below the top continues a list of `n` items of which the
** length is `length`; writes the nils of a few holes before it. */
static bool continues(lua_State *L, Encoder *e, Run *run, lua_Integer n,
                      lua_Integer length) {
  if (!lua_isinteger(L, -2)) return false;
  lua_Integer key = lua_tointeger(L, -2);
  if (key == n + 1) return true;
  if (key <= n || key > length || key - n > n + HOLES) return false;
  flush_run(&e->out, run);
  for (lua_Integer i = n + 1; i < key; i++) put_byte(&e->out, NIL);
  return true;
}

typedef enum Walk { ENDED, AT_PAIR, REFUSED } Walk;

/* Follows lua_next for as long as its keys are those of a list. Leaves the pair
** where it stopped on the stack. */
static Walk put_items(lua_State *L, Encoder *e, int table) {
  Run run = {.tag = INT8};
  lua_Integer length = (lua_Integer)lua_rawlen(L, table);
  lua_Integer n = 0;
  Walk walk = ENDED;
  lua_pushnil(L);
  while (walk == ENDED && lua_next(L, table)) {
    if (!continues(L, e, &run, n, length)) {
      walk = AT_PAIR;
    } else if (lua_type(L, -1) == LUA_TNUMBER) {
      add_to_run(L, &e->out, &run);
    } else {
      flush_run(&e->out, &run);
      if (!put_value(L, e)) walk = REFUSED;
    }
    if (walk == ENDED) {
      n = lua_tointeger(L, -2);
      lua_pop(L, 1);
    }
  }
  flush_run(&e->out, &run);
  return walk;
}

/* Writes the pair on the stack and those after it. */
static Walk put_pairs(lua_State *L, Encoder *e, int table, uint64_t *count) {
  put_byte(&e->out, PAIRS);
  do {
    ++*count;
    lua_pushvalue(L, -2);
    bool sent = put_value(L, e);
    lua_pop(L, 1);
    if (!sent || !put_value(L, e)) return REFUSED;
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

static bool put_body(lua_State *L, Encoder *e) {
  uint64_t pairs = 0;
  lua_rawgeti(L, e->tables, e->holder);
  int table = lua_gettop(L);
  Walk walk = put_items(L, e, table);
  if (walk == AT_PAIR) walk = put_pairs(L, e, table, &pairs);
  if (walk == REFUSED) return false;
  put_byte(&e->out, END);
  Mark mark = message_mark(e->marks.bytes, e->holder);
  e->out.bytes[mark.hint] = (char)room_for(pairs);
  lua_settop(L, table - 1);
  return true;
}

static bool put_values(lua_State *L, Encoder *e, int first, int count) {
  put_count(&e->out, (uint64_t)count);
  for (int i = first; i < first + count; i++) {
    lua_pushvalue(L, i);
    if (!put_value(L, e)) {
      lua_pushfstring(L, "value %d: a %s cannot be sent", i - first + 1,
                      message_kind(L, -1));
      return false;
    }
    lua_pop(L, 1);
  }
  return true;
}

static bool put_bodies(lua_State *L, Encoder *e, int first, int count) {
  for (e->holder = 1; e->holder <= e->met; e->holder++) {
    if (!put_body(L, e)) {
      Place place = {e->marks.bytes, e->tables, e->holder};
      message_push_refusal(L, &place, first, count);
      return false;
    }
  }
  return true;
}

const char *message_encode(lua_State *L, int first, int count, size_t *size) {
  int base = lua_gettop(L);
  luaL_checkstack(L, SLOTS, NULL);
  lua_settop(L, base + 4);
  Encoder e = {.out = {.L = L, .slot = base + 1},
               .marks = {.L = L, .slot = base + 2},
               .numbers = base + 3,
               .tables = base + 4};
  bool sent = put_values(L, &e, first, count) &&
              put_bodies(L, &e, first, count);
  if (!sent) lua_replace(L, base + 1);
  lua_settop(L, base + 1);
  *size = e.out.used;
  return sent ? e.out.bytes : NULL;
}
