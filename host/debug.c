#include "host/debug.h"

#include <lauxlib.h>
#include <lualib.h>
#include <string.h>

#include "host/hook.h"
#include "host/script_hook.h"

/* The thread that a debug function is asked about: its first argument, when
** that is a thread; `*shift` is then 1. */
static lua_State *subject(lua_State *L, int *shift) {
  *shift = lua_isthread(L, 1);
  return *shift ? lua_tothread(L, 1) : L;
}

static int make_mask(const char *letters, int count) {
  int mask = 0;
  if (strchr(letters, 'c')) mask |= LUA_MASKCALL;
  if (strchr(letters, 'r')) mask |= LUA_MASKRET;
  if (strchr(letters, 'l')) mask |= LUA_MASKLINE;
  if (count > 0) mask |= LUA_MASKCOUNT;
  return mask;
}

static int debug_sethook(lua_State *L) {
  int shift, mask = 0, count = 0;
  lua_State *thread = subject(L, &shift);
  if (lua_isnoneornil(L, shift + 1)) {
    lua_settop(L, shift + 1);
  } else {
    const char *letters = luaL_checkstring(L, shift + 2);
    luaL_checktype(L, shift + 1, LUA_TFUNCTION);
    count = (int)luaL_optinteger(L, shift + 3, 0);
    mask = make_mask(letters, count);
  }
  Hooks *hooks = hook_of(L);
  lua_pushvalue(L, shift + 1);
  script_hook_set(L, thread, mask, count);
  hook_scripted(hooks, thread);
  return 0;
}

static void push_mask(lua_State *L, int mask) {
  char letters[4];
  int n = 0;
  if (mask & LUA_MASKCALL) letters[n++] = 'c';
  if (mask & LUA_MASKRET) letters[n++] = 'r';
  if (mask & LUA_MASKLINE) letters[n++] = 'l';
  lua_pushlstring(L, letters, (size_t)n);
}

static int push_foreign(lua_State *L) {
  int mask, count;
  if (!hook_foreign(hook_of(L), &mask, &count)) return luaL_pushfail(L), 1;
  lua_pushliteral(L, "external hook");
  push_mask(L, mask);
  lua_pushinteger(L, count);
  return 3;
}

static int debug_gethook(lua_State *L) {
  int shift;
  lua_State *thread = subject(L, &shift);
  const ScriptHook *hook = script_hook_push(L, thread);
  if (!hook) return push_foreign(L);
  lua_getiuservalue(L, -1, 1);
  push_mask(L, hook->mask);
  lua_pushinteger(L, hook->count);
  return 3;
}

static const luaL_Reg functions[] = {
    {"gethook", debug_gethook},
    {"sethook", debug_sethook},
    {NULL, NULL},
};

void debug_open(lua_State *L) {
  if (lua_getglobal(L, LUA_DBLIBNAME) == LUA_TTABLE)
    luaL_setfuncs(L, functions, 0);
  lua_pop(L, 1);
}
