#include "host/child/forbid.h"

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

/* Where C modules are found, but for the folder that a solution writes to. The
** searcher on the top looks there from now on, not in package.cpath, which a
** solution can change. */
static void fix_cpath(lua_State *L, int package) {
  lua_createtable(L, 0, 1);
  lua_getfield(L, package, "cpath");
  luaL_gsub(L, lua_tostring(L, -1), "./?.so", "");
  lua_setfield(L, -3, "cpath");
  lua_pop(L, 1);
  lua_setupvalue(L, -2, 1);
}

/* Searchers are those of preload, Lua, C, and C in the file of a parent. */
enum { LUA_SEARCHER = 2, C_SEARCHER = 3, PARENT_SEARCHER = 4 };

/* The files of modules that are off limits are not found either, and no C code
** is loaded but what the system has. */
static void guard_files(lua_State *L, int reasons, lua_CFunction loader) {
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
  lua_getfield(L, -1, LUA_LOADLIBNAME);
  int package = lua_gettop(L);
  lua_getfield(L, package, "searchers");
  lua_pushnil(L);
  lua_rawseti(L, -2, PARENT_SEARCHER);
  lua_rawgeti(L, -1, C_SEARCHER);
  fix_cpath(L, package);
  lua_pop(L, 1);
  guard_searcher(L, LUA_SEARCHER, reasons, loader);
  guard_searcher(L, C_SEARCHER, reasons, loader);
  lua_settop(L, package - 2);
}

/* Pops a reason and refuses calls of a library's function: "io.popen". False
** when there is none of that name, and the reason stays. */
static bool forbid_function(lua_State *L, const char *name) {
  const char *dot = strrchr(name, '.');
  if (!dot) return false;
  int reason = lua_gettop(L);
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
  lua_pushlstring(L, name, (size_t)(dot - name));
  bool is_one = lua_rawget(L, -2) == LUA_TTABLE &&
                lua_getfield(L, -1, dot + 1) == LUA_TFUNCTION;
  if (is_one) {
    lua_pop(L, 1);
    lua_pushfstring(L, "'%s' is off limits: %s", name, lua_tostring(L, reason));
    lua_pushcclosure(L, refuse, 1);
    lua_setfield(L, -2, dot + 1);
  }
  lua_settop(L, is_one ? reason - 1 : reason);
  return is_one;
}

static void add_reason(lua_State *L, int reasons, const char *name,
                       const char *reason) {
  lua_pushstring(L, reason);
  lua_setfield(L, reasons, name);
}

static bool is_among(const char *name, const char *const *names) {
  while (*names && strcmp(name, *names) != 0) names++;
  return *names != NULL;
}

/* What shows no function, no variable and no registry. */
static const char *const harmless[] = {"traceback", "getmetatable", "gethook",
                                       NULL};

/* With these the state's own functions can be changed, and what was taken away
** be found again. */
static const char *const reaching[] = {
    "getlocal",   "getregistry",  "getupvalue", "getuservalue", "setlocal",
    "setupvalue", "setuservalue", "upvalueid",  "upvaluejoin",  NULL};

static void forbid_debug(lua_State *L, bool driven) {
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
  lua_getfield(L, -1, LUA_DBLIBNAME);
  lua_pushnil(L);
  while (lua_next(L, -2)) {
    lua_pop(L, 1);
    const char *name = lua_tostring(L, -1);
    if (driven ? is_among(name, harmless) : !is_among(name, reaching)) continue;
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

static bool is_empty(lua_State *L, int table) {
  lua_pushnil(L);
  if (!lua_next(L, table)) return true;
  lua_pop(L, 2);
  return false;
}

void child_forbid(lua_State *L, int reasons, bool late, bool driven) {
  lua_CFunction loader = late ? stand_in : refuse_module;
  bool guarded = driven || !is_empty(L, reasons);
  if (guarded) guard_files(L, reasons, loader);
  lua_pushnil(L);
  while (lua_next(L, reasons)) {
    const char *name = lua_tostring(L, -2);
    if (!forbid_function(L, name)) forbid(L, name, loader);
  }
  add_reason(L, reasons, "perilune.child", "a solution runs in one process");
  lua_getfield(L, reasons, "perilune.child");
  forbid(L, "perilune.child", refuse_module);
  if (!guarded) return;
  lua_pushliteral(L, "a solution is written in Lua");
  forbid_function(L, "package.loadlib");
  forbid_debug(L, driven);
}
