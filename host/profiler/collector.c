#include "host/profiler/collector.h"

#include <lauxlib.h>

#include "host/profiler/callinfo.h"
#include "host/profiler/recorder_object.h"

#define SENTINEL "perilune.recorder.sentinel"

/* The sentinel is set up again: a new one could lack memory. */
static int cycle_ended(lua_State *L) {
  Recorder *recorder = recorder_object_running(L);
  if (!recorder) return 0;
  recorder->cycle += CALL_CYCLE;
  recorder->cycles++;
  lua_settop(L, 1);
  luaL_setmetatable(L, SENTINEL);
  return 0;
}

void collector_watch(lua_State *L) {
  lua_newuserdatauv(L, 0, 0);
  if (luaL_newmetatable(L, SENTINEL)) {
    lua_pushcfunction(L, cycle_ended);
    lua_setfield(L, -2, "__gc");
  }
  lua_setmetatable(L, -2);
  lua_pop(L, 1);
}

bool collector_is_incremental(lua_State *L) {
  bool incremental = lua_gc(L, LUA_GCGEN, 0, 0) == LUA_GCINC;
  if (incremental) lua_gc(L, LUA_GCINC, 0, 0, 0);
  return incremental;
}
