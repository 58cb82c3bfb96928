#include "host/child_forbid.h"

#include <lauxlib.h>
#include <lualib.h>
#include <string.h>

/* Raises the first upvalue, with the position of the call at `level`. */
static int refuse_at(lua_State *L, int level) {
  luaL_where(L, level);
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_concat(L, 2);
  return lua_error(L);
}

static int refuse(lua_State *L) { return refuse_at(L, 1); }

/* Pushes the refusal of a module whose name is at index 1; the reason is the
** first upvalue. */
static void push_refusal(lua_State *L) {
  lua_pushfstring(L, "'%s' is off limits: %s", lua_tostring(L, 1),
                  lua_tostring(L, lua_upvalueindex(1)));
}

/* A loader. The position is that of the `require` that called it. */
static int refuse_module(lua_State *L) {
  luaL_where(L, 2);
  push_refusal(L);
  lua_concat(L, 2);
  return lua_error(L);
}

static void set_refusal(lua_State *L, const char *event) {
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_pushcclosure(L, refuse, 1);
  lua_setfield(L, -2, event);
}

/* A function of a module that is refused late: it makes a function that refuses
** its call or, of such a function, an object that refuses any use. */
static int make_refusing(lua_State *L) {
  if (lua_tocfunction(L, 1) != refuse) {
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_pushcclosure(L, refuse, 1);
    return 1;
  }
  lua_newtable(L);
  lua_createtable(L, 0, 3);
  set_refusal(L, "__index");
  set_refusal(L, "__newindex");
  set_refusal(L, "__call");
  lua_setmetatable(L, -2);
  return 1;
}

/* Its __index: every field is such a function. */
static int any_field(lua_State *L) {
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_pushcclosure(L, make_refusing, 1);
  return 1;
}

/* A loader of a module that is refused late. */
static int stand_in(lua_State *L) {
  lua_newtable(L);
  lua_createtable(L, 0, 1);
  push_refusal(L);
  lua_pushcclosure(L, any_field, 1);
  lua_setfield(L, -2, "__index");
  lua_setmetatable(L, -2);
  return 1;
}

/* Pops a reason and puts it in the place of a module. */
static void forbid_one(lua_State *L, const char *name, lua_CFunction loader) {
  lua_pushcclosure(L, loader, 1);
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
  lua_insert(L, -2);
  lua_setfield(L, -2, name);
  lua_pop(L, 1);
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
  lua_pushnil(L);
  lua_setfield(L, -2, name);
  lua_pop(L, 1);
}

static bool is_below(const char *name, const char *module) {
  size_t length = strlen(module);
  return strncmp(name, module, length) == 0 && name[length] == '.';
}

/* Pops a reason and forbids a module and those of ours below it, as its parts
** are: "perilune.memo.trie" with "perilune.memo". */
static void forbid(lua_State *L, const char *module, lua_CFunction loader) {
  int reason = lua_gettop(L);
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
  lua_pushnil(L);
  while (lua_next(L, -2)) {
    lua_pop(L, 1);
    if (lua_type(L, -1) != LUA_TSTRING) continue;
    if (!is_below(lua_tostring(L, -1), module)) continue;
    lua_pushvalue(L, reason);
    forbid_one(L, lua_tostring(L, -2), loader);
  }
  lua_pop(L, 1);
  forbid_one(L, module, loader);
}

void child_forbid_modules(lua_State *L, int reasons, bool late) {
  lua_pushliteral(L, "a solution runs in one process");
  forbid(L, "perilune.child", refuse_module);
  lua_pushnil(L);
  while (lua_next(L, reasons)) {
    const char *module = lua_tostring(L, -2);
    forbid(L, module, late ? stand_in : refuse_module);
  }
}

/* What shows no function, no variable and no registry. */
static bool is_harmless(const char *name) {
  static const char *const harmless[] = {"traceback", "getmetatable",
                                         "gethook"};
  for (size_t i = 0; i < sizeof harmless / sizeof *harmless; i++)
    if (strcmp(name, harmless[i]) == 0) return true;
  return false;
}

void child_forbid_debug(lua_State *L) {
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
  lua_getfield(L, -1, LUA_DBLIBNAME);
  lua_pushnil(L);
  while (lua_next(L, -2)) {
    lua_pop(L, 1);
    const char *name = lua_tostring(L, -1);
    if (is_harmless(name)) continue;
    lua_pushvalue(L, -1);
    lua_pushfstring(L,
                    "debug.%s is off limits: debug.%s reaches the judge's "
                    "own code, which runs beside yours here",
                    name, name);
    lua_pushcclosure(L, refuse, 1);
    lua_rawset(L, -4);
  }
  lua_pop(L, 2);
}
