#include "host/profiler/recorder_object.h"

#include <lauxlib.h>
#include <string.h>

#define METATABLE "perilune.recorder"

/* registry[&running_key]: the object of the recorder that runs, or false. */
static const char running_key;

static int collect(lua_State *L) {
  Recorder *recorder = luaL_checkudata(L, 1, METATABLE);
  if (recorder->running) recorder_stop(recorder);
  recorder_close(recorder);
  return 0;
}

Recorder *recorder_object_new(lua_State *L) {
  Recorder *recorder = lua_newuserdatauv(L, sizeof *recorder, 0);
  memset(recorder, 0, sizeof *recorder);
  if (luaL_newmetatable(L, METATABLE)) {
    lua_pushcfunction(L, collect);
    lua_setfield(L, -2, "__gc");
  }
  lua_setmetatable(L, -2);
  return recorder;
}

Recorder *recorder_object_running(lua_State *L) {
  lua_rawgetp(L, LUA_REGISTRYINDEX, &running_key);
  Recorder *recorder = lua_touserdata(L, -1);
  lua_pop(L, 1);
  return recorder && recorder->running ? recorder : NULL;
}

void recorder_object_set(lua_State *L) {
  lua_rawsetp(L, LUA_REGISTRYINDEX, &running_key);
}

void recorder_object_take(lua_State *L) {
  lua_rawgetp(L, LUA_REGISTRYINDEX, &running_key);
  lua_pushboolean(L, 0);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &running_key);
}

void recorder_object_stop(lua_State *L) {
  Recorder *recorder = recorder_object_running(L);
  if (!recorder) return;
  recorder_stop(recorder);
  recorder_object_take(L);
  lua_pop(L, 1);
}
