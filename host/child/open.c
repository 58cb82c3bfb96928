/* Opens a solution: forbids what is off limits, loads it and its driver, and
** tells the names of its functions. */
#include <dirent.h>
#include <errno.h>
#include <lauxlib.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "host/child/debug.h"
#include "host/child/forbid.h"
#include "host/child/server.h"

/* Stack indices while a solution is opened. */
enum { DRIVER = 1, STATUS = 2 };

enum { MOST_BESIDE = 1024 };

/* settings -> what the driver's file returned, or nil. It runs before all code
** of the solution's, and takes what it needs of the libraries for itself. */
static int load_driver(lua_State *L) {
  if (lua_getfield(L, 2, "driver") == LUA_TNIL) return 1;
  if (luaL_loadfilex(L, lua_tostring(L, -1), "t") != LUA_OK)
    return lua_error(L);
  lua_call(L, 0, 1);
  luaL_checktype(L, -1, LUA_TFUNCTION);
  return 1;
}

/* settings -> load's status, chunk or message, folder or nil, file */
static int load_solution(lua_State *L) {
  Server *server = lua_touserdata(L, 1);
  lua_getfield(L, 2, "late");
  lua_getfield(L, 2, "forbidden");
  bool driven = lua_getfield(L, 2, "driver") != LUA_TNIL;
  child_forbid(L, 4, lua_toboolean(L, 3));
  child_debug(L, driven);
  lua_getfield(L, 2, "file");
  const char *source = lua_pushfstring(L, "@%s", lua_tostring(L, -1));
  snprintf(server->source, sizeof server->source, "%s", source);
  lua_getfield(L, 2, "memory");
  perilune_limit_memory(server->host, (size_t)lua_tointeger(L, -1));
  lua_getfield(L, 2, "file");
  lua_pushinteger(L, luaL_loadfilex(L, lua_tostring(L, -1), "t"));
  lua_insert(L, -2);
  lua_getfield(L, 2, "cwd");
  lua_getfield(L, 2, "file");
  return 4;
}

static ChildCode load_code(lua_Integer status) {
  switch (status) {
  case LUA_ERRFILE: return CHILD_MISSING;
  case LUA_ERRMEM: return CHILD_MEMORY;
  default: return CHILD_SYNTAX;
  }
}

/* {name = function} -> {name...} */
static int list_functions(lua_State *L) {
  lua_newtable(L);
  lua_Integer n = 0;
  lua_pushnil(L);
  while (lua_next(L, 2)) {
    if (lua_type(L, -2) == LUA_TSTRING && lua_isfunction(L, -1)) {
      lua_pushvalue(L, -2);
      lua_rawseti(L, 3, ++n);
    }
    lua_pop(L, 1);
  }
  return 1;
}

/* {name = function} -> the same, without anything else */
static int copy_functions(lua_State *L) {
  lua_newtable(L);
  lua_pushnil(L);
  while (lua_next(L, 2)) {
    lua_pushvalue(L, -2);
    lua_insert(L, -2);
    if (lua_type(L, -2) == LUA_TSTRING && lua_isfunction(L, -1))
      lua_rawset(L, 3);
    else
      lua_pop(L, 2);
  }
  return 1;
}

/* what the driver's file returned, the solution's functions -> the functions
** that are called in their stead */
static int attach_driver(lua_State *L) {
  lua_call(L, 1, 1);
  luaL_checktype(L, -1, LUA_TTABLE);
  return 1;
}

/* Links to what stands beside the solution, so that it finds its modules and
** data by the names that they have there. What is here already stays. */
static void link_beside(const char *file) {
  char path[PATH_MAX];
  const char *name = strrchr(file, '/');
  if (!name) return;
  int length = (int)(name - file);
  snprintf(path, sizeof path, "%.*s/", length, file);
  DIR *folder = opendir(path);
  if (!folder) return;
  const struct dirent *entry;
  for (int i = 0; i < MOST_BESIDE && (entry = readdir(folder)); i++) {
    if (entry->d_name[0] == '.') continue;
    int size = snprintf(path, sizeof path, "%.*s/%s", length, file,
                        entry->d_name);
    if (size < (int)sizeof path && symlink(path, entry->d_name) != 0 &&
        errno != EEXIST)
      break;
  }
  closedir(folder);
}

/* Takes what load_solution gave and leaves the solution's table on the top. */
static bool run_file(Server *server) {
  lua_State *L = server->L;
  lua_Integer status = lua_tointeger(L, STATUS);
  const char *folder = lua_tostring(L, STATUS + 2);
  if (status != LUA_OK) {
    lua_settop(L, STATUS + 1);
    server_answer_text(server, load_code(status));
    return false;
  }
  if (folder && chdir(folder) != 0) {
    server_answer_format(server, CHILD_MISSING, "cannot enter %s: %s", folder,
                         strerror(errno));
    return false;
  }
  if (folder) link_beside(server->source + 1);
  lua_pushvalue(L, STATUS + 1);
  if (!server_call_solution(server, 0, 1)) return false;
  if (!lua_istable(L, -1)) {
    const char *got = lua_isnil(L, -1) ? "nothing" : luaL_typename(L, -1);
    server_answer_format(server, CHILD_CONTRACT,
                         "%s returns %s, not a table of functions",
                         server->source + 1, got);
    return false;
  }
  return true;
}

/* Puts the solution's table, or what its driver makes of it, at SERVER_MODULE,
** and pushes the names of the solution's own functions. */
static bool place_functions(Server *server) {
  lua_State *L = server->L;
  lua_replace(L, STATUS);
  lua_settop(L, STATUS);
  lua_pushvalue(L, STATUS);
  if (!server_call(server, list_functions, 1, 1)) return false;
  lua_insert(L, SERVER_MODULE);
  bool driven = lua_isfunction(L, DRIVER + 1);
  if (driven && !(server_call(server, copy_functions, 1, 1) &&
                  server_call(server, attach_driver, 2, 1)))
    return false;
  lua_insert(L, SERVER_MODULE);
  lua_settop(L, SERVER_MODULE + 1);
  return true;
}

void server_open(Server *server) {
  lua_State *L = server->L;
  server_hold(server);
  if (!server_call(server, server_decode_payload, 0, 1)) return;
  lua_pushvalue(L, 1);
  if (!server_call(server, load_driver, 1, 1)) return;
  lua_insert(L, DRIVER);
  if (server_call(server, load_solution, 1, 4) && run_file(server) &&
      place_functions(server))
    server_call(server, server_answer_values, 1, 0);
}
