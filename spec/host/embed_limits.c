/* Limits and interrupts where they are easily lost, and memory that runs out.
 */
#include <lauxlib.h>

#include "spec/host/embed.h"

static void a_limit_reaches_close_metamethods(void) {
  Perilune *host = open_host();
  perilune_limit_time(host, 0.02);
  run_ok(host, "function body(last)\n"
               "  local x <close> = setmetatable({}, {__close = function()\n"
               "    while true do local t = {} end end})\n"
               "  last() end");
  CHECK(run(host, "local co = coroutine.create(body)"
                  "coroutine.resume(co, coroutine.yield)"
                  "coroutine.close(co)") == PERILUNE_TIME);
  CHECK(run(host, "coroutine.wrap(body)(error)") == PERILUNE_TIME);
  perilune_close(host);
}

/* Its signal often comes just before a switch, or in the midst of one. */
static void a_limit_is_not_lost_between_coroutines(void) {
  Perilune *host = open_host();
  for (int i = 0; i < 100; i++) {
    perilune_limit_time(host, 0.002 + 0.00001 * i);
    CHECK(run(host, "local yield = coroutine.yield\n"
                    "local f = coroutine.wrap(function()\n"
                    "  while true do yield() end end)\n"
                    "while true do f() end") == PERILUNE_TIME);
  }
  perilune_close(host);
}

static int send_both(lua_State *L) {
  Interrupt *interrupt = &perilune_of(L)->interrupt;
  interrupt_send(interrupt, INTERRUPT_TIME);
  interrupt_send(interrupt, INTERRUPT_ASKED);
  return 0;
}

static void an_interrupt_does_not_replace_a_limit(void) {
  Perilune *host = open_host();
  lua_register(perilune_state(host), "send_both", send_both);
  CHECK(run(host, "pcall(send_both) pcall(function() for i = 1, 9 do end end)"
                  "while true do pcall(string.len, '') end") == PERILUNE_TIME);
  perilune_close(host);
}

static int lift_limit(lua_State *L) {
  perilune_limit_instructions(perilune_of(L), 0);
  return 0;
}

static void a_limit_lifted_inside_a_run_is_gone_after_it(void) {
  Perilune *host = open_host();
  lua_register(perilune_state(host), "lift_limit", lift_limit);
  perilune_limit_instructions(host, 100000);
  run_ok(host, "lift_limit()");
  run_ok(host, "for i = 1, 1000000 do end");
  perilune_close(host);
}

static void limits_of_time_may_be_extreme(void) {
  Perilune *host = open_host();
  perilune_limit_time(host, 1e-12);
  CHECK(run(host, "while true do local t = {} end") == PERILUNE_TIME);
  perilune_limit_time(host, 1e300);
  run_ok(host, "for i = 1, 1000000 do end");
  perilune_limit_time(host, -1);
  run_ok(host, "for i = 1, 1000000 do end");
  perilune_close(host);
}

static bool ignore(void *data, const char *bytes, size_t length) {
  (void)bytes;
  *(size_t *)data += length;
  return true;
}

static void every_function_survives_without_memory(void) {
  const char *const argv[] = {"a name"};
  size_t count = 0;
  Perilune *host = open_host();
  perilune_limit_memory(host, 1);
  CHECK(perilune_run_file(host, "a/file/with/a/name/of/some/length.lua") ==
        PERILUNE_MEMORY);
  CHECK(perilune_set_arguments(host, 1, argv, 0) == PERILUNE_MEMORY);
  CHECK(perilune_set_impl(host, "script") == PERILUNE_MEMORY);
  CHECK(perilune_redirect(host, 1, ignore, &count) == PERILUNE_MEMORY);
  CHECK(run(host, "return {}") == PERILUNE_MEMORY);
  CHECK(failed_with(host, "not enough memory"));
  perilune_limit_memory(host, 0);
  CHECK(perilune_redirect(host, 1, ignore, &count) == PERILUNE_OK);
  run_ok(host, "print('x')");
  CHECK(count == 2);
  perilune_close(host);
}

static void a_script_cannot_pass_its_owners_memory_limit(void) {
  PeriluneOptions options = {.memory_limit = 4000000};
  Perilune *host = perilune_open(&options);
  CHECK(host != NULL);
  run_ok(host, "local heap = require('perilune.heap')"
               "assert(heap.limit(3000000) == 3000000)"
               "assert(heap.limit(0) == 4000000 and heap.limit(1 << 40) =="
               "  4000000)");
  CHECK(run(host, "s = ('x'):rep(5000000)") == PERILUNE_MEMORY);
  perilune_close(host);
}

static void a_table_of_arguments_may_lie(void) {
  Perilune *host = open_host();
  run_ok(host, "length = {__len = function() return n end}"
               "arg = setmetatable({}, length) n = -7");
  CHECK(perilune_run_file(host, "/dev/null") == PERILUNE_OK);
  run_ok(host, "n = 1 << 40");
  CHECK(perilune_run_file(host, "/dev/null") == PERILUNE_ERROR);
  CHECK(failed_with(host, "too many arguments to script"));
  run_ok(host, "n = (1 << 31) - 1");
  CHECK(perilune_run_file(host, "/dev/null") == PERILUNE_ERROR);
  CHECK(lua_gettop(perilune_state(host)) == 0);
  perilune_close(host);
}

static void no_child_runs_the_embedding_program(void) {
  Perilune *host = open_host();
  run_ok(host,
         "local child = require('perilune.child')\n"
         "local c, message, code = child.start{file = 'x.lua'}\n"
         "assert(c == nil and code == 'system')\n"
         "assert(message == 'perilune.child needs the perilune program')");
  perilune_close(host);
}

/* luv would end the process if the error reached a callback of its own. */
static void a_limit_reaches_a_run_that_sleeps(void) {
  Perilune *host = open_host();
  perilune_limit_time(host, 0.02);
  run_ok(host, "async = require('perilune.async')");
  CHECK(run(host, "async.run(function() pcall(async.sleep, 60) end)") ==
        PERILUNE_TIME);
  CHECK(run(host,
            "async.run(function() while true do"
            "  async.timeout(1, async.sleep, 0) end end)") == PERILUNE_TIME);
  perilune_limit_time(host, 0);
  for (uint64_t count = 2000; count < 60000; count += 777) {
    perilune_limit_instructions(host, count);
    CHECK(run(host, "async.run(function()"
                    "  for i = 1, 1 << 30 do async.sleep(0) end end)") ==
          PERILUNE_INSTRUCTIONS);
  }
  perilune_limit_instructions(host, 0);
  run_ok(host, "assert(async.run(function()"
               "  async.sleep(0) return async.running():done() end) == false)");
  perilune_close(host);
}

const Test limit_tests[] = {
    {"a limit reaches __close metamethods", a_limit_reaches_close_metamethods},
    {"a limit is not lost between coroutines",
     a_limit_is_not_lost_between_coroutines},
    {"an interrupt does not replace a limit",
     an_interrupt_does_not_replace_a_limit},
    {"a limit lifted inside a run is gone after it",
     a_limit_lifted_inside_a_run_is_gone_after_it},
    {"limits of time may be extreme", limits_of_time_may_be_extreme},
    {"every function survives without memory",
     every_function_survives_without_memory},
    {"a script cannot pass its owner's memory limit",
     a_script_cannot_pass_its_owners_memory_limit},
    {"a limit reaches a run that sleeps", a_limit_reaches_a_run_that_sleeps},
    {"a table of arguments may lie", a_table_of_arguments_may_lie},
    {"no child runs the embedding program",
     no_child_runs_the_embedding_program},
    {NULL, NULL},
};
