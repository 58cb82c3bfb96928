#include "host/profiler/callinfo.h"

#include <lauxlib.h>
#include <string.h>

#include "host/profiler/functions.h"

CallKey callinfo_public_key(lua_State *L, lua_Debug *ar, unsigned cycle) {
  CallKey key = {NULL, cycle};
  if (!lua_checkstack(L, 1)) return key;
  lua_getinfo(L, "Suf", ar);
  lua_CFunction function = lua_tocfunction(L, -1);
  if (function)
    memcpy(&key.address, &function, sizeof key.address);
  else
    key.address = (const void *)(uintptr_t)functions_hash(ar);
  lua_pop(L, 1);
  return key;
}

/* Records of one thread begin with the same fields, so a wrong layout shows as
** a pointer that is not the one the public API gives, before it is followed. */
static bool has_value(const CallInfo *info, int tag, const void *pointer) {
  return (info->function->tag & 0x3f) == tag &&
         info->function->pointer == pointer;
}

/* called by Lua as probe(caller); a light C function. Returns the caller's key,
** or nothing where a record is not as expected. */
static int probe(lua_State *L) {
  enum { LIGHT_C = 6 | 1 << 4 };
  lua_Debug own, caller;
  const void *self;
  lua_CFunction function = probe;
  memcpy(&self, &function, sizeof self);
  if (!lua_getstack(L, 0, &own) || !lua_getstack(L, 1, &caller)) return 0;
  const CallInfo *info = own.i_ci;
  const CallInfo *below = caller.i_ci;
  if (!has_value(info, LIGHT_C, self) || info->previous != below ||
      !has_value(below, CALL_LUA_CLOSURE, lua_topointer(L, 1)))
    return 0;
  const CallClosure *prototype = callinfo_key(below, 0).address;
  if (prototype->tag != CALL_PROTOTYPE) return 0;
  lua_pushlightuserdata(L, (void *)prototype);
  return 1;
}

/* A C closure: returns whether its record is right. */
static int probe_closure(lua_State *L) {
  lua_Debug own;
  const void *key;
  lua_CFunction function = probe_closure;
  memcpy(&key, &function, sizeof key);
  lua_getstack(L, 0, &own);
  lua_getinfo(L, "f", &own);
  const CallInfo *info = own.i_ci;
  lua_pushboolean(L, has_value(info, CALL_C_CLOSURE, lua_topointer(L, -1)) &&
                         callinfo_key(info, 0).address == key);
  return 1;
}

/* The key of a new closure that the function `name` of the table `functions`
** makes; NULL when it cannot be read. */
static const void *key_of_new(lua_State *L, int functions, const char *name) {
  lua_getfield(L, functions, name);
  lua_pushcfunction(L, probe);
  lua_call(L, 1, 1);
  lua_call(L, 0, 1);
  const void *key = lua_touserdata(L, -1);
  lua_pop(L, 1);
  return key;
}

static int probe_base(lua_State *L) {
  lua_Debug own;
  lua_getstack(L, 0, &own);
  const CallInfo *info = own.i_ci;
  while (info->previous) info = info->previous;
  lua_pushinteger(L, (const char *)info - (const char *)L);
  return 1;
}

/* Where the lowest record lies is tried on this thread and on a new one, which
** has no other below the call. */
static bool find_base(lua_State *L, ptrdiff_t *base_offset) {
  lua_pushcfunction(L, probe_base);
  lua_call(L, 0, 1);
  lua_State *thread = lua_newthread(L);
  lua_pushcfunction(thread, probe_base);
  lua_call(thread, 0, 1);
  *base_offset = (ptrdiff_t)lua_tointeger(L, -2);
  bool same = lua_tointeger(thread, -1) == *base_offset;
  lua_pop(L, 2);
  return same && callinfo_base(L, *base_offset)->previous == NULL;
}

bool callinfo_test(lua_State *L, int functions, ptrdiff_t *base_offset) {
  if (lua_version(L) != 504) return false;
  const void *one = key_of_new(L, functions, "twin");
  const void *same = key_of_new(L, functions, "twin");
  const void *other = key_of_new(L, functions, "other");
  if (!one || one != same || !other || one == other) return false;
  lua_pushboolean(L, 1);
  lua_pushcclosure(L, probe_closure, 1);
  lua_call(L, 0, 1);
  bool right = lua_toboolean(L, -1);
  lua_pop(L, 1);
  return right && find_base(L, base_offset);
}
