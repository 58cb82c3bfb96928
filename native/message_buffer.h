/* Bytes that grow, in a userdata on the stack. */
#ifndef PERILUNE_MESSAGE_BUFFER_H
#define PERILUNE_MESSAGE_BUFFER_H

#include <lua.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { VARINT_SIZE = 10 };

typedef struct Buffer {
  lua_State *L;
  int slot; /* absolute stack index of the userdata */
  char *bytes;
  size_t used;
  size_t capacity;
} Buffer;

/* Throws when memory runs out, which luaL_checkstack calls an overflow. */
void message_need_stack(lua_State *L, int slots);

/* Makes room for `more` bytes, elsewhere; may throw. */
void buffer_grow(Buffer *buffer, size_t more);

/* Where the next `size` bytes may be written: `used` is the caller's to move.
 */
static inline char *buffer_reserve(Buffer *buffer, size_t size) {
  if (buffer->capacity - buffer->used < size) buffer_grow(buffer, size);
  return buffer->bytes + buffer->used;
}

static inline void put_bytes(Buffer *buffer, const void *bytes, size_t size) {
  char *at = buffer_reserve(buffer, size);
  memcpy(at, bytes, size);
  buffer->used += size;
}

static inline void put_byte(Buffer *buffer, int byte) {
  *buffer_reserve(buffer, 1) = (char)byte;
  buffer->used++;
}

/* Returns where the count, of at most VARINT_SIZE bytes, ends. */
static inline char *write_count(char *at, uint64_t count) {
  for (; count >= 0x80; count >>= 7) *at++ = (char)(count | 0x80);
  *at++ = (char)count;
  return at;
}

static inline void put_count(Buffer *buffer, uint64_t count) {
  char *at = buffer_reserve(buffer, VARINT_SIZE);
  buffer->used = (size_t)(write_count(at, count) - buffer->bytes);
}

#endif
