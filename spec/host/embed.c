/* What a C program relies on when it embeds a host. `embed` lists the tests,
** one a line; `embed NAME` runs one and exits 0 when it passes. embed_spec.lua
** makes an example of each. */
#include <lauxlib.h>
#include <lualib.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "spec/host/embed.h"

static void errors_have_a_traceback_and_the_state_lives_on(void) {
  Perilune *host = open_host();
  CHECK(strcmp(perilune_error(host), "") == 0);
  CHECK(run(host, "local function f() error('boom') end f()") ==
        PERILUNE_ERROR);
  CHECK(failed_with(host, "chunk:1: boom\nstack traceback:"));
  CHECK(failed_with(host, "in local 'f'") || failed_with(host, "upvalue 'f'"));
  CHECK(run(host, "x x") == PERILUNE_SYNTAX);
  CHECK(failed_with(host, "chunk:1: syntax error near 'x'"));
  CHECK(run(host, "error({})") == PERILUNE_ERROR);
  CHECK(failed_with(host, "(error object is a table value)"));
  run_ok(host, "assert(1 + 1 == 2)");
  CHECK(lua_gettop(perilune_state(host)) == 0);
  perilune_close(host);
}

static void a_missing_file_is_named(void) {
  Perilune *host = open_host();
  CHECK(perilune_run_file(host, "no/such.lua") == PERILUNE_FILE);
  CHECK(failed_with(host, "cannot open no/such.lua"));
  CHECK(lua_gettop(perilune_state(host)) == 0);
  perilune_close(host);
}

static void arguments_are_passed(void) {
  char path[] = "/tmp/perilune-embed-XXXXXX";
  int fd = mkstemp(path);
  FILE *file = fdopen(fd, "w");
  fputs("assert(select('#', ...) == 2 and (...) == 'one' and arg[2] == '')\n"
        "assert(arg[-1] == 'program' and arg[0] == 'script')\n",
        file);
  fclose(file);
  const char *const argv[] = {"program", "script", "one", ""};
  Perilune *host = open_host();
  CHECK(perilune_set_arguments(host, 4, argv, 1) == PERILUNE_OK);
  PeriluneStatus status = perilune_run_file(host, path);
  remove(path);
  if (status != PERILUNE_OK) fprintf(stderr, "%s\n", perilune_error(host));
  CHECK(status == PERILUNE_OK);
  perilune_close(host);
}

static void functions_are_called_with_values(void) {
  Perilune *host = open_host();
  lua_State *L = perilune_state(host);
  run_ok(host, "function add(a, b) return a + b end");
  lua_getglobal(L, "add");
  lua_pushinteger(L, 40);
  lua_pushinteger(L, 2);
  CHECK(perilune_call(host, 2, 1) == PERILUNE_OK);
  CHECK(lua_tointeger(L, -1) == 42 && lua_gettop(L) == 1);
  lua_settop(L, 0);
  lua_getglobal(L, "add");
  CHECK(perilune_call(host, 0, 1) == PERILUNE_ERROR);
  CHECK(lua_gettop(L) == 0);
  perilune_close(host);
}

static void memory_is_counted_and_limited(void) {
  Perilune *host = open_host();
  size_t before = perilune_memory_used(host);
  run_ok(host, "s = ('x'):rep(1000000)");
  CHECK(perilune_memory_used(host) >= before + 1000000);
  CHECK(perilune_memory_peak(host) >= before + 1000000);
  lua_State *L = perilune_state(host);
  CHECK((size_t)lua_gc(L, LUA_GCCOUNT) * 1024 +
            (size_t)lua_gc(L, LUA_GCCOUNTB) ==
        perilune_memory_used(host));
  perilune_limit_memory(host, perilune_memory_used(host) + 100000);
  CHECK(run(host, "t = ('y'):rep(500000)") == PERILUNE_MEMORY);
  CHECK(failed_with(host, "not enough memory"));
  run_ok(host, "local ok, e = pcall(string.rep, 'y', 500000)"
               "assert(not ok and e == 'not enough memory')");
  perilune_limit_memory(host, 0);
  run_ok(host, "t = ('y'):rep(500000)");
  perilune_close(host);
}

static const char spin[] =
    "local function work() while true do local t = {} end end\n"
    "while true do pcall(coroutine.wrap(function()\n"
    "  while true do pcall(work) end end)) end";

static void a_time_limit_ends_any_loop(void) {
  Perilune *host = open_host();
  perilune_limit_time(host, 0.05);
  CHECK(run(host, spin) == PERILUNE_TIME);
  CHECK(failed_with(host, "time limit reached"));
  CHECK(run(host, spin) == PERILUNE_TIME);
  run_ok(host, "assert(1)");
  perilune_limit_time(host, 0);
  run_ok(host, "for i = 1, 1e6 do end");
  perilune_close(host);
}

static void an_instruction_limit_ends_any_loop(void) {
  Perilune *host = open_host();
  perilune_limit_instructions(host, 1000000);
  run_ok(host, "for i = 1, 900000 do end");
  CHECK(run(host, "for i = 1, 1100000 do end") == PERILUNE_INSTRUCTIONS);
  CHECK(failed_with(host, "instruction limit reached"));
  CHECK(run(host, spin) == PERILUNE_INSTRUCTIONS);
  CHECK(run(host, "while true do coroutine.wrap(function() end)() end") ==
        PERILUNE_INSTRUCTIONS);
  run_ok(host, "for i = 1, 900000 do end");
  run_ok(host, "assert(debug.gethook() == nil)");
  perilune_close(host);
}

/* Counts its own events with and without a limit's hook beside it. */
static const char hooked[] =
    "local function events(mask, count)\n"
    "  local n = 0\n"
    "  local function f() n = n + 1 end\n"
    "  debug.sethook(f, mask, count)\n"
    "  for i = 1, 1000 do local _ = math.abs(i) end\n"
    "  local g, m, c = debug.gethook()\n"
    "  debug.sethook()\n"
    "  assert(g == f and m == mask and c == count)\n"
    "  assert(debug.gethook() == nil)\n"
    "  return n\n"
    "end\n"
    "counted = events('', 7)\n"
    "seen = table.concat({events('', 1), events('c', 0), events('cr', 0),\n"
    "  events('l', 0)}, ' ')";

static void a_scripts_hook_works_beside_a_limit(void) {
  Perilune *host = open_host();
  run_ok(host, hooked);
  run_ok(host, "alone, counted_alone = seen, counted");
  perilune_limit_instructions(host, 10000000);
  run_ok(host, hooked);
  run_ok(host, "assert(seen == alone, seen .. ' against ' .. alone)");
  /* Where two counts run, events inside the script's own hook are lost. */
  run_ok(host, "local ratio = counted / counted_alone\n"
               "assert(ratio > 0.99 and ratio < 1.01, ratio)");
  perilune_limit_instructions(host, 50000);
  CHECK(run(host, "debug.sethook(function() end, '', 3)"
                  "while true do end") == PERILUNE_INSTRUCTIONS);
  perilune_close(host);
}

/* A script says by ready() that it may be interrupted. */
static atomic_bool is_ready;

static int ready(lua_State *L) {
  (void)L;
  atomic_store(&is_ready, true);
  return 0;
}

static void *interrupt_when_ready(void *host) {
  struct timespec delay = {.tv_nsec = 5 * 1000L * 1000};
  while (!atomic_load(&is_ready)) nanosleep(&delay, NULL);
  nanosleep(&delay, NULL);
  perilune_interrupt(host);
  return NULL;
}

static PeriluneStatus run_interrupted(Perilune *host, const char *chunk) {
  pthread_t thread;
  atomic_store(&is_ready, false);
  lua_register(perilune_state(host), "ready", ready);
  CHECK(pthread_create(&thread, NULL, interrupt_when_ready, host) == 0);
  PeriluneStatus status = run(host, chunk);
  pthread_join(thread, NULL);
  return status;
}

static void another_thread_interrupts(void) {
  Perilune *host = open_host();
  CHECK(run_interrupted(host, "ready() while true do local t = {} end") ==
        PERILUNE_ERROR);
  CHECK(failed_with(host, "interrupted!"));
  CHECK(run_interrupted(host, "coroutine.wrap(function() ready()"
                              "while true do local t = {} end end)()") ==
        PERILUNE_ERROR);
  CHECK(failed_with(host, "interrupted!"));
  CHECK(run_interrupted(host,
                        "ok, message = pcall(function() ready()"
                        "while true do local t = {} end end)") == PERILUNE_OK);
  run_ok(host, "assert(not ok and message:find('interrupted!', 1, true))");
  run_ok(host, "assert(debug.gethook() == nil)");
  perilune_interrupt(host); /* no run: no effect */
  run_ok(host, "for i = 1, 1000 do end");
  perilune_close(host);
}

static int run_inner(lua_State *L) {
  Perilune *inner = open_host();
  perilune_interrupt(lua_touserdata(L, 1));
  run_ok(inner, "assert(debug.gethook() == nil)");
  perilune_close(inner);
  return 0;
}

static void hosts_nest_on_one_thread(void) {
  Perilune *outer = open_host();
  lua_State *L = perilune_state(outer);
  lua_register(L, "run_inner", run_inner);
  lua_pushlightuserdata(L, outer);
  lua_setglobal(L, "outer");
  CHECK(
      run(outer, "run_inner(outer) while true do local t = {} end") ==
      PERILUNE_ERROR); /* after the inner run, which is none of its business */
  CHECK(failed_with(outer, "interrupted!"));
  perilune_close(outer);
}

static void *work_alone(void *unused) {
  (void)unused;
  for (int i = 0; i < 5; i++) {
    Perilune *host = open_host();
    perilune_limit_instructions(host, 200000);
    CHECK(run(host, spin) == PERILUNE_INSTRUCTIONS);
    perilune_limit_instructions(host, 0);
    perilune_limit_time(host, 0.02);
    CHECK(run(host, spin) == PERILUNE_TIME);
    perilune_close(host);
  }
  return NULL;
}

static void threads_have_hosts_of_their_own(void) {
  pthread_t threads[4];
  for (int i = 0; i < 4; i++)
    CHECK(pthread_create(&threads[i], NULL, work_alone, NULL) == 0);
  for (int i = 0; i < 4; i++) pthread_join(threads[i], NULL);
}

typedef struct Text {
  char bytes[256];
  size_t length;
} Text;

static bool collect(void *data, const char *bytes, size_t length) {
  Text *text = data;
  if (text->length + length >= sizeof text->bytes) return false;
  memcpy(text->bytes + text->length, bytes, length);
  text->length += length;
  text->bytes[text->length] = '\0';
  return true;
}

static void output_is_redirected(void) {
  Perilune *host = open_host();
  Text out = {.length = 0}, err = {.length = 0};
  CHECK(perilune_redirect(host, 1, collect, &out) == PERILUNE_OK);
  CHECK(perilune_redirect(host, 2, collect, &err) == PERILUNE_OK);
  CHECK(perilune_redirect(host, 3, collect, &err) == PERILUNE_ERROR);
  run_ok(host, "print('a', 1, nil) io.write('b\\n') io.stdout:write('c\\n')"
               "io.stderr:write('d\\n') warn('@on') warn('e', 'f')"
               "assert(select(2, io.stdout:close()) =="
               "  'cannot close standard file')");
  CHECK(strcmp(out.bytes, "a\t1\tnil\nb\nc\n") == 0);
  CHECK(strcmp(err.bytes, "d\nLua warning: ef\n") == 0);
  CHECK(run(host, "io.write(('x'):rep(1000))  assert(io.stdout:flush())") ==
        PERILUNE_ERROR);
  perilune_close(host);
}

static void an_unknown_implementation_is_refused(void) {
  Perilune *host = open_host();
  CHECK(perilune_set_impl(host, "hashset=nonsense") == PERILUNE_ERROR);
  CHECK(failed_with(host, "nonsense"));
  CHECK(perilune_set_impl(host, "hashset=script") == PERILUNE_OK);
  run_ok(host, "assert(require('perilune.impl').chosen('hashset') =="
               "  'script')");
  perilune_close(host);
}

/* Counts what a state holds, and refuses on demand. */
typedef struct Arena {
  size_t live;
  long left; /* requests until one fails; <0: none does */
  bool persistent;
} Arena;

static bool refuses(Arena *arena) {
  if (arena->left < 0) return false;
  if (arena->left > 0) {
    arena->left--;
    return false;
  }
  if (!arena->persistent) arena->left = -1;
  return true;
}

static void *arena_alloc(void *data, void *block, size_t old, size_t size) {
  Arena *arena = data;
  if (!block) old = 0;
  if (size > old && refuses(arena)) return NULL;
  arena->live = arena->live - old + size;
  if (size > 0) return realloc(block, size);
  free(block);
  return NULL;
}

static const char busy[] =
    "local n = 0 debug.sethook(function() n = n + 1 end, 'crl', 10)\n"
    "local co = coroutine.wrap(function(...) coroutine.yield(...) end)\n"
    "co(1, 2, 3) co() debug.sethook()\n"
    "require('perilune.heap').used()\n"
    "assert(pcall(error, {}) == false)\n"
    "error('end')";

/* Two requests in a row fail (Lua retries the first after a collection), or all
** from the n-th on. */
static bool survives(long n, bool persistent) {
  Arena arena = {.left = -1};
  lua_State *L = lua_newstate(arena_alloc, &arena);
  CHECK(L != NULL);
  luaL_openlibs(L);
  arena.left = n;
  arena.persistent = persistent;
  Perilune *host = perilune_attach(L);
  PeriluneStatus status = host ? run(host, busy) : PERILUNE_MEMORY;
  bool reached = arena.left <= 0;
  CHECK(status == PERILUNE_MEMORY || status == PERILUNE_ERROR ||
        status == PERILUNE_SYNTAX);
  arena.left = -1;
  perilune_close(host);
  lua_close(L);
  CHECK(arena.live == 0);
  return reached;
}

static void memory_may_run_out_at_any_point(void) {
  long n = 0;
  while (survives(n, true)) n++;
  CHECK(n > 50);
  for (long i = 0; i < n; i++) survives(i, false);
}

static void the_heap_fails_on_demand(void) {
  for (uint64_t n = 1; n <= 60; n++) {
    Perilune *host = open_host();
    heap_fail(&host->heap, n % 2 ? HEAP_FAIL_BURST : HEAP_FAIL_PERSISTENT, n);
    PeriluneStatus status = run(host, busy);
    CHECK(status != PERILUNE_OK);
    heap_fail(&host->heap, HEAP_FAIL_NEVER, 0);
    run_ok(host, "assert(('x'):rep(10))");
    perilune_close(host);
  }
}

static const Test tests[] = {
    {"errors have a traceback and the state lives on",
     errors_have_a_traceback_and_the_state_lives_on},
    {"a missing file is named", a_missing_file_is_named},
    {"arguments are passed", arguments_are_passed},
    {"functions are called with values", functions_are_called_with_values},
    {"memory is counted and limited", memory_is_counted_and_limited},
    {"a time limit ends any loop", a_time_limit_ends_any_loop},
    {"an instruction limit ends any loop", an_instruction_limit_ends_any_loop},
    {"a script's hook works beside a limit",
     a_scripts_hook_works_beside_a_limit},
    {"another thread interrupts", another_thread_interrupts},
    {"hosts nest on one thread", hosts_nest_on_one_thread},
    {"threads have hosts of their own", threads_have_hosts_of_their_own},
    {"output is redirected", output_is_redirected},
    {"an unknown implementation is refused",
     an_unknown_implementation_is_refused},
    {"memory may run out at any point", memory_may_run_out_at_any_point},
    {"the heap fails on demand", the_heap_fails_on_demand},
    {NULL, NULL},
};

/* Lists the tests, or runs the one named; whether there is one. */
static bool go_through(const Test *list, const char *name) {
  for (; list->name; list++) {
    if (!name) puts(list->name);
    if (!name || strcmp(name, list->name) != 0) continue;
    list->run();
    return true;
  }
  return false;
}

int main(int argc, char **argv) {
  static const Test *const lists[] = {tests,       attach_tests, heap_tests,
                                      limit_tests, pool_tests,   profile_tests,
                                      NULL};
  for (const Test *const *list = lists; *list; list++)
    if (go_through(*list, argv[1])) return 0;
  return argc < 2 ? 0 : 2;
}
