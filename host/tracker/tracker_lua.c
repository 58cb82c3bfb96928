#include "host/tracker/tracker_lua.h"

#include <lualib.h>
#include <string.h>

#include "host/state.h"
#include "host/tracker/export.h"
#include "host/tracker/tracker.h"

#define SENTINEL "perilune.tracker.sentinel"

static Heap *heap_of(lua_State *L) {
  Perilune *host = perilune_of(L);
  return host ? &host->heap : NULL;
}

static Heap *check_heap(lua_State *L) {
  Heap *heap = heap_of(L);
  if (!heap) luaL_error(L, "perilune.heap: this state has no host");
  return heap;
}

static Tracker *check_tracker(lua_State *L) {
  Tracker *tracker = check_heap(L)->tracker;
  if (!tracker) luaL_error(L, "nothing is tracked: call heap.start first");
  return tracker;
}

/* A cycle of the collector has ended. The sentinel belongs to one tracker, and
** is set up again: a new one could lack memory. */
static int cycle_ended(lua_State *L) {
  const double *start = lua_touserdata(L, 1);
  const Heap *heap = heap_of(L);
  if (!heap || !heap->tracker || heap->tracker->timeline.start != *start)
    return 0;
  timeline_cycle(&heap->tracker->timeline);
  lua_settop(L, 1);
  luaL_setmetatable(L, SENTINEL);
  return 0;
}

/* Pushes an object whose finaliser will watch the collector. */
static double *push_sentinel(lua_State *L) {
  double *start = lua_newuserdatauv(L, sizeof *start, 0);
  *start = 0;
  if (luaL_newmetatable(L, SENTINEL)) {
    lua_pushcfunction(L, cycle_ended);
    lua_setfield(L, -2, "__gc");
  }
  lua_setmetatable(L, -2);
  return start;
}

/* What of the standard library fills tables; C functions beyond it are not
** known. */
static void find_fillers(lua_State *L, lua_CFunction *fillers) {
  static const char *const names[TRACKER_FILLERS - 1] = {"insert", "move",
                                                         "pack"};
  memset(fillers, 0, TRACKER_FILLERS * sizeof *fillers);
  if (lua_getglobal(L, LUA_TABLIBNAME) == LUA_TTABLE) {
    for (int i = 0; i < TRACKER_FILLERS - 1; i++) {
      lua_getfield(L, -1, names[i]);
      fillers[i] = lua_tocfunction(L, -1);
      lua_pop(L, 1);
    }
  }
  lua_getglobal(L, "rawset");
  fillers[TRACKER_FILLERS - 1] = lua_tocfunction(L, -1);
  lua_pop(L, 2);
}

static bool has_known_layout(lua_State *L, size_t *prototype_size) {
  lua_getglobal(L, "require");
  lua_pushliteral(L, "perilune.profile.probe");
  lua_call(L, 1, 1);
  bool known = frames_test(L, lua_gettop(L), prototype_size);
  lua_pop(L, 1);
  return known;
}

static int fail(lua_State *L, const char *message, const char *code) {
  luaL_pushfail(L);
  lua_pushstring(L, message);
  lua_pushstring(L, code);
  return 3;
}

/* The source of the Lua function that calls. */
static const char *source_of_caller(lua_State *L, lua_Debug *ar) {
  if (!lua_getstack(L, 1, ar)) return "";
  lua_getinfo(L, "S", ar);
  return ar->source;
}

/* start(interval, frames) -> true; or nil, message, code. It is called by
** perilune.heap, which is not tracked. */
static int start(lua_State *L) {
  Heap *heap = check_heap(L);
  lua_CFunction fillers[TRACKER_FILLERS];
  lua_Debug ar;
  TrackerOptions options = {.interval = luaL_checknumber(L, 1),
                            .frames = (unsigned)luaL_checkinteger(L, 2),
                            .labels = !heap->next};
  luaL_argcheck(L, options.interval >= 0, 1, "a negative interval");
  luaL_argcheck(L, options.frames >= 1 && options.frames <= PLACES_FRAMES, 2,
                "no number of frames");
  if (heap->tracker) return luaL_error(L, "memory is tracked already");
  if (!has_known_layout(L, &options.prototype_size))
    return fail(L, "this release of Lua keeps calls in another way", "ENOTSUP");
  find_fillers(L, fillers);
  options.own_source = source_of_caller(L, &ar);
  double *sentinel = push_sentinel(L);
  Tracker *tracker = tracker_open(perilune_of(L)->hooks, heap->used, &options);
  if (!tracker) return fail(L, "not enough memory", "ENOMEM");
  memcpy(tracker->fillers, fillers, sizeof fillers);
  *sentinel = tracker->timeline.start;
  heap_track(heap, tracker);
  lua_pushboolean(L, 1);
  return 1;
}

/* stop() -> whether something was tracked */
static int stop(lua_State *L) {
  Heap *heap = check_heap(L);
  Tracker *tracker = heap->tracker;
  lua_pushboolean(L, tracker != NULL);
  if (!tracker) return 1;
  tracker_stop(tracker);
  heap_track(heap, NULL);
  return 1;
}

/* tracking() -> "exact", "sampled", or nil */
static int tracking(lua_State *L) {
  const Tracker *tracker = check_heap(L)->tracker;
  if (tracker)
    lua_pushstring(L, export_mode(tracker));
  else
    luaL_pushfail(L);
  return 1;
}

/* What the C function on the top makes is not tracked, nor does the collector
** run meanwhile: it could call finalisers, whose blocks are the program's. */
static int push_unseen(lua_State *L) {
  Tracker *tracker = check_tracker(L);
  bool collects = lua_gc(L, LUA_GCISRUNNING) == 1;
  if (collects) lua_gc(L, LUA_GCSTOP);
  tracker->muted = true;
  lua_pushlightuserdata(L, check_heap(L));
  int status = lua_pcall(L, 1, 1, 0);
  tracker->muted = false;
  if (collects) lua_gc(L, LUA_GCRESTART);
  return status == LUA_OK ? 1 : lua_error(L);
}

static int unseen_call(lua_State *L) {
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_call(L, 0, 1);
  return 1;
}

/* unseen(f) -> what it returns, once; nothing that it makes is tracked */
static int unseen(lua_State *L) {
  luaL_checktype(L, 1, LUA_TFUNCTION);
  lua_settop(L, 1);
  lua_pushcclosure(L, unseen_call, 1);
  return push_unseen(L);
}

/* snapshot() -> what is live, by place; see export.h */
static int snapshot(lua_State *L) {
  lua_pushcfunction(L, export_snapshot);
  return push_unseen(L);
}

/* timeline() -> {points = {{time, bytes, cycle}, ...}, cycles} */
static int timeline(lua_State *L) {
  lua_pushcfunction(L, export_timeline);
  return push_unseen(L);
}

const luaL_Reg tracker_functions[] = {
    {"snapshot", snapshot}, {"start", start},       {"stop", stop},
    {"timeline", timeline}, {"tracking", tracking}, {"unseen", unseen},
    {NULL, NULL},
};
