/* Writing parcels. */
#include <lauxlib.h>
#include <string.h>

#include "message_format.h"
#include "parcel_encoder.h"

#define SHEET "perilune.sheet"

enum {
  SLOTS = 24,
  SHORT_STRING = 4 << 10, /* the longest that is written at once */
  FEW_OBJECTS = 16,       /* tables of so many are emptied and used again */
  LARGE_BUFFER = 1 << 20, /* is not kept by parcel_clear */
};

/* User values of a sheet. */
enum {
  SHEET_STATE = 1,
  SHEET_OUT,
  SHEET_MARKS,
  SHEET_NUMBERS,
  SHEET_OBJECTS,
  SHEET_PIECES,
  SHEET_ANCHORS,
  SHEET_VALUES = SHEET_ANCHORS
};

typedef struct Kept {
  char *bytes;
  size_t capacity;
} Kept;

/* The buffers of a sheet are lent to an encoder, which keeps them in its own
** stack slots. A write inside a write, from a finaliser, finds the sheet busy
** and makes new ones; so does the next write after one that threw. */
typedef struct Sheet {
  bool busy;
  Kept out, marks;
  ParcelPiece whole; /* what is sent if there is but one piece */
  Parcel parcel;     /* the last one */
} Sheet;

void parcel_sheet(lua_State *L) {
  Sheet *sheet = lua_newuserdatauv(L, sizeof *sheet, SHEET_VALUES);
  memset(sheet, 0, sizeof *sheet);
  parcel_push_state(L);
  lua_setiuservalue(L, -2, SHEET_STATE);
  luaL_setmetatable(L, SHEET);
}

void parcel_open_sheets(lua_State *L) {
  luaL_newmetatable(L, SHEET);
  lua_pop(L, 1);
}

static void borrow(lua_State *L, int sheet, int value, int slot) {
  lua_getiuservalue(L, sheet, value);
  lua_replace(L, slot);
}

static void borrow_buffer(lua_State *L, int sheet, int value, const Kept *kept,
                          Buffer *buffer) {
  if (!kept->bytes) return;
  borrow(L, sheet, value, buffer->slot);
  buffer->bytes = kept->bytes;
  buffer->capacity = kept->capacity;
}

static void give_back(lua_State *L, int sheet, int value, int slot) {
  lua_pushvalue(L, slot);
  lua_setiuservalue(L, sheet, value);
}

static void give_back_buffer(lua_State *L, int sheet, int value, Kept *kept,
                             const Buffer *buffer) {
  if (buffer->bytes == kept->bytes) return;
  give_back(L, sheet, value, buffer->slot);
  *kept = (Kept){buffer->bytes, buffer->capacity};
}

/* Whoever has the buffers may keep them. */
static void renew(lua_State *L, int index) {
  memset(lua_touserdata(L, index), 0, sizeof(Sheet));
  for (int i = SHEET_OUT; i <= SHEET_VALUES; i++) {
    lua_pushnil(L);
    lua_setiuservalue(L, index, i);
  }
}

static void begin(lua_State *L, int index, Encoder *e) {
  Sheet *sheet = lua_touserdata(L, index);
  e->parcel->sheet = index;
  if (sheet->busy) renew(L, index);
  borrow_buffer(L, index, SHEET_OUT, &sheet->out, &e->out);
  sheet->busy = true;
}

void parcel_begin_objects(lua_State *L, Encoder *e) {
  int index = e->parcel->sheet;
  const Sheet *sheet = lua_touserdata(L, index);
  borrow(L, index, SHEET_STATE, e->base + PARCEL_STATE);
  if (e->parcel->whole) return;
  borrow_buffer(L, index, SHEET_MARKS, &sheet->marks, &e->marks);
}

void parcel_begin_list(lua_State *L, Encoder *e) {
  if (e->parcel->whole) return;
  borrow(L, e->parcel->sheet, SHEET_NUMBERS, e->base + ENCODER_NUMBERS);
  borrow(L, e->parcel->sheet, SHEET_OBJECTS, e->base + ENCODER_OBJECTS);
}

/* Takes the objects out of the encoder's tables, or does without these. */
static void forget_objects(lua_State *L, const Encoder *e) {
  int numbers = e->base + ENCODER_NUMBERS;
  int objects = e->base + ENCODER_OBJECTS;
  if (e->met > FEW_OBJECTS || e->parcel->upvalues) {
    lua_pushnil(L);
    lua_replace(L, numbers);
    lua_pushnil(L);
    lua_replace(L, objects);
    return;
  }
  for (lua_Integer i = 1; i <= e->met; i++) {
    lua_rawgeti(L, objects, i);
    lua_pushnil(L);
    lua_rawset(L, numbers);
    lua_pushnil(L);
    lua_rawseti(L, objects, i);
  }
}

static void finish(lua_State *L, int index, const Encoder *e) {
  Sheet *sheet = lua_touserdata(L, index);
  give_back_buffer(L, index, SHEET_OUT, &sheet->out, &e->out);
  if (e->met > 0)
    give_back_buffer(L, index, SHEET_MARKS, &sheet->marks, &e->marks);
  if (e->listed) {
    forget_objects(L, e);
    give_back(L, index, SHEET_NUMBERS, e->base + ENCODER_NUMBERS);
    give_back(L, index, SHEET_OBJECTS, e->base + ENCODER_OBJECTS);
  }
  sheet->busy = false;
}

static void add_piece(Parcelling *p, const char *bytes, size_t size) {
  ParcelPiece piece = {bytes, size};
  put_bytes(&p->pieces, &piece, sizeof piece);
}

void parcel_put_piece(lua_State *L, Encoder *e, int index) {
  Parcelling *p = e->parcel;
  size_t size;
  const char *bytes = lua_tolstring(L, index, &size);
  lua_pushvalue(L, index);
  if (p->anchors == 0) {
    lua_newtable(L);
    lua_replace(L, e->base + PARCEL_ANCHORS);
  }
  lua_rawseti(L, e->base + PARCEL_ANCHORS, ++p->anchors);
  add_piece(p, NULL, e->out.used - p->cut);
  add_piece(p, bytes, size);
  p->cut = e->out.used;
}

/* The pieces without bytes are the sheet's own, in their order. */
static void set_pieces(const Encoder *e, Parcel *out) {
  const Buffer *buffer = &e->parcel->pieces;
  ParcelPiece *pieces = (ParcelPiece *)(void *)buffer->bytes;
  const char *own = e->out.bytes;
  out->pieces = pieces;
  out->count = (int)(buffer->used / sizeof *pieces);
  for (int i = 0; i < out->count; i++) {
    if (!pieces[i].bytes) {
      pieces[i].bytes = own;
      own += pieces[i].size;
    }
    out->size += pieces[i].size;
  }
}

static void deliver(lua_State *L, int index, Encoder *e, Parcel *out) {
  Sheet *sheet = lua_touserdata(L, index);
  Parcelling *p = e->parcel;
  *out = (Parcel){0};
  if (p->anchors == 0) {
    sheet->whole = (ParcelPiece){e->out.bytes, e->out.used};
    *out = (Parcel){e->out.used, 1, &sheet->whole};
    return;
  }
  add_piece(p, NULL, e->out.used - p->cut);
  set_pieces(e, out);
  give_back(L, index, SHEET_PIECES, e->base + PARCEL_PIECES);
  give_back(L, index, SHEET_ANCHORS, e->base + PARCEL_ANCHORS);
}

/* An encoder's slots and theirs are nil, from its base to the top. */
static Encoder make_encoder(lua_State *L, Parcelling *p) {
  message_need_stack(L, PARCEL_SLOTS + SLOTS);
  int base = lua_gettop(L) + 1;
  lua_settop(L, base + PARCEL_SLOTS - 1);
  p->pieces = (Buffer){.L = L, .slot = base + PARCEL_PIECES};
  return (Encoder){.out = {.L = L, .slot = base + ENCODER_OUT},
                   .marks = {.L = L, .slot = base + ENCODER_MARKS},
                   .base = base,
                   .parcel = p};
}

/* The metatable is on the top, its name below it. Pushes {definition, further
** registered metatables that it needs...}, or a refusal. */
static bool push_copy(lua_State *L, const Encoder *e) {
  int metatable = lua_gettop(L);
  Parcelling p = {.whole = true, .sheet = e->parcel->sheet};
  Encoder copy = make_encoder(L, &p);
  put_count(&copy.out, 1);
  lua_pushvalue(L, metatable);
  encoder_put_table(L, &copy);
  lua_pop(L, 1);
  lua_pushfstring(L, "metatable '%s'", lua_tostring(L, metatable - 1));
  if (!encoder_put_bodies(L, &copy, 0, 1, lua_tostring(L, -1))) {
    lua_replace(L, metatable + 1);
    lua_settop(L, metatable + 1);
    return false;
  }
  if (p.needs == 0) {
    lua_newtable(L);
    lua_replace(L, copy.base + PARCEL_NEEDS);
  }
  lua_pushlstring(L, copy.out.bytes, copy.out.used);
  lua_rawseti(L, copy.base + PARCEL_NEEDS, 0);
  lua_pushvalue(L, copy.base + PARCEL_NEEDS);
  lua_replace(L, metatable + 1);
  lua_settop(L, metatable + 1);
  return true;
}

/* The same from when the metatable was first sent. */
static bool push_kept_copy(lua_State *L, const Encoder *e) {
  int metatable = lua_gettop(L);
  lua_getiuservalue(L, e->base + PARCEL_STATE, STATE_COPIES);
  lua_pushvalue(L, metatable);
  if (lua_rawget(L, -2) == LUA_TTABLE) {
    lua_replace(L, metatable + 1);
    return true;
  }
  lua_settop(L, metatable);
  if (!push_copy(L, e)) return false;
  lua_getiuservalue(L, e->base + PARCEL_STATE, STATE_COPIES);
  lua_pushvalue(L, metatable);
  lua_pushvalue(L, metatable + 1);
  lua_rawset(L, -3);
  lua_pop(L, 1);
  return true;
}

/* Adds what the copy on the top needs to the encoder's needs. */
static void add_needs(lua_State *L, Encoder *e) {
  int copy = lua_gettop(L);
  int needs = e->base + PARCEL_NEEDS;
  lua_Integer count = (lua_Integer)lua_rawlen(L, copy);
  for (lua_Integer i = 1; i <= count; i++) {
    bool known = false;
    lua_rawgeti(L, copy, i);
    for (lua_Integer j = 1; j <= e->parcel->needs && !known; j++) {
      lua_rawgeti(L, needs, j);
      known = lua_rawequal(L, -1, copy + 1);
      lua_pop(L, 1);
    }
    if (known)
      lua_pop(L, 1);
    else
      lua_rawseti(L, needs, ++e->parcel->needs);
  }
}

static void put_text(lua_State *L, Buffer *out, int index) {
  size_t size;
  const char *bytes = lua_tolstring(L, index, &size);
  put_count(out, size);
  put_bytes(out, bytes, size);
}

/* Writes the definition of the metatable on the top. */
static bool put_definition(lua_State *L, Encoder *e) {
  int metatable = lua_gettop(L);
  lua_getiuservalue(L, e->base + PARCEL_STATE, STATE_REGISTERED);
  lua_pushvalue(L, metatable);
  lua_rawget(L, -2);
  lua_replace(L, metatable + 1);
  lua_pushvalue(L, metatable);
  if (!push_kept_copy(L, e)) return false;
  lua_rawgeti(L, -1, 0);
  uint64_t size = lua_rawlen(L, -1);
  put_text(L, &e->out, metatable + 1);
  put_bytes(&e->out, &size, sizeof size);
  put_bytes(&e->out, lua_tostring(L, -1), size);
  lua_pop(L, 1);
  add_needs(L, e);
  return true;
}

static bool put_definitions(lua_State *L, Encoder *e) {
  int top = lua_gettop(L);
  for (lua_Integer i = 1; i <= e->parcel->needs; i++) {
    lua_rawgeti(L, e->base + PARCEL_NEEDS, i);
    if (!put_definition(L, e)) return false;
    lua_settop(L, top);
  }
  return true;
}

bool parcel_write(lua_State *L, int sheet, int first, int count,
                  const char *label, Parcel *out) {
  Parcelling p = {.whole = false};
  Encoder e = make_encoder(L, &p);
  begin(L, sheet, &e);
  bool sent = encoder_put_values(L, &e, first, count, label) &&
              put_definitions(L, &e);
  if (sent) deliver(L, sheet, &e, out);
  finish(L, sheet, &e);
  if (sent) ((Sheet *)lua_touserdata(L, sheet))->parcel = *out;
  if (!sent) lua_replace(L, e.base);
  lua_settop(L, sent ? e.base - 1 : e.base);
  return sent;
}

void parcel_of_sheet(lua_State *L, int sheet, Parcel *out) {
  *out = ((Sheet *)luaL_checkudata(L, sheet, SHEET))->parcel;
}

void parcel_clear(lua_State *L, int sheet) {
  Sheet *s = lua_touserdata(L, sheet);
  s->parcel = (Parcel){0};
  lua_pushnil(L);
  lua_setiuservalue(L, sheet, SHEET_ANCHORS);
  lua_pushnil(L);
  lua_setiuservalue(L, sheet, SHEET_PIECES);
  if (s->out.capacity <= LARGE_BUFFER) return;
  lua_pushnil(L);
  lua_setiuservalue(L, sheet, SHEET_OUT);
  s->out = (Kept){NULL, 0};
}

/* Returns where it ends; NULL if it does not fit or is not plain. */
static char *write_string(lua_State *L, int index, char *at, const char *end) {
  size_t size;
  const char *bytes = lua_tolstring(L, index, &size);
  if (size > SHORT_STRING || (size_t)(end - at) < 1 + VARINT_SIZE + size)
    return NULL;
  *at++ = STRING;
  at = write_count(at, size);
  memcpy(at, bytes, size);
  return at + size;
}

static char *write_value(lua_State *L, int index, char *at, const char *end) {
  int tag;
  Number number;
  if (end - at < 1 + (ptrdiff_t)sizeof number) return NULL;
  switch (lua_type(L, index)) {
  case LUA_TNIL: *at = NIL; return at + 1;
  case LUA_TBOOLEAN:
    *at = lua_toboolean(L, index) ? TRUE : FALSE;
    return at + 1;
  case LUA_TNUMBER:
    number = number_at(L, index, &tag);
    *at = (char)tag;
    store_number(at + 1, tag, number);
    return at + 1 + number_size(tag);
  case LUA_TSTRING: return write_string(L, index, at, end);
  default: return NULL;
  }
}

size_t parcel_write_plain(lua_State *L, int first, int count, char *to,
                          size_t room) {
  if (room < VARINT_SIZE) return 0;
  const char *end = to + room;
  char *at = write_count(to, (uint64_t)count);
  for (int i = first; at && i < first + count; i++)
    at = write_value(L, i, at, end);
  return at ? (size_t)(at - to) : 0;
}
