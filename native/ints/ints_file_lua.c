/* Vectors from and to files: a text with an integer a word, or binary, 8 bytes
** an integer, the lowest first. */
#include <endian.h>
#include <errno.h>
#include <inttypes.h>
#include <lauxlib.h>
#include <stdio.h>
#include <string.h>

#include "native/ints/ints_lua.h"

#define PIECE 16384 /* bytes */

/* An open file that an error on the way cannot leave open. */
typedef struct Source {
  FILE *file;
  const char *path;
} Source;

/* What has been read: a block on the stack that gives way to larger ones. */
typedef struct Growing {
  int index;
  int64_t *values;
  size_t length, capacity;
} Growing;

static int close_source(lua_State *L) {
  Source *source = lua_touserdata(L, 1);
  if (source->file) fclose(source->file);
  source->file = NULL;
  return 0;
}

static Source *push_source(lua_State *L, const char *path) {
  Source *source = lua_newuserdatauv(L, sizeof *source, 0);
  *source = (Source){NULL, path};
  if (luaL_newmetatable(L, "perilune.ints.source")) {
    lua_pushcfunction(L, close_source);
    lua_setfield(L, -2, "__gc");
  }
  lua_setmetatable(L, -2);
  return source;
}

static void grow(lua_State *L, Growing *growing) {
  size_t capacity = growing->capacity ? 2 * growing->capacity : PIECE / 8;
  size_t bytes = sizeof *growing->values;
  int64_t *values = lua_newuserdatauv(L, capacity * bytes, 0);
  if (growing->length) memcpy(values, growing->values, growing->length * bytes);
  growing->values = values;
  growing->capacity = capacity;
  lua_replace(L, growing->index);
}

static void append(lua_State *L, Growing *growing, int64_t value) {
  if (growing->length == growing->capacity) grow(L, growing);
  growing->values[growing->length++] = value;
}

/* Pushes nil, a message and a code, as io's functions do. */
static int file_failure(lua_State *L, const char *path, int error) {
  errno = error;
  return luaL_fileresult(L, false, path);
}

/* Same for what a file holds; the message is on top. */
static int bad_data(lua_State *L) {
  lua_pushnil(L);
  lua_insert(L, -2);
  lua_pushliteral(L, "data");
  return 3;
}

static int bad_item(lua_State *L, const Source *source,
                    const IntsReader *reader, IntsStatus status) {
  bool whole = reader->length < sizeof reader->item;
  const char *fault = status == INTS_LARGE ? "which has more than 64 bits"
                                           : "not an integer";
  lua_pushfstring(L, "%s:%I: item %I is '", source->path,
                  (LUAI_UACINT)reader->line + 1, (LUAI_UACINT)reader->items);
  lua_pushlstring(L, reader->item,
                  whole ? reader->length : sizeof reader->item - 1);
  lua_pushfstring(L, "%s', %s", whole ? "" : "...", fault);
  lua_concat(L, 3);
  return bad_data(L);
}

/* Returns 0, or how many values an error has pushed. */
static int read_piece(lua_State *L, const Source *source, IntsReader *reader,
                      const char *piece, size_t length, Growing *growing) {
  const char *end = piece + length;
  int64_t value;
  IntsStatus status;
  while ((status = ints_read(reader, &piece, end, &value)) == INTS_ITEM)
    append(L, growing, value);
  return status == INTS_MORE ? 0 : bad_item(L, source, reader, status);
}

static int read_text(lua_State *L, const Source *source, Growing *growing) {
  char piece[PIECE];
  IntsReader reader = {0};
  size_t length;
  int pushed = 0;
  while (!pushed && (length = fread(piece, 1, PIECE, source->file)) > 0)
    pushed = read_piece(L, source, &reader, piece, length, growing);
  return pushed ? pushed : read_piece(L, source, &reader, "\n", 1, growing);
}

static int read_binary(lua_State *L, const Source *source, Growing *growing) {
  unsigned char piece[PIECE];
  size_t length, total = 0;
  uint64_t bits;
  while ((length = fread(piece, 1, PIECE, source->file)) > 0) {
    total += length;
    for (size_t i = 0; i + sizeof bits <= length; i += sizeof bits) {
      memcpy(&bits, piece + i, sizeof bits);
      append(L, growing, (int64_t)le64toh(bits));
    }
  }
  if (total % sizeof bits == 0) return 0;
  lua_pushfstring(L, "%s: %I bytes are no multiple of 8", source->path,
                  (LUAI_UACINT)total);
  return bad_data(L);
}

static bool is_format(lua_State *L, const char *name) {
  return lua_type(L, -1) == LUA_TSTRING &&
         strcmp(lua_tostring(L, -1), name) == 0;
}

static bool is_binary(lua_State *L, int index) {
  static const char *const names[] = {"format", NULL};
  ints_check_options(L, index, names);
  lua_getfield(L, index, "format");
  bool binary = is_format(L, "binary");
  if (!binary && !lua_isnil(L, -1) && !is_format(L, "text"))
    luaL_argerror(L, index, "'format' is neither \"text\" nor \"binary\"");
  lua_pop(L, 1);
  return binary;
}

static int push_vector(lua_State *L, const Growing *growing) {
  Ints *ints = ints_push(L, growing->length);
  if (growing->length)
    memcpy(ints->values, growing->values, growing->length * sizeof(int64_t));
  return 1;
}

int ints_read_file(lua_State *L) {
  const char *path = luaL_checkstring(L, 1);
  bool binary = is_binary(L, 2);
  lua_settop(L, 2);
  Source *source = push_source(L, path);
  lua_pushnil(L);
  Growing growing = {.index = lua_gettop(L)};
  source->file = fopen(path, "rb");
  if (!source->file) return file_failure(L, path, errno);
  int pushed = binary ? read_binary(L, source, &growing)
                      : read_text(L, source, &growing);
  int error = ferror(source->file) ? errno : 0;
  fclose(source->file);
  source->file = NULL;
  if (error) return file_failure(L, path, error);
  return pushed ? pushed : push_vector(L, &growing);
}

static bool write_values(FILE *file, const Ints *ints, bool binary) {
  for (size_t i = 0; i < ints->length; i++) {
    uint64_t bits = htole64((uint64_t)ints->values[i]);
    if (binary ? fwrite(&bits, sizeof bits, 1, file) != 1
               : fprintf(file, "%" PRId64 "\n", ints->values[i]) < 0)
      return false;
  }
  return true;
}

int ints_write_file(lua_State *L) {
  const Ints *ints = lua_touserdata(L, 1);
  const char *path = luaL_checkstring(L, 2);
  bool binary = is_binary(L, 3);
  FILE *file = fopen(path, "wb");
  if (!file) return file_failure(L, path, errno);
  bool written = write_values(file, ints, binary);
  int error = errno;
  if (fclose(file) != 0 && written) {
    written = false;
    error = errno;
  }
  if (!written) return file_failure(L, path, error);
  lua_pushboolean(L, true);
  return 1;
}
