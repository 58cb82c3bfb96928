/* The native half of perilune.native.memo: module perilune.native.memo.store.
**
** What it makes belongs to host/lua/perilune/native/memo.lua, which calls the
** memoised function itself: C calls nest 200 deep, Lua calls do not. */
#include <lauxlib.h>
#include <lua.h>

#include "native/memo/entries_lua.h"
#include "native/memo/weak_lua.h"
#include "native/native.h"
#include "native/value.h"

/* Where a function finds its store: at 1 as a method, here as a closure. */
#define SELF lua_upvalueindex(1)

/* With a ttl the time comes before the other arguments. */
typedef struct Arguments {
  Store *store;
  int first;
  int n;
  lua_Number now;
} Arguments;

static Arguments arguments_from(lua_State *L, int first) {
  Arguments arguments = {.store = lua_touserdata(L, SELF), .first = first};
  if (arguments.store->ttl > 0) {
    arguments.now = luaL_checknumber(L, first);
    arguments.first++;
  }
  arguments.n = lua_gettop(L) - arguments.first + 1;
  return arguments;
}

static lua_Integer check_width(lua_State *L, int index, int most) {
  lua_Integer width = luaL_checkinteger(L, index);
  luaL_argcheck(L, width >= 0 && width <= MEMO_WIDTH && width <= most, index,
                "not a number of arguments");
  return width;
}

/* The call's entry, or 0. */
static uint32_t find(lua_State *L, const Arguments *arguments, Call *call) {
  const Store *store = arguments->store;
  if (arguments->n > MEMO_WIDTH ||
      !entries_read(L, store, arguments->first, arguments->n, call))
    return 0;
  return entries_find(L, SELF, call, arguments->now);
}

/* get([now,] ...) -> what entries_push pushes; or nil and the number of
** arguments, -1 - it where the caller may yield. Counts hits; and misses, but
** where the caller may yield or has too many arguments. */

static int miss(lua_State *L, Store *store, int n) {
  bool yieldable = lua_isyieldable(L);
  if (!yieldable && n <= MEMO_WIDTH) store->misses++;
  lua_pushnil(L);
  lua_pushinteger(L, yieldable ? -1 - n : n);
  return 2;
}

static int hit(lua_State *L, Store *store, const Call *call, uint32_t number) {
  store->hits++;
  memo_touch(&store->memo, number);
  return entries_push(L, SELF, call, number);
}

static int store_get(lua_State *L) {
  Arguments arguments = arguments_from(L, 1);
  Call call;
  uint32_t number = find(L, &arguments, &call);
  if (number) return hit(L, arguments.store, &call, number);
  return miss(L, arguments.store, arguments.n);
}

/* put([now,] n, n arguments, results...) -> results */
static int store_put(lua_State *L) {
  Arguments arguments = arguments_from(L, 1);
  int first = arguments.first + 1, top = lua_gettop(L);
  int width = (int)check_width(L, arguments.first, arguments.n - 1);
  int index = first + width, n = top - index + 1;
  entries_keep(L, SELF, first, width, index, n, arguments.now);
  lua_settop(L, top);
  return n;
}

/* put_packed([now,] {n = n, arguments...}, results...) -> results */
static int store_put_packed(lua_State *L) {
  Arguments arguments = arguments_from(L, 1);
  int packed = arguments.first, top = lua_gettop(L);
  luaL_checktype(L, packed, LUA_TTABLE);
  lua_getfield(L, packed, "n");
  int width = (int)check_width(L, top + 1, MEMO_WIDTH);
  for (int i = 1; i <= width; i++) lua_rawgeti(L, packed, i);
  entries_keep(L, SELF, top + 2, width, packed + 1, top - packed,
               arguments.now);
  lua_settop(L, top);
  return top - packed;
}

/* Counts a call of the function, where get does not. */
static int store_missed(lua_State *L) {
  Store *store = lua_touserdata(L, SELF);
  store->misses++;
  return 0;
}

/* Counts a hit that needed no entry. */
static int store_joined(lua_State *L) {
  Store *store = lua_touserdata(L, SELF);
  store->hits++;
  return 0;
}

/* info([now]) -> hits, misses, evictions, expired, currsize */
static int store_info(lua_State *L) {
  Arguments arguments = arguments_from(L, 1);
  Store *store = arguments.store;
  if (store->weak) weak_purge(L, SELF);
  if (store->ttl > 0) entries_drop_expired(L, SELF, arguments.now);
  lua_pushinteger(L, (lua_Integer)store->hits);
  lua_pushinteger(L, (lua_Integer)store->misses);
  lua_pushinteger(L, (lua_Integer)store->evictions);
  lua_pushinteger(L, (lua_Integer)store->expired);
  lua_pushinteger(L, (lua_Integer)store->memo.count);
  return 5;
}

static int store_clear(lua_State *L) {
  entries_clear(L, SELF);
  return 0;
}

/* forget([now,] ...) -> was there an entry? */
static int store_forget(lua_State *L) {
  Arguments arguments = arguments_from(L, 1);
  Call call;
  uint32_t number = find(L, &arguments, &call);
  if (number) entries_drop(L, SELF, number);
  lua_pushboolean(L, number != 0);
  return 1;
}

/* peek([now,] ...) -> false; or true and what entries_push pushes */
static int store_peek(lua_State *L) {
  Arguments arguments = arguments_from(L, 1);
  Call call;
  uint32_t number = find(L, &arguments, &call);
  lua_pushboolean(L, number != 0);
  return number ? 1 + entries_push(L, SELF, &call, number) : 1;
}

/* bytes() -> size of the buffer */
static int store_bytes(lua_State *L) {
  const Memo *memo = &((Store *)lua_touserdata(L, SELF))->memo;
  size_t bytes = memo->shape.capacity ? memo_bytes(memo->shape) : 0;
  lua_pushinteger(L, (lua_Integer)bytes);
  return 1;
}

static const luaL_Reg functions[] = {
    {"get", store_get},
    {"put", store_put},
    {"missed", store_missed},
    {"put_packed", store_put_packed},
    {"joined", store_joined},
    {"info", store_info},
    {"clear", store_clear},
    {"forget", store_forget},
    {"peek", store_peek},
    {"bytes", store_bytes},
    {NULL, NULL},
};

static size_t check_maxsize(lua_State *L, int index) {
  lua_Number maxsize = luaL_checknumber(L, index);
  luaL_argcheck(L, maxsize >= 0, index, "negative size");
  return maxsize < (lua_Number)MEMO_MOST ? (size_t)maxsize : MEMO_MOST;
}

/* new(maxsize, policy, ttl or 0, typed, weak) -> a table of functions */
static int new_store(lua_State *L) {
  static const char *const policies[] = {"lru", "sieve", NULL};
  size_t maxsize = check_maxsize(L, 1);
  int policy = luaL_checkoption(L, 2, NULL, policies);
  lua_Number ttl = luaL_checknumber(L, 3);
  luaL_newlibtable(L, functions);
  Store *store = entries_new(L);
  store->memo.maxsize = maxsize;
  store->memo.policy = policy == 1 ? MEMO_SIEVE : MEMO_LRU;
  store->ttl = ttl;
  store->typed = lua_toboolean(L, 4);
  store->weak = lua_toboolean(L, 5);
  luaL_setfuncs(L, functions, 1);
  return 1;
}

LUAMOD_API int luaopen_perilune_native_memo_store(lua_State *L) {
  lua_createtable(L, 0, 2);
  lua_pushcfunction(L, new_store);
  lua_setfield(L, -2, "new");
  lua_pushinteger(L, MEMO_WIDTH);
  lua_setfield(L, -2, "width");
  return 1;
}
