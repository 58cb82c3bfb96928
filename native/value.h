/* Lua values as keys. */
#ifndef PERILUNE_VALUE_H
#define PERILUNE_VALUE_H

#include <lua.h>
#include <string.h>

#include "native/key.h"

/* LUAI_MAXSHORTLEN, which Lua's headers keep to themselves: strings up to this
** length are interned. */
#define VALUE_SHORT_LENGTH 40

typedef enum ValueStatus {
  VALUE_KEY,  /* *key is the value's */
  VALUE_LONG, /* a long string: *key needs value_find_text or _intern_text */
  VALUE_NIL,  /* nil or nothing: no key */
  VALUE_NAN   /* no key */
} ValueStatus;

/* The key of the value at 'index'. Equal as table keys are: a float with an
** integer's value is that integer, -0.0 is 0, the rest goes by identity.
** Never throws, calls nothing back. */
ValueStatus value_key(lua_State *L, int index, Key *key);

/* Same for a number with an integer's value; false for other numbers. */
static inline bool value_integer_key(lua_State *L, int index, Key *key) {
  int isinteger;
  key->payload = (uint64_t)lua_tointegerx(L, index, &isinteger);
  key->tag = KEY_INTEGER;
  return isinteger;
}

/* Same for a float: VALUE_KEY or VALUE_NAN. */
static inline ValueStatus value_float_key(lua_Number number, Key *key) {
  if (number >= -0x1p63 && number < 0x1p63 &&
      (lua_Number)(lua_Integer)number == number) {
    *key = (Key){(uint64_t)(lua_Integer)number, KEY_INTEGER};
    return VALUE_KEY;
  }
  key->tag = KEY_FLOAT;
  memcpy(&key->payload, &number, sizeof number);
  return number == number ? VALUE_KEY : VALUE_NAN;
}

/* Lua keeps one copy of a short string, so its address will do. Equal long
** strings have many: a token, one userdata for each content, stands for them.
** Tokens live as long as somebody anchors them. O(length) the first time that
** Lua hashes the string. */

/* False when no token stands for the string at 'index': no key has it. Needs
** two stack slots; never throws. */
bool value_find_text(lua_State *L, int index, Key *key);

/* Replaces the string at 'index' by its token, made if need be. Throws when
** memory runs out; may run finalisers. */
void value_intern_text(lua_State *L, int index, Key *key);

/* Replaces the token on top of the stack by its string. */
void value_untoken(lua_State *L);

/* The payload of the object on top of the stack. */
uint64_t value_address(lua_State *L);

/* The userdata at 'index', or NULL if its metatable is not the one at
** 'metatable', absolute or an upvalue's: as luaL_testudata, without a search
** for a name. */
static inline void *value_object(lua_State *L, int index, int metatable) {
  void *object = lua_touserdata(L, index);
  if (!object || !lua_getmetatable(L, index)) return NULL;
  bool same = lua_rawequal(L, -1, metatable);
  lua_settop(L, -2);
  return same ? object : NULL;
}

/* What an error calls the type of the value at 'index': its __name if it has
** one. May push. */
const char *value_type_name(lua_State *L, int index);

/* Pushes what an error says of the key at 'index', which is none of these names
** of options; they end with NULL. */
const char *value_no_option(lua_State *L, int index, const char *const names[]);

#endif
