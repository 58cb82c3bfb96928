#include "host/profiler/names.h"

#include <lauxlib.h>
#include <string.h>

#include "host/coroutine.h"

/* The function at `index` among those of the profile, or the root. */
static uint32_t number_of(lua_State *L, const Functions *functions, int index) {
  lua_CFunction function = lua_tocfunction(L, index);
  if (function) {
    const void *address;
    memcpy(&address, &function, sizeof address);
    return functions_of_address(functions, address);
  }
  lua_Debug ar;
  lua_pushvalue(L, index);
  lua_getinfo(L, ">Su", &ar);
  return functions_of_definition(functions, &ar);
}

static void give(lua_State *L, Functions *functions, const char *owner,
                 const char *joint) {
  uint32_t number = number_of(L, functions, -1);
  const Function *item = &functions->items[number];
  bool wants = item->kind == FUNCTION_C ? !item->resolved : !item->name;
  if (number == FUNCTION_IS_ROOT || !wants) return;
  const char *name = lua_tostring(L, -2);
  const char *full = *owner ? lua_pushfstring(L, "%s%s%s", owner, joint, name)
                            : lua_pushstring(L, name);
  functions_rename(functions, number, full);
  lua_pop(L, 1);
}

/* The functions of the table on top, popped. */
static void name_fields(lua_State *L, Functions *functions, const char *owner,
                        const char *joint) {
  lua_pushnil(L);
  while (lua_next(L, -2)) {
    if (lua_type(L, -2) == LUA_TSTRING && lua_isfunction(L, -1))
      give(L, functions, owner, joint);
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
}

/* The standard library first: others may hold its functions too. */
static void name_standard(lua_State *L, Functions *functions) {
  static const char *const modules[] = {"_G",    "string", "table",     "math",
                                        "io",    "os",     "coroutine", "utf8",
                                        "debug", "package"};
  for (size_t i = 0; i < sizeof modules / sizeof *modules; i++) {
    if (lua_getfield(L, -1, modules[i]) == LUA_TTABLE)
      name_fields(L, functions, i ? modules[i] : "", ".");
    else
      lua_pop(L, 1);
  }
}

static void name_modules(lua_State *L, Functions *functions) {
  lua_pushnil(L);
  while (lua_next(L, -2)) {
    if (lua_type(L, -2) == LUA_TSTRING && lua_istable(L, -1)) {
      lua_pushvalue(L, -1);
      name_fields(L, functions, lua_tostring(L, -3), ".");
    }
    lua_pop(L, 1);
  }
}

/* `require` spends its time in these; the table `package` is on top. */
static void name_searchers(lua_State *L, Functions *functions) {
  if (lua_getfield(L, -1, "searchers") == LUA_TTABLE) {
    lua_Integer count = (lua_Integer)lua_rawlen(L, -1);
    for (lua_Integer i = 1; i <= count; i++) {
      lua_pushfstring(L, "[%I]", (LUAI_UACINT)i);
      if (lua_rawgeti(L, -2, i) == LUA_TFUNCTION)
        give(L, functions, "package.searchers", "");
      lua_pop(L, 2);
    }
  }
  lua_pop(L, 1);
}

/* Functions that are no fields of a module. Wrapped coroutines are one to C,
** whatever their callers call each. */
static void name_others(lua_State *L, Functions *functions) {
  if (lua_getfield(L, -1, "package") == LUA_TTABLE)
    name_searchers(L, functions);
  lua_pop(L, 1);
  lua_pushliteral(L, "wrapped coroutine");
  lua_pushcfunction(L, coroutine_call_wrapped);
  give(L, functions, "", "");
  lua_pop(L, 2);
}

/* luaL_newmetatable keeps them in the registry, with their name. */
static bool is_metatable(lua_State *L) {
  if (lua_type(L, -2) != LUA_TSTRING || !lua_istable(L, -1)) return false;
  bool named = lua_getfield(L, -1, "__name") == LUA_TSTRING;
  lua_pop(L, 1);
  return named;
}

static void name_metatable(lua_State *L, Functions *functions,
                           const char *name) {
  if (lua_getfield(L, -1, "__index") == LUA_TTABLE)
    name_fields(L, functions, name, ":");
  else
    lua_pop(L, 1);
  lua_pushvalue(L, -1);
  name_fields(L, functions, name, ":");
}

static void name_metatables(lua_State *L, Functions *functions) {
  lua_pushnil(L);
  while (lua_next(L, LUA_REGISTRYINDEX)) {
    if (is_metatable(L)) name_metatable(L, functions, lua_tostring(L, -2));
    lua_pop(L, 1);
  }
}

void names_resolve(lua_State *L, Functions *functions) {
  luaL_checkstack(L, 12, "not enough memory");
  if (lua_getfield(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE) == LUA_TTABLE) {
    name_standard(L, functions);
    name_modules(L, functions);
    name_others(L, functions);
  }
  lua_pop(L, 1);
  name_metatables(L, functions);
}
