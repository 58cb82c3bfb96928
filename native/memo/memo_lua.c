/* The native half of perilune.native.memo: module perilune.native.memo.store.
**
** What it makes belongs to host/lua/perilune/native/memo.lua, which calls the
** memoised function itself: C calls nest 200 deep, Lua calls do not. */
#include <lauxlib.h>
#include <lua.h>

#include "native/array.h"
#include "native/frame.h"
#include "native/memo/entries_lua.h"
#include "native/memo/weak_lua.h"
#include "native/native.h"
#include "native/value.h"

/* Upvalues of all functions: the store, and its address. */
#define SELF lua_upvalueindex(1)
#define ADDRESS 2

/* With a ttl the time comes before the other arguments. */
typedef struct Arguments {
  Entries entries;
  int first;
  int n;
  lua_Number now;
} Arguments;

static Store *self_of(lua_State *L) { return lua_touserdata(L, SELF); }

static Arguments arguments_of(lua_State *L) {
  Arguments arguments = {.entries = {self_of(L), SELF}, .first = 1};
  if (arguments.entries.store->ttl > 0) {
    arguments.now = luaL_checknumber(L, 1);
    arguments.first++;
  }
  arguments.n = lua_gettop(L) - arguments.first + 1;
  return arguments;
}

/* The call's entry, or 0. */
static uint32_t find(lua_State *L, const Arguments *arguments, Call *call) {
  const Entries *entries = &arguments->entries;
  if (arguments->n > MEMO_WIDTH ||
      !entries_read(L, entries, arguments->first, arguments->n, call))
    return 0;
  return entries_find(L, entries, call, arguments->now);
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

static int hit(lua_State *L, const Entries *entries, const Call *call,
               uint32_t number) {
  Store *store = entries->store;
  const MemoEntry *entry = memo_entry(&store->memo, number);
  store->hits++;
  memo_touch(&store->memo, number);
  if (entry->kind != ENTRIES_INTEGER)
    return entries_push(L, entries, call, number);
  lua_pushinteger(L, (lua_Integer)entry->value);
  return 1;
}

/* With one argument, an integer or a short string, and nothing that expires. */
static int get_plain(lua_State *L, Store *store, Key key) {
  uint32_t number = memo_find_one(&store->memo, key);
  if (number) return hit(L, &(Entries){store, SELF}, NULL, number);
  memo_expect(&store->memo);
  return miss(L, store, 1);
}

/* An integer or a short string. */
static bool is_plain(const ArrayItem *item, Key *key) {
  bool plain = item->type == ARRAY_INTEGER || item->type == ARRAY_SHORT;
  return plain && array_key(item, key);
}

/* self_of for a function whose arguments these are. */
static Store *owner_of(const ArrayItem *arguments) {
  return (Store *)(uintptr_t)frame_upvalue(arguments, ADDRESS)->payload;
}

static int store_get(lua_State *L) {
  const ArrayItem *only = frame_arguments(L, 1);
  Key key;
  if (only && is_plain(only, &key) && owner_of(only)->ttl <= 0)
    return get_plain(L, owner_of(only), key);
  Arguments arguments = arguments_of(L);
  Call call = {.first = arguments.first};
  uint32_t number = find(L, &arguments, &call);
  if (number) return hit(L, &arguments.entries, &call, number);
  return miss(L, arguments.entries.store, arguments.n);
}

/* put_N([now,] N arguments, results...) -> results */

static int put(lua_State *L, int width) {
  Arguments arguments = arguments_of(L);
  int n = arguments.n - width, index = arguments.first + width;
  luaL_argcheck(L, n >= 0, index, "argument expected");
  entries_keep(L, &arguments.entries, arguments.first, width, index, n,
               arguments.now);
  lua_settop(L, index + n - 1);
  return n;
}

static int store_put_one(lua_State *L) {
  const ArrayItem *items = frame_arguments(L, 2);
  if (items && items[0].type == ARRAY_INTEGER &&
      items[1].type == ARRAY_INTEGER) {
    Key key = {items[0].payload, KEY_INTEGER};
    Entries entries = {owner_of(items), SELF};
    if (entries_keep_plain(&entries, key, items[1].payload)) return 1;
  }
  return put(L, 1);
}

static int store_put_two(lua_State *L) { return put(L, 2); }

/* put_packed([now,] {n = n, arguments...}, results...) -> results */
static int store_put_packed(lua_State *L) {
  Arguments arguments = arguments_of(L);
  int packed = arguments.first, top = lua_gettop(L);
  luaL_checktype(L, packed, LUA_TTABLE);
  lua_getfield(L, packed, "n");
  int width = (int)luaL_checkinteger(L, top + 1);
  luaL_argcheck(L, width >= 0 && width <= MEMO_WIDTH, packed, "too long");
  for (int i = 1; i <= width; i++) lua_rawgeti(L, packed, i);
  entries_keep(L, &arguments.entries, top + 2, width, packed + 1, top - packed,
               arguments.now);
  lua_settop(L, top);
  return top - packed;
}

/* Counts a call of the function, where get does not. */
static int store_missed(lua_State *L) {
  Store *store = self_of(L);
  store->misses++;
  return 0;
}

/* Counts a hit that needed no entry. */
static int store_joined(lua_State *L) {
  Store *store = self_of(L);
  store->hits++;
  return 0;
}

/* info([now]) -> hits, misses, evictions, expired, currsize */
static int store_info(lua_State *L) {
  Arguments arguments = arguments_of(L);
  const Entries *entries = &arguments.entries;
  const Store *store = entries->store;
  if (store->weak) weak_purge(L, entries);
  if (store->ttl > 0) entries_drop_expired(L, entries, arguments.now);
  lua_pushinteger(L, (lua_Integer)store->hits);
  lua_pushinteger(L, (lua_Integer)store->misses);
  lua_pushinteger(L, (lua_Integer)store->evictions);
  lua_pushinteger(L, (lua_Integer)store->expired);
  lua_pushinteger(L, (lua_Integer)store->memo.count);
  return 5;
}

static int store_clear(lua_State *L) {
  entries_clear(L, &(Entries){self_of(L), SELF});
  return 0;
}

/* forget([now,] ...) -> was there an entry? */
static int store_forget(lua_State *L) {
  Arguments arguments = arguments_of(L);
  Call call;
  uint32_t number = find(L, &arguments, &call);
  if (number) entries_drop(L, &arguments.entries, number);
  lua_pushboolean(L, number != 0);
  return 1;
}

/* peek([now,] ...) -> false; or true and what entries_push pushes */
static int store_peek(lua_State *L) {
  Arguments arguments = arguments_of(L);
  Call call;
  uint32_t number = find(L, &arguments, &call);
  lua_pushboolean(L, number != 0);
  return number ? 1 + entries_push(L, &arguments.entries, &call, number) : 1;
}

/* has(value) -> is there an entry for it, be it one that has expired? */
static int store_has(lua_State *L) {
  Entries entries = {self_of(L), SELF};
  Call call;
  lua_settop(L, 1);
  lua_pushboolean(L, entries_read(L, &entries, 1, 1, &call) &&
                         entries_has(L, &entries, &call));
  return 1;
}

/* bytes() -> size of the buffer */
static int store_bytes(lua_State *L) {
  const Memo *memo = &self_of(L)->memo;
  size_t bytes = memo->shape.capacity ? memo_bytes(memo->shape) : 0;
  lua_pushinteger(L, (lua_Integer)bytes);
  return 1;
}

static const luaL_Reg functions[] = {
    {"get", store_get},
    {"put_one", store_put_one},
    {"put_two", store_put_two},
    {"put_packed", store_put_packed},
    {"missed", store_missed},
    {"joined", store_joined},
    {"info", store_info},
    {"clear", store_clear},
    {"forget", store_forget},
    {"peek", store_peek},
    {"has", store_has},
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
  /* Where nothing has to go a mark is quicker than a move. */
  bool marks = policy == 1 || maxsize == MEMO_MOST;
  store->memo.policy = marks ? MEMO_SIEVE : MEMO_LRU;
  store->ttl = ttl;
  store->typed = lua_toboolean(L, 4);
  store->weak = lua_toboolean(L, 5);
  lua_pushlightuserdata(L, store);
  luaL_setfuncs(L, functions, 2);
  return 1;
}

LUAMOD_API int luaopen_perilune_native_memo_store(lua_State *L) {
  frame_open(L);
  lua_createtable(L, 0, 2);
  lua_pushcfunction(L, new_store);
  lua_setfield(L, -2, "new");
  lua_pushinteger(L, MEMO_WIDTH);
  lua_setfield(L, -2, "width");
  return 1;
}
