#include "native/pool/limit_lua.h"

typedef struct Limit {
  lua_Alloc next;
  void *data;
  size_t used;
  size_t most;
} Limit;

/* Without a block `old` says what is being made: the next one may want it. */
static void *allocate(void *data, void *block, size_t old, size_t size) {
  Limit *limit = data;
  size_t had = block ? old : 0;
  if (size > had && size - had > limit->most - limit->used) return NULL;
  void *made = limit->next(limit->data, block, old, size);
  if (made || size == 0) limit->used += size - had;
  return made;
}

void limit_memory(lua_State *L, size_t bytes) {
  static Limit limit;
  limit.next = lua_getallocf(L, &limit.data);
  limit.used = (size_t)lua_gc(L, LUA_GCCOUNT) * 1024 +
               (size_t)lua_gc(L, LUA_GCCOUNTB);
  limit.most = bytes > limit.used ? bytes : limit.used;
  lua_setallocf(L, allocate, &limit);
}
