/* The profiler for C programs: perilune.profiler, called from here. */
#include <lauxlib.h>
#include <string.h>

#include "host/perilune.h"
#include "host/profiler/recorder_object.h"
#include "host/state.h"

/* registry[&profile_key]: the last profile. */
static const char profile_key;

static const char *const modes[] = {"calls", "sample", "lines", "memory"};

static void push_profiler(lua_State *L, const char *function) {
  lua_getglobal(L, "require");
  lua_pushliteral(L, "perilune.profiler");
  lua_call(L, 1, 1);
  lua_getfield(L, -1, function);
}

/* Raises the message of a call that returned nil and why. */
static void check(lua_State *L) {
  if (lua_toboolean(L, -2)) return;
  lua_error(L);
}

static int start(lua_State *L) {
  const PeriluneProfileOptions *options = lua_touserdata(L, 1);
  if ((unsigned)options->mode > PERILUNE_PROFILE_MEMORY)
    return luaL_error(L, "there is no such mode of the profiler");
  push_profiler(L, "start");
  lua_createtable(L, 0, 2);
  lua_pushstring(L, modes[options->mode]);
  lua_setfield(L, -2, "mode");
  if (options->interval != 0) {
    lua_pushnumber(L, options->interval);
    lua_setfield(L, -2, "interval");
  }
  lua_call(L, 1, 2);
  check(L);
  return 0;
}

PeriluneStatus perilune_profile_start(Perilune *host,
                                      const PeriluneProfileOptions *options) {
  static const PeriluneProfileOptions defaults;
  if (!options) options = &defaults;
  lua_pushcfunction(host->L, start);
  lua_pushlightuserdata(host->L, (void *)options);
  return host_protected(host, 1, 0);
}

static int stop(lua_State *L) {
  push_profiler(L, "stop");
  lua_call(L, 0, 2);
  check(L);
  lua_pop(L, 1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &profile_key);
  return 0;
}

PeriluneStatus perilune_profile_stop(Perilune *host) {
  lua_pushcfunction(host->L, stop);
  return host_protected(host, 0, 0);
}

/* profile:save(path, format) -> ok, message, code */
static int save(lua_State *L) {
  const char *path = lua_touserdata(L, 1), *format = lua_touserdata(L, 2);
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &profile_key) != LUA_TTABLE)
    return luaL_error(L, "there is no profile to save");
  lua_getfield(L, -1, "save");
  lua_insert(L, -2);
  lua_pushstring(L, path);
  lua_pushstring(L, format);
  lua_call(L, 3, 3);
  return 3;
}

static PeriluneStatus saved(Perilune *host) {
  lua_State *L = host->L;
  bool ok = lua_toboolean(L, -3);
  const char *code = lua_tostring(L, -1);
  bool of_file = code && strcmp(code, "io") == 0;
  lua_pop(L, 1);
  if (ok)
    lua_pop(L, 1);
  else
    host_take_error(host, PERILUNE_ERROR);
  lua_pop(L, 1);
  if (ok) return PERILUNE_OK;
  return of_file ? PERILUNE_FILE : PERILUNE_ERROR;
}

PeriluneStatus perilune_profile_save(Perilune *host, const char *path,
                                     const char *format) {
  lua_pushcfunction(host->L, save);
  lua_pushlightuserdata(host->L, (void *)path);
  lua_pushlightuserdata(host->L, (void *)format);
  PeriluneStatus status = host_protected(host, 2, 3);
  return status == PERILUNE_OK ? saved(host) : status;
}

void perilune_profile_thread(Perilune *host, lua_State *thread) {
  hook_refresh(host->hooks, thread);
}

void host_drop_profile(Perilune *host) {
  recorder_object_stop(host->L);
  if (lua_rawgetp(host->L, LUA_REGISTRYINDEX, &profile_key) != LUA_TNIL) {
    lua_pushnil(host->L);
    lua_rawsetp(host->L, LUA_REGISTRYINDEX, &profile_key);
  }
  lua_pop(host->L, 1);
}
