/* Where in a message a value is that cannot be sent. */
#include "message_path.h"

#include <ctype.h>
#include <lauxlib.h>
#include <stdbool.h>
#include <string.h>

enum { PATH_STEPS = 16, KEY_SHOWN = 40 };

static bool sendable(lua_State *L, int index) {
  int type = lua_type(L, index);
  return type != LUA_TLIGHTUSERDATA && type <= LUA_TTABLE;
}

const char *message_kind(lua_State *L, int index) {
  int type = lua_type(L, index);
  return type == LUA_TTHREAD ? "coroutine" : lua_typename(L, type);
}

static bool is_name(const char *text, size_t length) {
  if (length == 0 || length > KEY_SHOWN || isdigit((unsigned char)*text))
    return false;
  for (size_t i = 0; i < length; i++)
    if (!isalnum((unsigned char)text[i]) && text[i] != '_') return false;
  return true;
}

static void push_text_key(lua_State *L, int key) {
  char shown[KEY_SHOWN + 1];
  size_t length;
  const char *text = lua_tolstring(L, key, &length);
  size_t n = length < KEY_SHOWN ? length : KEY_SHOWN;
  for (size_t i = 0; i < n; i++)
    shown[i] = isprint((unsigned char)text[i]) ? text[i] : '?';
  shown[n] = '\0';
  if (is_name(text, length))
    lua_pushfstring(L, ".%s", shown);
  else
    lua_pushfstring(L, "[\"%s%s\"]", shown, n < length ? "..." : "");
}

/* Pushes a step of a path: .name, [1], ["a b"], [a table]. */
static void push_step(lua_State *L, int key) {
  switch (lua_type(L, key)) {
  case LUA_TSTRING: push_text_key(L, key); break;
  case LUA_TNUMBER:
    if (lua_isinteger(L, key))
      lua_pushfstring(L, "[%I]", (LUAI_UACINT)lua_tointeger(L, key));
    else
      lua_pushfstring(L, "[%f]", (LUAI_UACNUMBER)lua_tonumber(L, key));
    break;
  case LUA_TBOOLEAN:
    lua_pushfstring(L, "[%s]", lua_toboolean(L, key) ? "true" : "false");
    break;
  default: lua_pushfstring(L, "[a %s]", message_kind(L, key)); break;
  }
}

/* Replaces the path on the top by the step to table `number` in its holder and
** that path. */
static void prepend_step(lua_State *L, const Place *place, lua_Integer number) {
  int path = lua_gettop(L);
  int table = path + 1;
  int holder = path + 2;
  lua_rawgeti(L, place->tables, number);
  lua_rawgeti(L, place->tables, message_mark(place->marks, number).holder);
  lua_pushnil(L);
  while (lua_next(L, holder)) {
    if (lua_rawequal(L, -2, table) || lua_rawequal(L, -1, table)) break;
    lua_pop(L, 1);
  }
  push_step(L, holder + 1);
  lua_pushvalue(L, path);
  lua_concat(L, 2);
  lua_replace(L, path);
  lua_settop(L, path);
}

/* Completes the path on the top, of a value in `number`; returns the table that
** the completed path starts from. */
static lua_Integer complete_path(lua_State *L, const Place *place,
                                 lua_Integer number) {
  int steps = 1;
  lua_Integer holder = message_mark(place->marks, number).holder;
  for (; holder != 0; steps++) {
    if (steps < PATH_STEPS) prepend_step(L, place, number);
    number = holder;
    holder = message_mark(place->marks, number).holder;
  }
  if (steps > PATH_STEPS) {
    lua_pushfstring(L, "...%s", lua_tostring(L, -1));
    lua_replace(L, -2);
  }
  return number;
}

Mark message_mark(const char *marks, lua_Integer number) {
  Mark mark;
  memcpy(&mark, marks + (size_t)(number - 1) * sizeof mark, sizeof mark);
  return mark;
}

void message_push_refusal(lua_State *L, const Place *place, int first,
                          int count) {
  int key = lua_gettop(L) - 1;
  const char *kind = message_kind(L, sendable(L, key) ? key + 1 : key);
  push_step(L, key);
  lua_Integer root = complete_path(L, place, place->holder);
  const char *path = lua_tostring(L, -1);
  if (path[0] == '.' && path[1] != '.') path++;
  int value = first;
  lua_rawgeti(L, place->tables, root);
  while (!lua_rawequal(L, value, -1)) value++;
  if (count > 1)
    lua_pushfstring(L, "value %d, ", value - first + 1);
  else
    lua_pushliteral(L, "");
  lua_pushfstring(L, "%s%s: a %s cannot be sent", lua_tostring(L, -1), path,
                  kind);
}
