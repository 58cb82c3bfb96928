/* perilune.allocator: what the host's allocator knows of this state, for
** perilune.heap. */
#include <lauxlib.h>

#include "host/libraries.h"
#include "host/state.h"
#include "host/tracker/tracker_lua.h"

static Heap *check_heap(lua_State *L) {
  Perilune *host = perilune_of(L);
  if (!host) luaL_error(L, "perilune.heap: this state has no host");
  return &host->heap;
}

/* used() -> bytes now, most bytes ever held */
static int script_used(lua_State *L) {
  const Heap *heap = check_heap(L);
  lua_pushinteger(L, (lua_Integer)heap->used);
  lua_pushinteger(L, (lua_Integer)heap->peak);
  return 2;
}

/* reset_peak(): the peak starts anew from what is held now */
static int script_reset_peak(lua_State *L) {
  Heap *heap = check_heap(L);
  heap->peak = heap->used;
  return 0;
}

/* limit([bytes]) -> the limit in bytes, or nil for none; 0 lifts it as far as
** the host's owner allows */
static int script_limit(lua_State *L) {
  Heap *heap = check_heap(L);
  if (!lua_isnoneornil(L, 1)) {
    lua_Integer bytes = luaL_checkinteger(L, 1);
    luaL_argcheck(L, bytes >= 0, 1, "a limit is 0 or more bytes");
    heap_limit_script(heap, (size_t)bytes);
  }
  if (heap->limit)
    lua_pushinteger(L, (lua_Integer)heap->limit);
  else
    luaL_pushfail(L);
  return 1;
}

/* collect(): all garbage, without running finalisers */
static int script_collect(lua_State *L) {
  heap_collect(check_heap(L), L);
  return 0;
}

static const luaL_Reg functions[] = {
    {"collect", script_collect},
    {"limit", script_limit},
    {"reset_peak", script_reset_peak},
    {"used", script_used},
    {NULL, NULL},
};

int luaopen_perilune_allocator(lua_State *L) {
  luaL_newlib(L, functions);
  luaL_setfuncs(L, tracker_functions, 0);
  return 1;
}
