#include "host/coroutine.h"

#include <lauxlib.h>
#include <lualib.h>
#include <stdbool.h>

#include "host/hook.h"
#include "host/script_hook.h"

static int transfer(lua_State *from, lua_State *to, int n) {
  if (!lua_checkstack(to, n + 1)) return 0;
  lua_xmove(from, to, n);
  return 1;
}

static int run(lua_State *L, lua_State *thread, int nargs, int *nresults) {
  Hooks *hooks = hook_of(L);
  lua_State *previous = hook_enter(hooks, thread);
  int status = lua_resume(thread, L, nargs, nresults);
  hook_leave(hooks, previous);
  return status;
}

/* Resumes with the top `nargs` values. Returns how many results it pushed, or
** -1 with an error value on top. */
static int resume(lua_State *L, lua_State *thread, int nargs) {
  if (!transfer(L, thread, nargs)) {
    lua_pushliteral(L, "too many arguments to resume");
    return -1;
  }
  int nresults;
  int status = run(L, thread, nargs, &nresults);
  if (status != LUA_OK && status != LUA_YIELD) {
    lua_xmove(thread, L, 1);
    return -1;
  }
  if (!transfer(thread, L, nresults)) {
    lua_pop(thread, nresults);
    lua_pushliteral(L, "too many results to resume");
    return -1;
  }
  return nresults;
}

static int coroutine_resume(lua_State *L) {
  lua_State *thread = lua_tothread(L, 1);
  luaL_argexpected(L, thread, 1, "thread");
  int nresults = resume(L, thread, lua_gettop(L) - 1);
  lua_pushboolean(L, nresults >= 0);
  if (nresults < 0) nresults = 1;
  lua_insert(L, -(nresults + 1));
  return nresults + 1;
}

/* Closes the thread: its __close metamethods run on it. */
static int reset(lua_State *L, lua_State *thread) {
  Hooks *hooks = hook_of(L);
  lua_State *previous = hook_enter(hooks, thread);
  int status = lua_resetthread(thread);
  hook_leave(hooks, previous);
  return status;
}

static int coroutine_close(lua_State *L) {
  lua_Debug ar;
  lua_State *thread = lua_tothread(L, 1);
  luaL_argexpected(L, thread, 1, "thread");
  if (thread == L) return luaL_error(L, "cannot close a running coroutine");
  if (lua_status(thread) == LUA_OK && lua_getstack(thread, 0, &ar))
    return luaL_error(L, "cannot close a normal coroutine");
  bool closed = reset(L, thread) == LUA_OK;
  lua_pushboolean(L, closed);
  if (closed) return 1;
  lua_xmove(thread, L, 1);
  return 2;
}

/* Raises the error on top as coroutine.wrap does: the coroutine is closed and
** a message gets the position of the call. */
static int raise_wrapped(lua_State *L, lua_State *thread) {
  int status = lua_status(thread);
  if (status != LUA_OK && status != LUA_YIELD) {
    status = reset(L, thread);
    lua_xmove(thread, L, 1);
  }
  if (status != LUA_ERRMEM && lua_type(L, -1) == LUA_TSTRING) {
    luaL_where(L, 1);
    lua_insert(L, -2);
    lua_concat(L, 2);
  }
  return lua_error(L);
}

int coroutine_call_wrapped(lua_State *L) {
  lua_State *thread = lua_tothread(L, lua_upvalueindex(1));
  int nresults = resume(L, thread, lua_gettop(L));
  return nresults >= 0 ? nresults : raise_wrapped(L, thread);
}

static int coroutine_create(lua_State *L) {
  luaL_checktype(L, 1, LUA_TFUNCTION);
  lua_State *thread = lua_newthread(L);
  if (lua_gethookmask(L)) script_hook_inherit(L, thread);
  lua_pushvalue(L, 1);
  lua_xmove(L, thread, 1);
  return 1;
}

static int coroutine_wrap(lua_State *L) {
  coroutine_create(L);
  lua_pushcclosure(L, coroutine_call_wrapped, 1);
  return 1;
}

static const luaL_Reg functions[] = {
    {"close", coroutine_close},
    {"create", coroutine_create},
    {"resume", coroutine_resume},
    {"wrap", coroutine_wrap},
    {NULL, NULL},
};

void coroutine_open(lua_State *L) {
  if (lua_getglobal(L, LUA_COLIBNAME) == LUA_TTABLE)
    luaL_setfuncs(L, functions, 0);
  lua_pop(L, 1);
}
