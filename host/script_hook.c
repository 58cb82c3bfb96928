#include "host/script_hook.h"

#include <lauxlib.h>
#include <lualib.h>
#include <string.h>

#include "host/hook.h"

/* registry[&hooks_key]: thread -> ScriptHook whose user value is the function,
** with weak keys. */
static const char hooks_key;

/* Pushes the table, making it when `create` asks for it; false without one. */
static int push_hooks(lua_State *L, int create) {
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &hooks_key) == LUA_TTABLE) return 1;
  lua_pop(L, 1);
  if (!create) return 0;
  lua_newtable(L);
  lua_createtable(L, 0, 1);
  lua_pushliteral(L, "k");
  lua_setfield(L, -2, "__mode");
  lua_setmetatable(L, -2);
  lua_pushvalue(L, -1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &hooks_key);
  return 1;
}

/* Pushes `of`'s ScriptHook or nil on `L`. */
static ScriptHook *push_hook(lua_State *L, lua_State *of) {
  if (!lua_checkstack(L, 3) || !lua_checkstack(of, 1) || !push_hooks(L, 0)) {
    lua_pushnil(L);
    return NULL;
  }
  lua_pushthread(of);
  lua_xmove(of, L, 1);
  lua_rawget(L, -2);
  lua_remove(L, -2);
  return lua_touserdata(L, -1);
}

ScriptHook *script_hook_get(lua_State *L) {
  ScriptHook *hook = push_hook(L, L);
  lua_pop(L, 1);
  return hook;
}

/* Gives `of` a hook, with the function on top of the stack, which is popped. */
static void set_hook(lua_State *L, lua_State *of, int mask, int count) {
  luaL_checkstack(L, 5, NULL);
  push_hooks(L, 1);
  if (!lua_checkstack(of, 1)) luaL_error(L, "stack overflow");
  lua_pushthread(of);
  lua_xmove(of, L, 1);
  if (mask) {
    ScriptHook *hook = lua_newuserdatauv(L, sizeof *hook, 1);
    *hook = (ScriptHook){mask, count, count};
    lua_pushvalue(L, -4);
    lua_setiuservalue(L, -2, 1);
  } else {
    lua_pushnil(L);
  }
  lua_rawset(L, -3);
  lua_pop(L, 2);
}

void script_hook_inherit(lua_State *L, lua_State *thread) {
  const ScriptHook *own = script_hook_get(L);
  if (!own) return;
  lua_pushnil(L);
  set_hook(L, thread, own->mask, own->count);
}

void script_hook_call(lua_State *L, lua_Debug *ar) {
  static const char *const names[] = {"call", "return", "line", "count",
                                      "tail call"};
  int top = lua_gettop(L);
  if (!push_hook(L, L) || lua_getiuservalue(L, -1, 1) != LUA_TFUNCTION) {
    lua_settop(L, top);
    return;
  }
  lua_pushstring(L, names[ar->event]);
  if (ar->currentline >= 0)
    lua_pushinteger(L, ar->currentline);
  else
    lua_pushnil(L);
  lua_call(L, 2, 0);
  lua_settop(L, top);
}

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
  set_hook(L, thread, mask, count);
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
  const ScriptHook *hook = push_hook(L, thread);
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

void script_hook_open(lua_State *L) {
  if (lua_getglobal(L, LUA_DBLIBNAME) == LUA_TTABLE)
    luaL_setfuncs(L, functions, 0);
  lua_pop(L, 1);
}
