/* Runs a Lua scenario again and again; each time another allocation fails.
**
**   oom SCENARIO.lua [STEP]
**
** In turn N = 1, 1 + STEP, 1 + 2 STEP... until the scenario gets by without it:
**   single      allocation N fails: Lua repeats it after an emergency
**               collection, which all must stand;
**   burst       allocations N and N + 1 fail, the repetition too;
**   persistent  all from N on fail.
** What Lua asks for to open its libraries and to compile is not counted.
** A scenario may succeed or fail with "not enough memory", nothing else, and
** lua_close must leave no byte behind, nor child and descriptor once what its
** finalisers could not release was swept. Every block moves when it is resized,
** so that AddressSanitizer sees what was kept too long. */
#include <errno.h>
#include <fcntl.h>
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/libraries.h"
#include "native/native.h"
#include "native/resource.h"

enum { PATIENCE = 60 }; /* seconds; what hangs dies of SIGALRM */

typedef struct Mode {
  const char *name;
  long failures; /* in a row */
} Mode;

static const Mode modes[] = {{"single", 1}, {"burst", 2}, {"persistent", -1}};

typedef struct Heap {
  long allocations;
  long fail_at; /* 0: never */
  long failures;
  long blocks;
  bool failed;
  bool paused; /* nothing is counted, and nothing fails */
} Heap;

typedef struct Tally {
  long runs;
  long succeeded;
  long failed;
} Tally;

static bool must_fail(Heap *heap) {
  if (heap->paused) return false;
  long past = ++heap->allocations - heap->fail_at;
  if (heap->fail_at == 0 || past < 0) return false;
  if (heap->failures >= 0 && past >= heap->failures) return false;
  heap->failed = true;
  return true;
}

/* Lua relies on it that no block fails to shrink. */
static void *allocate(void *ud, void *block, size_t old_size, size_t size) {
  Heap *heap = ud;
  if (!block) old_size = 0;
  if (size == 0) {
    if (block) heap->blocks--;
    free(block);
    return NULL;
  }
  if (size > old_size && must_fail(heap)) return NULL;
  void *moved = malloc(size);
  if (!moved) abort();
  if (block)
    memcpy(moved, block, old_size < size ? old_size : size);
  else
    heap->blocks++;
  free(block);
  return moved;
}

static const luaL_Reg modules[] = {
    {"perilune.native.clock", luaopen_perilune_native_clock},
    {"perilune.native.fetch.engine", luaopen_perilune_native_fetch_engine},
    {"perilune.native.graph.store", luaopen_perilune_native_graph_store},
    {"perilune.native.hashset", luaopen_perilune_native_hashset},
    {"perilune.native.ints", luaopen_perilune_native_ints},
    {"perilune.native.memo.store", luaopen_perilune_native_memo_store},
    {"perilune.native.message", luaopen_perilune_native_message},
    {"perilune.native.pool.crew", luaopen_perilune_native_pool_crew},
    {"perilune.recorder", luaopen_perilune_recorder},
    {NULL, NULL},
};

static void pause_failures(lua_State *L, bool paused) {
  void *heap;
  lua_getallocf(L, &heap);
  ((Heap *)heap)->paused = paused;
}

/* The searcher of Lua files: finds and compiles without failures. */
static int search_source(lua_State *L) {
  lua_settop(L, 1);
  pause_failures(L, true);
  lua_getglobal(L, LUA_LOADLIBNAME);
  lua_getfield(L, 2, "searchpath");
  lua_pushvalue(L, 1);
  lua_getfield(L, 2, "path");
  lua_call(L, 2, 1);
  const char *path = luaL_checkstring(L, 3);
  if (luaL_loadfile(L, path) != LUA_OK) return lua_error(L);
  lua_pushvalue(L, 3);
  pause_failures(L, false);
  return 2;
}

static void replace_searcher(lua_State *L) {
  lua_getglobal(L, LUA_LOADLIBNAME);
  lua_getfield(L, -1, "searchers");
  lua_pushcfunction(L, search_source);
  lua_rawseti(L, -2, 2);
  lua_pop(L, 2);
}

static int run_scenario(lua_State *L) {
  const char *path = lua_touserdata(L, 1);
  pause_failures(L, true);
  luaL_openlibs(L);
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
  luaL_setfuncs(L, modules, 0);
  replace_searcher(L);
  if (luaL_loadfile(L, path) != LUA_OK) return lua_error(L);
  pause_failures(L, false);
  lua_call(L, 0, 0);
  return 0;
}

/* Memory errors that were caught and raised again have another status. */
static bool is_memory_error(lua_State *L) {
  const char *message = lua_tostring(L, -1);
  return message && strstr(message, "not enough memory");
}

static bool run_state(lua_State *L, const char *path, Tally *tally) {
  lua_pushcfunction(L, run_scenario);
  lua_pushlightuserdata(L, (void *)path);
  if (lua_pcall(L, 1, 0, 0) == LUA_OK) {
    tally->succeeded++;
    return true;
  }
  tally->failed++;
  if (is_memory_error(L)) return true;
  const char *message = lua_tostring(L, -1);
  fprintf(stderr, "oom: %s\n", message ? message : "error without message");
  return false;
}

static void close_state(lua_State *L) {
  const void *state = resource_state(L);
  lua_close(L);
  resource_sweep(state);
}

/* The first descriptor that is free. */
static int free_descriptor(void) {
  int fd = open("/dev/null", O_RDONLY);
  close(fd);
  return fd;
}

static bool has_children(void) {
  return waitpid(-1, NULL, WNOHANG) >= 0 || errno != ECHILD;
}

/* Where Lua could not even make a state there is nothing to run. */
static bool run(const char *path, Heap *heap, Tally *tally) {
  bool ok = true;
  int fd = free_descriptor();
  lua_State *L = lua_newstate(allocate, heap);
  tally->runs++;
  alarm(PATIENCE);
  if (L) {
    ok = run_state(L, path, tally);
    close_state(L);
  } else {
    tally->failed++;
  }
  alarm(0);
  bool leaks = has_children() || free_descriptor() != fd;
  if (heap->blocks) fprintf(stderr, "oom: %ld blocks left\n", heap->blocks);
  if (leaks) fprintf(stderr, "oom: a child or a descriptor is left\n");
  return ok && !leaks && heap->blocks == 0;
}

static bool sweep(const char *path, long step, Mode mode) {
  Tally tally = {0};
  bool failed = true;
  for (long n = 1; failed; n += step) {
    Heap heap = {.fail_at = n, .failures = mode.failures};
    if (!run(path, &heap, &tally)) {
      fprintf(stderr, "oom: %s: %s fails at allocation %ld\n", path, mode.name,
              n);
      return false;
    }
    failed = heap.failed;
  }
  printf("oom: %s: %s: %ld allocations, %ld runs out of memory, %ld not\n",
         path, mode.name, tally.runs - 1, tally.failed, tally.succeeded);
  return true;
}

/* The scenario must succeed when nothing fails. */
static bool try_first(const char *path) {
  Tally tally = {0};
  Heap heap = {0};
  if (run(path, &heap, &tally) && tally.succeeded == 1) return true;
  fprintf(stderr, "oom: %s fails of itself\n", path);
  return false;
}

int main(int argc, char **argv) {
  long step = argc == 3 ? strtol(argv[2], NULL, 10) : 1;
  if (argc < 2 || argc > 3 || step < 1) {
    fprintf(stderr, "usage: oom SCENARIO.lua [STEP]\n");
    return 2;
  }
  if (!try_first(argv[1])) return 1;
  for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
    if (!sweep(argv[1], step, modes[i])) return 1;
  return 0;
}
