/* Hosts of states that somebody else owns. */
#include <lauxlib.h>
#include <lualib.h>

#include "spec/host/embed.h"

static int foreign_calls;

static void foreign_hook(lua_State *L, lua_Debug *ar) {
  (void)L;
  (void)ar;
  foreign_calls++;
}

static lua_State *open_state(void) {
  lua_State *L = luaL_newstate();
  CHECK(L != NULL);
  luaL_openlibs(L);
  return L;
}

static void do_ok(lua_State *L, const char *chunk) {
  if (luaL_dostring(L, chunk) == LUA_OK) return;
  fprintf(stderr, "%s\n", lua_tostring(L, -1));
  exit(1);
}

static void a_state_is_attached_once(void) {
  lua_State *L = open_state();
  Perilune *host = perilune_attach(L);
  CHECK(host != NULL && perilune_of(L) == host);
  CHECK(perilune_attach(L) == NULL);
  perilune_close(host);
  CHECK(perilune_of(L) == NULL);
  host = perilune_attach(L);
  CHECK(host != NULL);
  perilune_close(host);
  lua_close(L);
}

static void the_owners_hook_works_beside_ours(void) {
  lua_State *L = open_state();
  lua_sethook(L, foreign_hook, LUA_MASKCALL, 0);
  Perilune *host = perilune_attach(L);
  run_ok(host, "assert(debug.gethook() == 'external hook')");
  foreign_calls = 0;
  run_ok(host, "for i = 1, 10 do math.abs(i) end");
  CHECK(foreign_calls >= 10);
  perilune_limit_instructions(host, 10000);
  CHECK(run(host, "while true do end") == PERILUNE_INSTRUCTIONS);
  perilune_close(host);
  lua_close(L);
}

static void a_state_is_given_back(void) {
  lua_State *L = open_state();
  void *data;
  lua_Alloc allocator = lua_getallocf(L, &data);
  lua_sethook(L, foreign_hook, LUA_MASKCALL, 0);
  perilune_close(perilune_attach(L));
  CHECK(lua_gethook(L) == foreign_hook && lua_gethookmask(L) == LUA_MASKCALL);
  CHECK(lua_getallocf(L, &data) == allocator);
  do_ok(L, "assert(coroutine.wrap(function() return 7 end)() == 7)");
  lua_close(L);
}

static void a_scripts_hook_outlives_its_host(void) {
  lua_State *L = open_state();
  Perilune *host = perilune_attach(L);
  run_ok(host, "n = 0 hook = function() n = n + 1 end "
               "debug.sethook(hook, 'c')");
  perilune_close(host);
  do_ok(L, "n = 0 math.abs(1) assert(n > 0 and debug.gethook() == hook)");
  host = perilune_attach(L);
  run_ok(host, "n = 0 math.abs(1) assert(n > 0 and debug.gethook() == hook)");
  run_ok(host, "debug.sethook() assert(debug.gethook() == nil)");
  perilune_close(host);
  CHECK(lua_gethook(L) == NULL);
  lua_close(L);
}

static int calls_during(lua_State *L, const char *chunk) {
  foreign_calls = 0;
  do_ok(L, chunk);
  return foreign_calls;
}

static void the_owners_hook_outlives_the_host(void) {
  lua_State *L = open_state();
  lua_sethook(L, foreign_hook, LUA_MASKCALL, 0);
  Perilune *host = perilune_attach(L);
  run_ok(host, "function work() for i = 1, 10 do math.abs(i) end end\n"
               "co = coroutine.wrap(function() coroutine.yield() work() end)"
               "co()");
  perilune_close(host);
  CHECK(calls_during(L, "co()") >= 10);
  CHECK(calls_during(L, "work()") >= 10);
  host = perilune_attach(L);
  perilune_close(host);
  CHECK(calls_during(L, "coroutine.wrap(work)() work()") >= 20);
  lua_sethook(L, NULL, 0, 0);
  CHECK(calls_during(L, "coroutine.wrap(work)() work()") == 0);
  lua_close(L);
}

static void coroutines_from_before_are_limited(void) {
  lua_State *L = open_state();
  lua_sethook(L, foreign_hook, LUA_MASKCOUNT, 1000);
  do_ok(L, "co = coroutine.create(function() while true do end end)");
  Perilune *host = perilune_attach(L);
  perilune_limit_instructions(host, 100000);
  CHECK(run(host, "assert(coroutine.resume(co))") == PERILUNE_INSTRUCTIONS);
  perilune_close(host);
  lua_close(L);
}

static bool count_bytes(void *data, const char *bytes, size_t length) {
  (void)bytes;
  *(size_t *)data += length;
  return true;
}

static void streams_are_given_back(void) {
  lua_State *L = open_state();
  size_t count = 0;
  Perilune *host = perilune_attach(L);
  CHECK(perilune_redirect(host, 1, count_bytes, &count) == PERILUNE_OK);
  CHECK(perilune_redirect(host, 2, count_bytes, &count) == PERILUNE_OK);
  run_ok(host, "print('a') out, io.stderr = io.stdout, nil warn('@on')");
  perilune_close(host);
  CHECK(count == 2);
  do_ok(L, "collectgarbage() print('b') io.write('c') out:write('d')"
           "warn('e')");
  CHECK(count == 2);
  lua_close(L);
}

static void a_host_runs_on_the_main_thread(void) {
  lua_State *L = open_state();
  Perilune *host = perilune_attach(lua_newthread(L));
  CHECK(perilune_state(host) == L);
  lua_settop(L, 0);
  lua_gc(L, LUA_GCCOLLECT);
  run_ok(host, "assert(select(2, coroutine.running()))");
  perilune_close(host);
  lua_close(L);
}

const Test attach_tests[] = {
    {"a state is attached once", a_state_is_attached_once},
    {"the owner's hook works beside ours", the_owners_hook_works_beside_ours},
    {"a state is given back", a_state_is_given_back},
    {"a script's hook outlives its host", a_scripts_hook_outlives_its_host},
    {"the owner's hook outlives the host", the_owners_hook_outlives_the_host},
    {"coroutines from before are limited", coroutines_from_before_are_limited},
    {"streams are given back", streams_are_given_back},
    {"a host runs on the main thread", a_host_runs_on_the_main_thread},
    {NULL, NULL},
};
