/* perilune.recorder: what perilune.profiler records with, also in stock Lua. */
#include <errno.h>
#include <lauxlib.h>
#include <string.h>

#include "host/coroutine.h"
#include "host/debug.h"
#include "host/hook.h"
#include "host/libraries.h"
#include "host/profiler/callinfo.h"
#include "host/profiler/collector.h"
#include "host/profiler/exit_lua.h"
#include "host/profiler/export.h"
#include "host/profiler/recorder_object.h"
#include "host/profiler/share.h"
#include "host/profiler/zone.h"

#define ZONE "perilune.zone"

static const char *const modes[] = {"calls", "sample", "lines", "memory", NULL};

static int fail(lua_State *L, int error) {
  luaL_pushfail(L);
  lua_pushstring(L, strerror(error));
  lua_pushstring(L, error == ENOMEM ? "ENOMEM" : "EAGAIN");
  return 3;
}

/* The first call that is not the profiler's. */
static int first_level(lua_State *L) {
  lua_Debug ar;
  int level = 1;
  while (lua_getstack(L, level, &ar)) {
    lua_getinfo(L, "S", &ar);
    if (!functions_is_own(ar.source)) break;
    level++;
  }
  return level;
}

/* Raises an error at the line outside of the profiler. */
static void blame(lua_State *L, const char *text) {
  luaL_where(L, first_level(L));
  lua_pushstring(L, text);
  lua_concat(L, 2);
  lua_error(L);
}

static void refuse(lua_State *L, const char *text) {
  blame(L, lua_pushfstring(L, "bad argument #1 to 'start' (%s)", text));
}

/* options.mode */
static RecorderMode check_mode(lua_State *L) {
  int type = lua_getfield(L, 1, "mode");
  const char *name = type == LUA_TNIL ? modes[0] : luaL_tolstring(L, -1, NULL);
  for (int i = 0; modes[i]; i++)
    if (strcmp(modes[i], name) == 0) return (RecorderMode)i;
  refuse(L, lua_pushfstring(
                L, "mode '%s' is none of calls, sample, lines, memory", name));
  return RECORDER_CALLS;
}

/* options.interval, in seconds */
static double check_interval(lua_State *L) {
  int type = lua_getfield(L, 1, "interval");
  if (type == LUA_TNIL) return 0.001;
  double interval = type == LUA_TNUMBER ? lua_tonumber(L, -1) : 0;
  if (!(interval >= 1e-4 && interval <= 10))
    refuse(L, "the interval is not between 0.0001 and 10 seconds");
  return interval;
}

/* options.layout = "public": call records are not read directly, as where Lua's
** layout is not the one that callinfo.h knows. For tests of that. */
static bool check_layout(lua_State *L) {
  static const char *const layouts[] = {"own", "public", NULL};
  lua_getfield(L, 1, "layout");
  return luaL_checkoption(L, lua_gettop(L), layouts[0], layouts) == 0;
}

/* Tests the layout of call records, and makes the gauge. May throw. */
static bool prepare(lua_State *L, Recorder *recorder, bool own_layout) {
  lua_getglobal(L, "require");
  lua_pushliteral(L, "perilune.profile.probe");
  lua_call(L, 1, 1);
  int functions = lua_gettop(L);
  recorder->trusted = own_layout &&
                      callinfo_test(L, functions, &recorder->base_offset);
  if (recorder->mode != RECORDER_SAMPLE)
    recorder->gauge = gauge_open(L, functions, recorder->mode == RECORDER_LINES,
                                 recorder->trusted);
  lua_pop(L, 1);
  return recorder->gauge || recorder->mode == RECORDER_SAMPLE;
}

/* {mode, interval} -> true */
static int start(lua_State *L) {
  if (lua_isnoneornil(L, 1)) {
    lua_settop(L, 0);
    lua_newtable(L);
  }
  if (!lua_istable(L, 1))
    refuse(L,
           lua_pushfstring(L, "table expected, got %s", luaL_typename(L, 1)));
  RecorderMode mode = check_mode(L);
  double interval = check_interval(L);
  bool own_layout = check_layout(L);
  if (recorder_object_running(L)) blame(L, "the profiler is running already");
  Recorder *recorder = recorder_object_new(L);
  if (!recorder_open(recorder, L, mode) || !prepare(L, recorder, own_layout))
    return fail(L, ENOMEM);
  recorder->interval = interval;
  recorder->incremental = collector_is_incremental(L);
  collector_watch(L);
  recorder_object_set(L);
  if (!recorder_start(recorder, L, first_level(L))) {
    int error = errno;
    recorder_object_take(L);
    return fail(L, error);
  }
  lua_pushboolean(L, 1);
  return 1;
}

static int running(lua_State *L) {
  const Recorder *recorder = recorder_object_running(L);
  if (recorder)
    lua_pushstring(L, modes[recorder->mode]);
  else
    luaL_pushfail(L);
  return 1;
}

static int zone_end(lua_State *L) {
  uint64_t *number = luaL_checkudata(L, 1, ZONE);
  Recorder *recorder = *number ? recorder_object_running(L) : NULL;
  if (recorder) zone_close(recorder, *number);
  *number = 0;
  return 0;
}

static int zone(lua_State *L) {
  const char *name = luaL_checkstring(L, 1);
  uint64_t *number = lua_newuserdatauv(L, sizeof *number, 0);
  *number = 0;
  luaL_setmetatable(L, ZONE);
  Recorder *recorder = recorder_object_running(L);
  if (recorder) *number = zone_open(recorder, L, name);
  return 1;
}

static int adopt(lua_State *L) {
  lua_State *thread = lua_tothread(L, 1);
  luaL_argexpected(L, thread, 1, "thread");
  hook_refresh(hook_of(L), thread);
  return 0;
}

static int share(lua_State *L) {
  share_push(L);
  return 1;
}

static int stop(lua_State *L);

static const luaL_Reg functions[] = {
    {"start", start}, {"stop", stop},   {"running", running}, {"zone", zone},
    {"adopt", adopt}, {"share", share}, {NULL, NULL},
};

static const luaL_Reg zone_methods[] = {
    {"close", zone_end},
    {"__close", zone_end},
    {"__gc", zone_end},
    {NULL, NULL},
};

static void mark_own(Functions *items, const luaL_Reg *reg) {
  for (; reg->name; reg++) {
    const void *address;
    memcpy(&address, &reg->func, sizeof address);
    uint32_t number = functions_of_address(items, address);
    if (number != FUNCTION_IS_ROOT) items->items[number].own = true;
  }
}

static int stop(lua_State *L) {
  Recorder *recorder = recorder_object_running(L);
  if (!recorder) {
    luaL_pushfail(L);
    return 1;
  }
  recorder_stop(recorder);
  recorder_object_take(L);
  mark_own(&recorder->functions, functions);
  mark_own(&recorder->functions, zone_methods);
  mark_own(&recorder->functions, exit_functions);
  export_push(L, recorder);
  recorder_close(recorder);
  return 1;
}

/* In a host it has been done; in stock Lua this is its first time. */
static void open_hooks(lua_State *L) {
  if (hook_of(L)) return;
  hook_open(L);
  debug_open(L);
  coroutine_open(L);
}

int luaopen_perilune_recorder(lua_State *L) {
  open_hooks(L);
  luaL_newmetatable(L, ZONE);
  luaL_setfuncs(L, zone_methods, 0);
  lua_pushvalue(L, -1);
  lua_setfield(L, -2, "__index");
  luaL_newlib(L, functions);
  lua_newtable(L);
  luaL_setfuncs(L, exit_functions, 0);
  lua_setfield(L, -2, "exit");
  return 1;
}
