#include "host/child/policy_lua.h"

#include <errno.h>
#include <lauxlib.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "host/child/child.h"

const char *const policy_options[] = {"sandbox", "read",  "write",
                                      "hide",    "ports", NULL};

/* Stack indices. */
enum { OPTIONS = 1, PATHS = 2 };

static int refuse(lua_State *L, const char *path, const char *why) {
  luaL_pushfail(L);
  lua_pushfstring(L, "%s: %s", path, why);
  lua_pushstring(L, child_code_names[CHILD_MISSING]);
  return 3;
}

static void add_path(lua_State *L, const char *path, SandboxAccess access) {
  SandboxPolicy trial = {0};
  size_t count = lua_rawlen(L, PATHS);
  bool full = count + 1 >= SANDBOX_PATHS;
  if (full || !sandbox_add_path(&trial, path, access))
    luaL_error(L,
               full ? "too many paths for a sandbox"
                    : "a sandbox cannot be given %s",
               path);
  lua_pushfstring(L, "%d%s", (int)access, path);
  lua_rawseti(L, PATHS, (lua_Integer)count + 1);
}

/* Adds where a path leads. Returns as policy_push does. */
static int add_real(lua_State *L, const char *path, SandboxAccess access) {
  char real[PATH_MAX];
  if (!realpath(path, real))
    return access == SANDBOX_HIDE ? 0 : refuse(L, path, strerror(errno));
  add_path(L, real, access);
  return 0;
}

static int add_list(lua_State *L, const char *option, SandboxAccess access) {
  int failed = 0, type = lua_getfield(L, OPTIONS, option);
  if (type != LUA_TNIL && type != LUA_TTABLE)
    luaL_error(L, "option '%s' is no table", option);
  for (int i = 1; type == LUA_TTABLE && !failed; i++) {
    if (lua_rawgeti(L, -1, i) == LUA_TNIL) break;
    if (lua_type(L, -1) != LUA_TSTRING)
      luaL_error(L, "option '%s' is no list of paths", option);
    failed = add_real(L, lua_tostring(L, -1), access);
    if (!failed) lua_pop(L, 1);
  }
  if (!failed) lua_settop(L, PATHS);
  return failed;
}

/* The path of an option, as far as it is given, and put in its real form. */
static int add_option(lua_State *L, const char *option, SandboxAccess access) {
  int failed = 0;
  if (lua_getfield(L, OPTIONS, option) != LUA_TNIL) {
    failed = add_real(L, lua_tostring(L, -1), access);
    if (failed) return failed;
    lua_rawgeti(L, PATHS, (lua_Integer)lua_rawlen(L, PATHS));
    lua_pushstring(L, lua_tostring(L, -1) + 1);
    lua_setfield(L, OPTIONS, option);
  }
  lua_settop(L, PATHS);
  return 0;
}

static void add_system(lua_State *L) {
  SandboxPolicy system = {0};
  if (!sandbox_add_system(&system)) luaL_error(L, "no path of this program");
  for (size_t i = 0; i < system.path_count; i++)
    add_path(L, system.paths[i].path, system.paths[i].access);
}

static int add_paths(lua_State *L) {
  const char *modules = getenv("PERILUNE_LUA_DIR");
  add_system(L);
  int failed = modules && *modules ? add_real(L, modules, SANDBOX_READ) : 0;
  if (!failed) failed = add_option(L, "file", SANDBOX_READ);
  if (!failed) failed = add_option(L, "driver", SANDBOX_READ);
  if (!failed) failed = add_list(L, "read", SANDBOX_READ);
  if (!failed) failed = add_list(L, "write", SANDBOX_WRITE);
  if (!failed) failed = add_list(L, "hide", SANDBOX_HIDE);
  if (!failed) failed = add_option(L, "cwd", SANDBOX_SCRATCH);
  return failed;
}

static void take_ports(lua_State *L, SandboxPolicy *policy) {
  int type = lua_getfield(L, OPTIONS, "ports");
  if (type != LUA_TNIL && type != LUA_TTABLE)
    luaL_error(L, "option 'ports' is no table");
  for (int i = 1; type == LUA_TTABLE; i++) {
    if (lua_rawgeti(L, -1, i) == LUA_TNIL) break;
    lua_Integer port = lua_tointeger(L, -1);
    if (port < 1 || port > UINT16_MAX || i > SANDBOX_PORTS)
      luaL_error(L, "option 'ports' is no list of at most %d ports",
                 SANDBOX_PORTS);
    policy->ports[policy->port_count++] = (uint16_t)port;
    lua_pop(L, 1);
  }
  lua_settop(L, PATHS);
}

/* The policy, and the strings of its paths and its folder. */
static void push_payload(lua_State *L, SandboxPolicy *policy) {
  luaL_Buffer payload;
  policy->path_count = lua_rawlen(L, PATHS);
  luaL_buffinit(L, &payload);
  luaL_addlstring(&payload, (const char *)policy, sizeof *policy);
  for (size_t i = 1; i <= policy->path_count; i++) {
    lua_rawgeti(L, PATHS, (lua_Integer)i);
    luaL_addvalue(&payload);
    luaL_addchar(&payload, '\0');
  }
  if (lua_getfield(L, OPTIONS, "cwd") == LUA_TNIL) {
    lua_pop(L, 1);
    lua_pushliteral(L, "/tmp");
  }
  luaL_addvalue(&payload);
  luaL_addchar(&payload, '\0');
  luaL_pushresult(&payload);
}

static SandboxPolicy new_policy(bool whole, double memory) {
  return (SandboxPolicy){.layers = SANDBOX_ALL,
                         .whole = whole,
                         .kept = CHILD_SOCKET,
                         .memory = (uint64_t)memory + SANDBOX_BESIDES};
}

/* Whether a sandbox is asked for; and a whole one. */
static bool check_mode(lua_State *L, bool *whole) {
  static const char *const modes[] = {"off", "best", "full", NULL};
  lua_getfield(L, OPTIONS, "sandbox");
  const char *mode = lua_isnil(L, -1) ? "off" : lua_tostring(L, -1);
  int i = 0;
  while (modes[i] && !(mode && strcmp(mode, modes[i]) == 0)) i++;
  if (!modes[i])
    luaL_argerror(L, 1, "option 'sandbox' is none of off, best, full");
  lua_settop(L, OPTIONS);
  *whole = i == 2;
  return i > 0;
}

static void copy_options(lua_State *L) {
  lua_newtable(L);
  lua_pushnil(L);
  while (lua_next(L, OPTIONS)) {
    lua_pushvalue(L, -2);
    lua_insert(L, -2);
    lua_rawset(L, -4);
  }
  lua_replace(L, OPTIONS);
}

int policy_push(lua_State *L, double memory) {
  bool whole;
  if (!check_mode(L, &whole)) {
    lua_pushnil(L);
    return 0;
  }
  SandboxPolicy policy = new_policy(whole, memory);
  copy_options(L);
  lua_newtable(L);
  int failed = add_paths(L);
  if (failed) return failed;
  take_ports(L, &policy);
  push_payload(L, &policy);
  lua_replace(L, PATHS);
  return 0;
}

void policy_push_trial(lua_State *L) {
  SandboxPolicy policy = new_policy(false, 0);
  lua_settop(L, 0);
  lua_newtable(L);
  lua_newtable(L);
  add_system(L);
  push_payload(L, &policy);
}

void policy_push_layers(lua_State *L, const SandboxReport *report) {
  char missing[256];
  sandbox_describe(report, missing, sizeof missing);
  lua_createtable(L, SANDBOX_LAYERS, 1);
  if (*missing) lua_pushstring(L, missing);
  if (*missing) lua_setfield(L, -2, "missing");
  for (int i = 0; i < SANDBOX_LAYERS; i++) {
    bool works = !(report->missing & 1u << i);
    lua_createtable(L, 0, 3);
    lua_pushstring(L, sandbox_layer_names[i]);
    lua_setfield(L, -2, "name");
    lua_pushboolean(L, works);
    lua_setfield(L, -2, "works");
    if (!works) lua_pushstring(L, strerror(report->reason[i]));
    if (!works) lua_setfield(L, -2, "reason");
    lua_rawseti(L, -2, i + 1);
  }
}
