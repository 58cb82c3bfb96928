#include "host/child/refusal.h"

#include <lauxlib.h>

static int refuse(lua_State *L) {
  luaL_where(L, 1);
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_concat(L, 2);
  return lua_error(L);
}

void refusal_push(lua_State *L) { lua_pushcclosure(L, refuse, 1); }

bool refusal_is(lua_State *L, int index) {
  return lua_tocfunction(L, index) == refuse;
}

void refusal_set(lua_State *L, const char *name, const char *field,
                 const char *reason) {
  lua_pushfstring(L, "'%s.%s' is off limits: %s", name, field, reason);
  refusal_push(L);
  lua_setfield(L, -2, field);
}
