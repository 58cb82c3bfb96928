/* The profiler from C. */
#include <lauxlib.h>
#include <lualib.h>
#include <unistd.h>

#include "spec/host/embed.h"

static const char work[] =
    "local function leaf(n) local x = 0 for i = 1, n do x = x + i end"
    "  return x end\n"
    "local function branch() for i = 1, 10 do leaf(200) end end\n"
    "for i = 1, 10 do branch() end\n"
    "coroutine.wrap(function() branch() coroutine.yield() end)()\n"
    "kept = {} for i = 1, 100 do kept[i] = {i} end\n"
    "s = ('x'):rep(1000)";

typedef char Path[64];

/* A path in a new folder. */
static void make_path(Path path, const char *name) {
  char folder[] = "/tmp/perilune-embed-XXXXXX";
  CHECK(mkdtemp(folder) != NULL);
  snprintf(path, sizeof(Path), "%s/%s", folder, name);
}

static void remove_all(char *path) {
  remove(path);
  *strrchr(path, '/') = '\0';
  CHECK(rmdir(path) == 0);
}

/* Runs `check` on the profile saved at a path, as the global `p`. */
static void read_profile(Perilune *host, const char *path, const char *check) {
  lua_pushstring(perilune_state(host), path);
  lua_setglobal(perilune_state(host), "path");
  run_ok(host, "p = assert(require('perilune.profiler').load(path))\n"
               "function row(name) for _, r in ipairs(p:stats()) do\n"
               "  if r.name == name then return r end end end");
  run_ok(host, check);
}

static void start(Perilune *host, PeriluneProfileMode mode) {
  const PeriluneProfileOptions options = {.mode = mode};
  CHECK(perilune_profile_start(host, &options) == PERILUNE_OK);
}

static void a_profile_is_recorded_and_saved(void) {
  Perilune *host = open_host();
  Path path;
  make_path(path, "a b.json");
  CHECK(perilune_profile_start(host, NULL) == PERILUNE_OK);
  run_ok(host, work);
  run_ok(host, work);
  CHECK(perilune_profile_stop(host) == PERILUNE_OK);
  run_ok(host, work);
  CHECK(perilune_profile_save(host, path, NULL) == PERILUNE_OK);
  read_profile(host, path,
               "assert(p.mode == 'calls' and row('leaf').calls == 220)\n"
               "assert(row('branch').calls == 22)\n"
               "assert(p:callers('leaf')[1].name == 'branch')");
  CHECK(perilune_profile_save(host, path, "text") == PERILUNE_OK);
  run_ok(host, "assert(io.open(path):read('a'):find('leaf', 1, true))");
  CHECK(lua_gettop(perilune_state(host)) == 0);
  perilune_close(host);
  remove_all(path);
}

/* The thread sanitizer holds signals back in code without system calls. */
#ifdef __SANITIZE_THREAD__
#define SAMPLES "0"
#else
#define SAMPLES "50"
#endif

static void each_mode_records_what_it_is_for(void) {
  Perilune *host = open_host();
  Path path;
  make_path(path, "profile.json");
  start(host, PERILUNE_PROFILE_LINES);
  run_ok(host, work);
  CHECK(perilune_profile_stop(host) == PERILUNE_OK);
  CHECK(perilune_profile_save(host, path, NULL) == PERILUNE_OK);
  read_profile(host, path,
               "local n = 0 for _, l in ipairs(p:lines()) do n = n + l.count "
               "end assert(p.mode == 'lines' and n > 100)");
  start(host, PERILUNE_PROFILE_MEMORY);
  run_ok(host, work);
  CHECK(perilune_profile_stop(host) == PERILUNE_OK);
  CHECK(perilune_profile_save(host, path, NULL) == PERILUNE_OK);
  read_profile(host, path,
               "assert(row('string.rep').bytes >= 1000)\n"
               "assert(row('main chunk').blocks >= 100)");
  const PeriluneProfileOptions sample = {PERILUNE_PROFILE_SAMPLE, 0.0005};
  CHECK(perilune_profile_start(host, &sample) == PERILUNE_OK);
  run_ok(host, "local start = os.clock() repeat until os.clock() > start + .1");
  CHECK(perilune_profile_stop(host) == PERILUNE_OK);
  CHECK(perilune_profile_save(host, path, NULL) == PERILUNE_OK);
  read_profile(host, path,
               "assert(p.mode == 'sample' and p.interval == .0005)"
               "assert(p.samples >= " SAMPLES ")");
  perilune_close(host);
  remove_all(path);
}

static void what_cannot_be_done_is_said(void) {
  Perilune *host = open_host();
  const PeriluneProfileOptions often = {PERILUNE_PROFILE_SAMPLE, 1e-9};
  const PeriluneProfileOptions odd = {.mode = (PeriluneProfileMode)9};
  CHECK(perilune_profile_stop(host) == PERILUNE_ERROR);
  CHECK(failed_with(host, "the profiler is not running"));
  CHECK(perilune_profile_save(host, "x.json", NULL) == PERILUNE_ERROR);
  CHECK(failed_with(host, "there is no profile to save"));
  CHECK(perilune_profile_start(host, &often) == PERILUNE_ERROR);
  CHECK(failed_with(host, "the interval is not between"));
  CHECK(perilune_profile_start(host, &odd) == PERILUNE_ERROR);
  CHECK(failed_with(host, "no such mode"));
  perilune_close(host);
}

static void one_profile_is_recorded_at_a_time(void) {
  Perilune *host = open_host();
  start(host, PERILUNE_PROFILE_CALLS);
  CHECK(perilune_profile_start(host, NULL) == PERILUNE_ERROR);
  CHECK(failed_with(host, "the profiler is running already"));
  run_ok(host, "assert(require('perilune.profiler').running() == 'calls')");
  perilune_close(host);
}

static void a_profile_that_cannot_be_saved_stays(void) {
  Perilune *host = open_host();
  start(host, PERILUNE_PROFILE_CALLS);
  CHECK(perilune_profile_stop(host) == PERILUNE_OK);
  CHECK(perilune_profile_save(host, "/no/such/x.json", NULL) == PERILUNE_FILE);
  CHECK(failed_with(host, "/no/such/x.json: No such file or directory"));
  CHECK(perilune_profile_save(host, "x.odd", NULL) == PERILUNE_ERROR);
  CHECK(perilune_profile_save(host, "x.json", "odd") == PERILUNE_ERROR);
  CHECK(failed_with(host, "unknown format 'odd'"));
  CHECK(perilune_profile_save(host, "/dev/null", "json") == PERILUNE_OK);
  CHECK(lua_gettop(perilune_state(host)) == 0);
  perilune_close(host);
}

static const PeriluneProfileMode all_modes[] = {
    PERILUNE_PROFILE_CALLS, PERILUNE_PROFILE_SAMPLE, PERILUNE_PROFILE_LINES,
    PERILUNE_PROFILE_MEMORY};

static void a_host_may_close_while_it_records(void) {
  for (int i = 0; i < 4; i++) {
    Perilune *host = open_host();
    start(host, all_modes[i]);
    run_ok(host, work);
    run_ok(host, "setmetatable({}, {__gc = function() kept = {kept} end})\n"
                 "zone = require('perilune.profiler').zone('z')");
    perilune_close(host);
  }
}

static void a_state_is_given_back_while_it_records(void) {
  for (int i = 0; i < 4; i++) {
    lua_State *L = luaL_newstate();
    void *data, *before;
    lua_Alloc allocator = lua_getallocf(L, &before);
    luaL_openlibs(L);
    Perilune *host = perilune_attach(L);
    start(host, all_modes[i]);
    run_ok(host, work);
    run_ok(host, "co = coroutine.wrap(function() coroutine.yield()"
                 "  for i = 1, 10 do math.abs(i) end end) co()");
    perilune_close(host);
    CHECK(lua_getallocf(L, &data) == allocator && data == before);
    CHECK(lua_gethook(L) == NULL);
    CHECK(luaL_dostring(L, work) == LUA_OK);
    CHECK(luaL_dostring(L, "co() assert(debug.gethook() == nil)") == LUA_OK);
    CHECK(luaL_dostring(L, "collectgarbage()") == LUA_OK);
    host = perilune_attach(L);
    start(host, all_modes[i]);
    CHECK(perilune_profile_stop(host) == PERILUNE_OK);
    perilune_close(host);
    lua_close(L);
  }
}

static void a_coroutine_from_before_is_brought_in(void) {
  Perilune *host = open_host();
  lua_State *L = perilune_state(host);
  Path path;
  make_path(path, "profile.json");
  lua_State *thread = lua_newthread(L);
  lua_setglobal(L, "thread");
  CHECK(luaL_loadstring(thread, "local function inside() end\n"
                                "for i = 1, 7 do inside() end") == LUA_OK);
  start(host, PERILUNE_PROFILE_CALLS);
  perilune_profile_thread(host, thread);
  int results;
  CHECK(lua_resume(thread, NULL, 0, &results) == LUA_OK);
  CHECK(perilune_profile_stop(host) == PERILUNE_OK);
  CHECK(perilune_profile_save(host, path, NULL) == PERILUNE_OK);
  read_profile(host, path, "assert(row('inside').calls == 7)");
  perilune_close(host);
  remove_all(path);
}

static int record(lua_State *L) {
  Perilune *host = perilune_of(L);
  start(host, PERILUNE_PROFILE_CALLS);
  lua_pushvalue(L, 1);
  lua_call(L, 0, 0);
  CHECK(perilune_profile_stop(host) == PERILUNE_OK);
  return 0;
}

static void part_of_a_run_is_recorded(void) {
  Perilune *host = open_host();
  Path path;
  make_path(path, "profile.json");
  lua_register(perilune_state(host), "record", record);
  run_ok(host, "local function outside() end\n"
               "local function inside() end\n"
               "outside() record(function() inside() inside() end) outside()");
  CHECK(perilune_profile_save(host, path, NULL) == PERILUNE_OK);
  read_profile(host, path,
               "assert(row('inside').calls == 2 and not row('outside'))");
  perilune_close(host);
  remove_all(path);
}

static void a_profile_may_find_no_memory(void) {
  for (size_t spare = 0; spare < 40000; spare += 1700) {
    Perilune *host = open_host();
    run_ok(host, "require('perilune.profiler')");
    perilune_limit_memory(host, perilune_memory_used(host) + spare);
    for (int i = 0; i < 4; i++) {
      const PeriluneProfileOptions options = {.mode = all_modes[i]};
      PeriluneStatus status = perilune_profile_start(host, &options);
      CHECK(status == PERILUNE_OK || status == PERILUNE_MEMORY);
      run(host, work);
      PeriluneStatus stopped = perilune_profile_stop(host);
      CHECK(stopped != PERILUNE_FILE && stopped != PERILUNE_SYNTAX);
    }
    perilune_limit_memory(host, 0);
    run_ok(host, work);
    perilune_close(host);
  }
}

const Test profile_tests[] = {
    {"a profile is recorded and saved", a_profile_is_recorded_and_saved},
    {"each mode records what it is for", each_mode_records_what_it_is_for},
    {"what cannot be done is said", what_cannot_be_done_is_said},
    {"one profile is recorded at a time", one_profile_is_recorded_at_a_time},
    {"a profile that cannot be saved stays",
     a_profile_that_cannot_be_saved_stays},
    {"a host may close while it records", a_host_may_close_while_it_records},
    {"a state is given back while it records",
     a_state_is_given_back_while_it_records},
    {"a coroutine from before is brought in",
     a_coroutine_from_before_is_brought_in},
    {"part of a run is recorded", part_of_a_run_is_recorded},
    {"a profile may find no memory", a_profile_may_find_no_memory},
    {NULL, NULL},
};
