/* perilune.native.clock: clocks in seconds, and sleep. */
#include <errno.h>
#include <lauxlib.h>
#include <lua.h>
#include <sys/resource.h>
#include <time.h>

#include "native/native.h"

#define LONGEST_SLEEP 1e9

enum { NANOSECONDS = 1000000000 }; /* in a second */

static lua_Number seconds(struct timespec t) {
  return (lua_Number)t.tv_sec + (lua_Number)t.tv_nsec * 1e-9;
}

static int push_clock(lua_State *L, clockid_t id) {
  struct timespec t;
  if (clock_gettime(id, &t) != 0) return luaL_fileresult(L, 0, NULL);
  lua_pushnumber(L, seconds(t));
  return 1;
}

static int now(lua_State *L) { return push_clock(L, CLOCK_MONOTONIC); }

static int cpu(lua_State *L) { return push_clock(L, CLOCK_PROCESS_CPUTIME_ID); }

static lua_Number interval(struct timeval t) {
  return (lua_Number)t.tv_sec + (lua_Number)t.tv_usec * 1e-6;
}

static int children(lua_State *L) {
  struct rusage usage;
  if (getrusage(RUSAGE_CHILDREN, &usage) != 0)
    return luaL_fileresult(L, 0, NULL);
  lua_pushnumber(L, interval(usage.ru_utime) + interval(usage.ru_stime));
  return 1;
}

/* Lets a hook that a signal handler has set raise its error here. */
static int let_hook_in(lua_State *L) {
  (void)L;
  return 0;
}

static int sleep_for(lua_State *L) {
  lua_Number span = luaL_checknumber(L, 1);
  luaL_argcheck(L, span >= 0, 1, "not a number of seconds from 0 on");
  if (span > LONGEST_SLEEP) span = LONGEST_SLEEP;
  struct timespec end;
  clock_gettime(CLOCK_MONOTONIC, &end);
  end.tv_nsec += (long)((span - (lua_Number)(time_t)span) * 1e9);
  end.tv_sec += (time_t)span + end.tv_nsec / NANOSECONDS;
  end.tv_nsec %= NANOSECONDS;
  while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &end, NULL) == EINTR) {
    lua_pushcfunction(L, let_hook_in);
    lua_call(L, 0, 0);
  }
  return 0;
}

static const luaL_Reg functions[] = {
    {"now", now},         {"cpu", cpu}, {"children", children},
    {"sleep", sleep_for}, {NULL, NULL},
};

LUAMOD_API int luaopen_perilune_native_clock(lua_State *L) {
  luaL_newlib(L, functions);
  return 1;
}
