/* perilune.native.message: plain values to a string and back; and parcels, for
** which this is a test bench: code in them is trusted. */
#include <lauxlib.h>
#include <lua.h>
#include <string.h>

#include "message.h"
#include "native/native.h"
#include "parcel.h"

static int fail(lua_State *L) {
  luaL_pushfail(L);
  lua_insert(L, -2);
  lua_pushliteral(L, "data");
  return 3;
}

static int encode(lua_State *L) {
  size_t size;
  const char *bytes = message_encode(L, 1, lua_gettop(L), &size);
  if (!bytes) return fail(L);
  lua_pushlstring(L, bytes, size);
  return 1;
}

static int decode(lua_State *L) {
  size_t size;
  const char *bytes = luaL_checklstring(L, 1, &size);
  lua_settop(L, 1);
  lua_pushboolean(L, 1);
  int count = message_decode(L, bytes, size);
  return count < 0 ? fail(L) : count + 1;
}

static void copy_pieces(char *at, const Parcel *parcel) {
  for (int i = 0; i < parcel->count; i++) {
    const ParcelPiece *piece = &parcel->pieces[i];
    memcpy(at, piece->bytes, piece->size);
    at += piece->size;
  }
}

/* The sheet is an upvalue. What is on it must be copied to memory that has yet
** to be got: whoever wants to pack meanwhile shall find no sheet. */
static int pack(lua_State *L) {
  Parcel parcel;
  luaL_Buffer buffer;
  int kept = lua_upvalueindex(1);
  int count = lua_gettop(L);
  if (lua_isnil(L, kept)) {
    parcel_sheet(L);
    lua_replace(L, kept);
  }
  lua_pushvalue(L, kept);
  if (!parcel_write(L, count + 1, 1, count, "argument", &parcel))
    return fail(L);
  lua_pushnil(L);
  lua_replace(L, kept);
  copy_pieces(luaL_buffinitsize(L, &buffer, parcel.size), &parcel);
  luaL_pushresultsize(&buffer, parcel.size);
  parcel_clear(L, count + 1);
  lua_pushvalue(L, count + 1);
  lua_replace(L, kept);
  return 1;
}

static int pack_plain(lua_State *L) {
  enum { ROOM = 16 << 10 };
  int count = lua_gettop(L);
  char *to = lua_newuserdatauv(L, ROOM, 0);
  size_t size = parcel_write_plain(L, 1, count, to, ROOM);
  if (size == 0) return 0;
  lua_pushlstring(L, to, size);
  return 1;
}

/* Bytes that come piece by piece, into a window of which they end the end. */
typedef struct Stream {
  const char *next;
  size_t coming;
  size_t piece;
  char *window;
  size_t room;
} Stream;

static bool more_of_stream(ParcelSource *source, size_t need) {
  Stream *stream = source->data;
  size_t kept = (size_t)(source->end - source->at);
  size_t size = need - kept < stream->piece ? stream->piece : need - kept;
  if (need - kept > stream->coming) return false;
  if (size > stream->coming) size = stream->coming;
  char *at = stream->window + stream->room - kept - size;
  memmove(at, source->at, kept);
  memcpy(at + kept, stream->next, size);
  stream->next += size;
  stream->coming -= size;
  source->at = at;
  source->end = at + kept + size;
  source->rest -= size;
  return true;
}

/* string, bytes that come at a time, bytes that are missing at the end */
static int unpack(lua_State *L) {
  Stream stream = {.piece = (size_t)luaL_optinteger(L, 2, LUA_MAXINTEGER)};
  stream.next = luaL_checklstring(L, 1, &stream.coming);
  size_t missing = (size_t)luaL_optinteger(L, 3, 0);
  ParcelSource source = {.at = stream.next,
                         .end = stream.next,
                         .rest = stream.coming + missing,
                         .more = more_of_stream,
                         .data = &stream};
  luaL_argcheck(L, stream.piece > 0, 2, "no bytes");
  if (stream.piece > stream.coming) stream.piece = stream.coming;
  lua_settop(L, 1);
  stream.room = PARCEL_NEED + stream.piece;
  stream.window = lua_newuserdatauv(L, stream.room, 0);
  lua_pushboolean(L, 1);
  int count = parcel_read(L, &source);
  return count < 0 ? fail(L) : count + 1;
}

static const luaL_Reg functions[] = {
    {"encode", encode}, {"decode", decode},
    {"pack", pack},     {"pack_plain", pack_plain},
    {"unpack", unpack}, {"register", parcel_register},
    {NULL, NULL},
};

LUAMOD_API int luaopen_perilune_native_message(lua_State *L) {
  parcel_open(L);
  luaL_newlib(L, functions);
  lua_pushnil(L);
  lua_pushcclosure(L, pack, 1);
  lua_setfield(L, -2, "pack");
  return 1;
}
