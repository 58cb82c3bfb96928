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

typedef struct Watch {
  lua_Alloc allocate;
  void *data;
  const CallInfo *info;
  const CallValue *function;
  bool changed;
} Watch;

static void *watch_record(void *data, void *block, size_t before,
                          size_t after) {
  Watch *watch = data;
  if (after > 0 && watch->info->function != watch->function)
    watch->changed = true;
  return watch->allocate(watch->data, block, before, after);
}

/* Returns whether its own record stays as it is until a new stack is there. */
static int probe_move(lua_State *L) {
  enum { MANY = 1000 };
  lua_Debug own;
  if (!lua_getstack(L, 0, &own)) return 0;
  Watch watch = {.info = own.i_ci, .function = own.i_ci->function};
  watch.allocate = lua_getallocf(L, &watch.data);
  lua_setallocf(L, watch_record, &watch);
  bool grown = lua_checkstack(L, MANY);
  lua_setallocf(L, watch.allocate, watch.data);
  if (!grown) return luaL_error(L, "not enough memory");
  lua_pushboolean(L, !watch.changed);
  return 1;
}

static bool stays_readable(lua_State *L) {
  lua_State *thread = lua_newthread(L);
  lua_pushcfunction(thread, probe_move);
  int status = lua_pcall(thread, 0, 1, 0);
  bool readable = lua_toboolean(thread, -1);
  if (status != LUA_OK) {
    lua_xmove(thread, L, 1);
    lua_error(L);
  }
  lua_pop(L, 1);
  return readable;
}

bool frames_test(lua_State *L, int functions) {
  ptrdiff_t base_offset;
  return callinfo_test(L, functions, &base_offset) && has_pc(L, functions) &&
         stays_readable(L);
}
