#include "host/script_hook.h"

#include <lauxlib.h>

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

ScriptHook *script_hook_push(lua_State *L, lua_State *of) {
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
  ScriptHook *hook = script_hook_push(L, L);
  lua_pop(L, 1);
  return hook;
}

void script_hook_set(lua_State *L, lua_State *of, int mask, int count) {
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
  script_hook_set(L, thread, own->mask, own->count);
}

void script_hook_call(lua_State *L, lua_Debug *ar) {
  static const char *const names[] = {"call", "return", "line", "count",
                                      "tail call"};
  int top = lua_gettop(L);
  if (!script_hook_push(L, L) || lua_getiuservalue(L, -1, 1) != LUA_TFUNCTION) {
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
