/* Results as the engine makes them. host/lua/perilune/fetch/result.lua makes
** the rest. */
#ifndef PERILUNE_FETCH_RESULT_LUA_H
#define PERILUNE_FETCH_RESULT_LUA_H

#include <lua.h>

#include "native/fetch/transfer.h"

/* User values of the engine, which is at 1: the metatable of results; the head
** of the last answer, for the next one is often the same. */
enum {
  RESULT_CLASS = 1,
  RESULT_LAST_HEAD,
  RESULT_USER_VALUES = RESULT_LAST_HEAD
};

/* Pushes what has become of a transfer that waited `queued` seconds, and whose
** URL, as it was given, is the string at 3. That is a result but for `index`,
** `attempts`, `path` and `error`; a code or nil, a message or nil; the seconds
** to wait before another try (0: not told). */
int result_push(lua_State *L, const Transfer *transfer, lua_Number queued);

#endif
