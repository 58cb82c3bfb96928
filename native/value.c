#include "native/value.h"

#include <lauxlib.h>

/* Its address names the table of tokens in the registry: string -> token. Its
** values are weak, so that it does not keep the tokens alive. */
static const char texts;

static uint64_t address_of(lua_State *L, int index) {
  return (uint64_t)(uintptr_t)lua_topointer(L, index);
}

_Static_assert(sizeof(lua_Number) == sizeof(uint64_t), "64-bit floats");

static ValueStatus number_key(lua_State *L, int index, Key *key) {
  if (value_integer_key(L, index, key)) return VALUE_KEY;
  return value_float_key(lua_tonumber(L, index), key);
}

static ValueStatus string_key(lua_State *L, int index, Key *key) {
  if (lua_rawlen(L, index) > VALUE_SHORT_LENGTH) {
    *key = (Key){0, KEY_TEXT};
    return VALUE_LONG;
  }
  *key = (Key){address_of(L, index), KEY_OBJECT};
  return VALUE_KEY;
}

ValueStatus value_key(lua_State *L, int index, Key *key) {
  switch (lua_type(L, index)) {
  case LUA_TNUMBER: return number_key(L, index, key);
  case LUA_TSTRING: return string_key(L, index, key);
  case LUA_TBOOLEAN:
    *key = (Key){(uint64_t)lua_toboolean(L, index), KEY_BOOLEAN};
    return VALUE_KEY;
  case LUA_TLIGHTUSERDATA:
    *key = (Key){address_of(L, index), KEY_POINTER};
    return VALUE_KEY;
  case LUA_TUSERDATA:
    *key = (Key){address_of(L, index), KEY_USERDATA};
    return VALUE_KEY;
  case LUA_TNIL:
  case LUA_TNONE: return VALUE_NIL;
  default: *key = (Key){address_of(L, index), KEY_OBJECT}; return VALUE_KEY;
  }
}

static void push_texts(lua_State *L) {
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &texts) == LUA_TTABLE) return;
  lua_pop(L, 1);
  lua_newtable(L);
  lua_createtable(L, 0, 1);
  lua_pushliteral(L, "v");
  lua_setfield(L, -2, "__mode");
  lua_setmetatable(L, -2);
  lua_pushvalue(L, -1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &texts);
}

bool value_find_text(lua_State *L, int index, Key *key) {
  index = lua_absindex(L, index);
  bool found = false;
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &texts) == LUA_TTABLE) {
    lua_pushvalue(L, index);
    found = lua_rawget(L, -2) != LUA_TNIL;
    *key = (Key){address_of(L, -1), KEY_TEXT};
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
  return found;
}

/* Expects the table of tokens on top, leaves the new token there. A finaliser
** that ran meanwhile may have made one too: then that one stays. */
static void make_token(lua_State *L, int index) {
  lua_newuserdatauv(L, 0, 1);
  lua_pushvalue(L, index);
  lua_setiuservalue(L, -2, 1);
  lua_pushvalue(L, index);
  if (lua_rawget(L, -3) == LUA_TNIL) {
    lua_pop(L, 1);
    lua_pushvalue(L, index);
    lua_pushvalue(L, -2);
    lua_rawset(L, -4);
  } else {
    lua_replace(L, -2);
  }
}

void value_intern_text(lua_State *L, int index, Key *key) {
  index = lua_absindex(L, index);
  push_texts(L);
  lua_pushvalue(L, index);
  if (lua_rawget(L, -2) == LUA_TNIL) {
    lua_pop(L, 1);
    make_token(L, index);
  }
  *key = (Key){address_of(L, -1), KEY_TEXT};
  lua_replace(L, index);
  lua_pop(L, 1);
}

void value_untoken(lua_State *L) {
  lua_getiuservalue(L, -1, 1);
  lua_remove(L, -2);
}

uint64_t value_address(lua_State *L) { return address_of(L, -1); }

const char *value_type_name(lua_State *L, int index) {
  if (luaL_getmetafield(L, index, "__name") == LUA_TSTRING)
    return lua_tostring(L, -1);
  return lua_isnone(L, index) ? "nil" : luaL_typename(L, index);
}

/* As perilune.arguments shows values. */
const char *value_no_option(lua_State *L, int index,
                            const char *const names[]) {
  int type = lua_type(L, index);
  bool is_shown = type == LUA_TSTRING || type == LUA_TNUMBER;
  const char *quote = type == LUA_TSTRING ? "\"" : "";
  const char *key = is_shown ? luaL_tolstring(L, index, NULL)
                             : value_type_name(L, index);
  lua_pushfstring(L, "there is no option %s%s%s; the options: ", quote, key,
                  quote);
  for (int i = 0; names[i]; i++) {
    lua_pushstring(L, i ? ", " : "");
    lua_pushstring(L, names[i]);
    lua_concat(L, 3);
  }
  return lua_tostring(L, -1);
}
