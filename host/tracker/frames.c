#include "host/tracker/frames.h"

#include <lauxlib.h>
#include <stddef.h>

/* called by probe.twice's function on two lines: returns the address of the
** caller's instruction, or nothing where its record is not as expected. */
static int probe_pc(lua_State *L) {
  lua_Debug caller;
  if (!lua_getstack(L, 1, &caller)) return 0;
  lua_getinfo(L, "S", &caller);
  const CallInfo *info = caller.i_ci;
  const LuaPrototype *prototype = frames_prototype(info);
  const uint32_t *pc = frames_pc(info);
  if (prototype->line != caller.linedefined ||
      prototype->last_line != caller.lastlinedefined || pc <= prototype->code ||
      pc > prototype->code + prototype->instructions ||
      (pc[-1] & 0x7f) != FRAMES_CALL)
    return 0;
  lua_pushinteger(L, pc - prototype->code);
  return 1;
}

static bool has_pc(lua_State *L, int functions) {
  lua_getfield(L, functions, "twice");
  lua_pushcfunction(L, probe_pc);
  lua_call(L, 1, 2);
  lua_Integer first = lua_tointeger(L, -2), second = lua_tointeger(L, -1);
  lua_pop(L, 2);
  return first > 0 && first < second && second < first + 8;
}

/* Stands between the state and its allocator for a moment. */
typedef struct Watch {
  lua_Alloc allocate;
  void *data;
  const CallInfo *info;
  const CallValue *function;
  bool changed;
  size_t prototype_size;
} Watch;

static void *watch_requests(void *data, void *block, size_t before,
                            size_t after) {
  enum { TAG_PROTOTYPE = LUA_NUMTYPES + 1 }; /* lobject.h */
  Watch *watch = data;
  if (after > 0 && watch->info->function != watch->function)
    watch->changed = true;
  if (!block && before == TAG_PROTOTYPE) watch->prototype_size = after;
  return watch->allocate(watch->data, block, before, after);
}

/* Returns whether its own record stays as it is until a new stack is there, and
** the size of a prototype: it makes one. */
static int probe_requests(lua_State *L) {
  enum { MANY = 1000 };
  lua_Debug own;
  if (!lua_getstack(L, 0, &own)) return 0;
  Watch watch = {.info = own.i_ci, .function = own.i_ci->function};
  watch.allocate = lua_getallocf(L, &watch.data);
  lua_setallocf(L, watch_requests, &watch);
  int status = luaL_loadstring(L, "");
  bool grown = lua_checkstack(L, MANY);
  lua_setallocf(L, watch.allocate, watch.data);
  if (!grown || status != LUA_OK) return luaL_error(L, "not enough memory");
  lua_pushboolean(L, !watch.changed);
  lua_pushinteger(L, (lua_Integer)watch.prototype_size);
  return 2;
}

static bool stays_readable(lua_State *L, size_t *prototype_size) {
  lua_State *thread = lua_newthread(L);
  lua_pushcfunction(thread, probe_requests);
  if (lua_pcall(thread, 0, 2, 0) != LUA_OK) {
    lua_xmove(thread, L, 1);
    lua_error(L);
  }
  bool readable = lua_toboolean(thread, -2);
  *prototype_size = (size_t)lua_tointeger(thread, -1);
  lua_pop(L, 1);
  return readable && *prototype_size > 0;
}

bool frames_test(lua_State *L, int functions, size_t *prototype_size) {
  ptrdiff_t base_offset;
  return callinfo_test(L, functions, &base_offset) && has_pc(L, functions) &&
         stays_readable(L, prototype_size);
}
