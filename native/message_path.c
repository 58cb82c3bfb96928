/* Where in a message a value is that cannot be sent. */
#include "message_path.h"

#include <ctype.h>
#include <lauxlib.h>
#include <stdbool.h>

enum { PATH_STEPS = 16, KEY_SHOWN = 40 };

static const char *kind_of(lua_State *L, int index) {
  int type = lua_type(L, index);
  return type == LUA_TTHREAD ? "coroutine" : lua_typename(L, type);
}

/* In a parcel most functions can go. A userdata's metatable keeps its name. */
static const char *refused_kind(lua_State *L, int index, const char *label) {
  if (label && lua_isfunction(L, index)) return "C function that no module has";
  const char *kind = kind_of(L, index);
  if (lua_type(L, index) != LUA_TUSERDATA) return kind;
  int field = luaL_getmetafield(L, index, "__name");
  if (field == LUA_TSTRING) kind = lua_tostring(L, -1);
  if (field != LUA_TNIL) lua_pop(L, 1);
  return kind;
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
  default: lua_pushfstring(L, "[a %s]", kind_of(L, key)); break;
  }
}

/* Pushes the step that leads from the object at `holder` to the pair on the
** top: of a function the pair is an upvalue's name and value. */
static void push_step_from(lua_State *L, int holder) {
  int key = lua_gettop(L) - 1;
  if (lua_isfunction(L, holder))
    lua_pushfstring(L, ", upvalue '%s'", lua_tostring(L, key));
  else
    push_step(L, key);
}

/* Pushes name and value of the upvalue that holds the object at `index`. */
static bool find_upvalue(lua_State *L, int function, int index) {
  const char *name;
  for (int i = 1; (name = lua_getupvalue(L, function, i)) != NULL; i++) {
    lua_pushstring(L, name);
    lua_insert(L, -2);
    if (lua_rawequal(L, -1, index)) return true;
    lua_pop(L, 2);
  }
  return false;
}

/* Pushes the pair that has the object at `index`. */
static bool find_pair(lua_State *L, int table, int index) {
  lua_pushnil(L);
  while (lua_next(L, table)) {
    if (lua_rawequal(L, -2, index) || lua_rawequal(L, -1, index)) return true;
    lua_pop(L, 1);
  }
  return false;
}

/* Replaces the path on the top by the step to object `number` in its holder and
** that path. */
static void prepend_step(lua_State *L, const Encoder *e, lua_Integer number) {
  int path = lua_gettop(L);
  int object = path + 1;
  int holder = path + 2;
  encoder_push(L, e, number);
  encoder_push(L, e, encoder_mark(e, number).holder);
  bool found = lua_istable(L, holder) ? find_pair(L, holder, object)
                                      : find_upvalue(L, holder, object);
  if (found)
    push_step_from(L, holder);
  else
    lua_pushliteral(L, ", metatable");
  lua_pushvalue(L, path);
  lua_concat(L, 2);
  lua_replace(L, path);
  lua_settop(L, path);
}

/* Completes the path on the top, of a value in `number`; returns the object
** that the completed path starts from. */
static lua_Integer complete_path(lua_State *L, const Encoder *e,
                                 lua_Integer number) {
  int steps = 1;
  lua_Integer holder = encoder_mark(e, number).holder;
  for (; holder != 0; steps++) {
    if (steps < PATH_STEPS) prepend_step(L, e, number);
    number = holder;
    holder = encoder_mark(e, number).holder;
  }
  if (steps > PATH_STEPS) {
    lua_pushfstring(L, "...%s", lua_tostring(L, -1));
    lua_replace(L, -2);
  }
  return number;
}

/* Pushes what a path starts with: value `number` of `count`. */
static void push_root(lua_State *L, int number, int count, const char *label) {
  if (label && number)
    lua_pushfstring(L, "%s %d", label, number);
  else if (label)
    lua_pushstring(L, label);
  else if (count > 1)
    lua_pushfstring(L, "value %d, ", number);
  else
    lua_pushliteral(L, "");
}

void message_refuse_value(lua_State *L, int number, const char *label) {
  const char *kind = refused_kind(L, -1, label);
  lua_pushfstring(L, "%s %d: a %s cannot be sent", label ? label : "value",
                  number, kind);
}

void message_refuse_pair(lua_State *L, const Encoder *e, int first, int count,
                         const char *label) {
  int key = lua_gettop(L) - 1;
  const char *kind = refused_kind(L, e->key ? key : key + 1, label);
  push_step_from(L, key - 1);
  lua_Integer root = complete_path(L, e, e->holder);
  const char *path = lua_tostring(L, -1);
  if (!label && path[0] == '.' && path[1] != '.') path++;
  int value = first;
  encoder_push(L, e, root);
  while (first && !lua_rawequal(L, value, -1)) value++;
  push_root(L, first ? value - first + 1 : 0, count, label);
  lua_pushfstring(L, "%s%s: a %s cannot be sent", lua_tostring(L, -1), path,
                  kind);
}
