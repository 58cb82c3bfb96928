#include "host/child/forbid.h"

#include <lauxlib.h>
#include <lualib.h>
#include <string.h>

#include "host/child/refusal.h"

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
  refusal_push(L);
  lua_setfield(L, -2, event);
}

/* A function of a module that is refused late: it makes a function that refuses
** its call or, of such a function, an object that refuses any use. */
static int make_refusing(lua_State *L) {
  if (!refusal_is(L, 1)) {
    lua_pushvalue(L, lua_upvalueindex(1));
    refusal_push(L);
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

/* The reason of a module, or of one that it is below: pushed, else false. */
static bool push_reason(lua_State *L, const char *name, int reasons) {
  lua_pushnil(L);
  while (lua_next(L, reasons)) {
    const char *module = lua_tostring(L, -2);
    if (strcmp(name, module) == 0 || is_below(name, module)) {
      lua_remove(L, -2);
      return true;
    }
    lua_pop(L, 1);
  }
  return false;
}

/* A searcher of files that finds no module which is off limits, whoever has
** taken its refusal out of package.preload. Upvalues: the searcher that it
** stands for, the reasons, the loader of what is refused. */
static int search(lua_State *L) {
  const char *name = luaL_checkstring(L, 1);
  lua_settop(L, 1);
  if (push_reason(L, name, lua_upvalueindex(2))) {
    lua_pushcclosure(L, lua_tocfunction(L, lua_upvalueindex(3)), 1);
    return 1;
  }
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_insert(L, 1);
  lua_call(L, 1, LUA_MULTRET);
  return lua_gettop(L);
}

/* Puts `search` before the searcher at `i` of the searchers on the top. */
static void guard_searcher(lua_State *L, int i, int reasons,
                           lua_CFunction loader) {
  lua_rawgeti(L, -1, i);
  lua_pushvalue(L, reasons);
  lua_pushcfunction(L, loader);
  lua_pushcclosure(L, search, 3);
  lua_rawseti(L, -2, i);
}

/* The files of modules that are off limits are not found either. Searchers are
** those of preload, Lua, C. */
static void guard_files(lua_State *L, int reasons, lua_CFunction loader) {
  enum { LUA_SEARCHER = 2, C_SEARCHER = 3 };
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
  lua_getfield(L, -1, LUA_LOADLIBNAME);
  lua_getfield(L, -1, "searchers");
  guard_searcher(L, LUA_SEARCHER, reasons, loader);
  guard_searcher(L, C_SEARCHER, reasons, loader);
  lua_pop(L, 3);
}

/* Pops a reason and refuses calls of a library's function: "io.popen". False
** when there is none of that name, and the reason stays. */
static bool forbid_function(lua_State *L, const char *name) {
  const char *dot = strrchr(name, '.');
  if (!dot) return false;
  int reason = lua_gettop(L);
  const char *library = lua_pushlstring(L, name, (size_t)(dot - name));
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
  bool is_one = lua_getfield(L, -1, library) == LUA_TTABLE &&
                lua_getfield(L, -1, dot + 1) == LUA_TFUNCTION;
  if (is_one) {
    lua_pop(L, 1);
    refusal_set(L, library, dot + 1, lua_tostring(L, reason));
  }
  lua_settop(L, is_one ? reason - 1 : reason);
  return is_one;
}

static void add_reason(lua_State *L, int reasons, const char *name,
                       const char *reason) {
  lua_pushstring(L, reason);
  lua_setfield(L, reasons, name);
}

void child_forbid(lua_State *L, int reasons, bool late) {
  lua_CFunction loader = late ? stand_in : refuse_module;
  guard_files(L, reasons, loader);
  lua_pushnil(L);
  while (lua_next(L, reasons)) {
    const char *name = lua_tostring(L, -2);
    if (!forbid_function(L, name)) forbid(L, name, loader);
  }
  add_reason(L, reasons, "perilune.child", "a solution runs in one process");
  lua_getfield(L, reasons, "perilune.child");
  forbid(L, "perilune.child", refuse_module);
}
