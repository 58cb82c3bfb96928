/* perilune.heap: what the host's allocator knows of this state. */
#include <lauxlib.h>

#include "host/libraries.h"
#include "host/state.h"

static Heap *check_heap(lua_State *L) {
  Perilune *host = perilune_of(L);
  if (!host) luaL_error(L, "perilune.heap: this state has no host");
  return &host->heap;
}

/* used() -> bytes now, most bytes ever held */
static int heap_used(lua_State *L) {
  const Heap *heap = check_heap(L);
  lua_pushinteger(L, (lua_Integer)heap->used);
  lua_pushinteger(L, (lua_Integer)heap->peak);
  return 2;
}

/* reset_peak(): the peak starts anew from what is held now */
static int heap_reset_peak(lua_State *L) {
  Heap *heap = check_heap(L);
  heap->peak = heap->used;
  return 0;
}

/* limit([bytes]) -> the limit in bytes, or nil for none; 0 lifts it */
static int heap_limit(lua_State *L) {
  Heap *heap = check_heap(L);
  if (!lua_isnoneornil(L, 1)) {
    lua_Integer bytes = luaL_checkinteger(L, 1);
    luaL_argcheck(L, bytes >= 0, 1, "a limit is 0 or more bytes");
    heap->limit = (size_t)bytes;
  }
  if (heap->limit)
    lua_pushinteger(L, (lua_Integer)heap->limit);
  else
    luaL_pushfail(L);
  return 1;
}

static const luaL_Reg functions[] = {
    {"limit", heap_limit},
    {"reset_peak", heap_reset_peak},
    {"used", heap_used},
    {NULL, NULL},
};

int luaopen_perilune_heap(lua_State *L) {
  luaL_newlib(L, functions);
  return 1;
}
