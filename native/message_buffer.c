#include "message_buffer.h"

#include <lauxlib.h>

enum { FIRST_CAPACITY = 512 };

void message_need_stack(lua_State *L, int slots) {
  if (!lua_checkstack(L, slots))
    luaL_error(L, "not enough memory for %d stack slots", slots);
}

void buffer_grow(Buffer *buffer, size_t more) {
  size_t capacity = buffer->used + more;
  if (capacity < buffer->capacity * 2) capacity = buffer->capacity * 2;
  if (capacity < FIRST_CAPACITY) capacity = FIRST_CAPACITY;
  char *bytes = lua_newuserdatauv(buffer->L, capacity, 0);
  if (buffer->used) memcpy(bytes, buffer->bytes, buffer->used);
  lua_replace(buffer->L, buffer->slot);
  buffer->bytes = bytes;
  buffer->capacity = capacity;
}
