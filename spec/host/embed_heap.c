/* The memory tracker in states of each kind, and where memory runs out. */
#include <lauxlib.h>
#include <lualib.h>

#include "host/tracker/tracker.h"
#include "spec/host/embed.h"

static const char prelude[] =
    "heap = require('perilune.heap')\n"
    "function of_line(line)\n"
    "  for _, row in ipairs(heap.snapshot():top()) do\n"
    "    if row.source == '@app.lua' and row.line == line then return row end\n"
    "  end\n"
    "end\n"
    "make = load('local keep, n = ...\\nfor i = 1, n do\\n  local t = {}\\n"
    "  keep[#keep + 1] = t\\nend\\nreturn keep', '@app.lua')\n"
    "function expect(line, bytes, blocks)\n"
    "  local row = of_line(line) or {bytes = 0, blocks = 0}\n"
    "  assert(row.bytes == bytes and row.blocks == blocks,\n"
    "         row.bytes .. ' bytes, ' .. row.blocks .. ' blocks')\n"
    "end\n";

static Perilune *attach_to_new_state(void) {
  lua_State *L = luaL_newstate();
  CHECK(L != NULL);
  luaL_openlibs(L);
  Perilune *host = perilune_attach(L);
  CHECK(host != NULL);
  run_ok(host, prelude);
  return host;
}

static void an_attached_state_is_tracked(void) {
  Perilune *host = attach_to_new_state();
  lua_State *L = perilune_state(host);
  run_ok(host, "old = make({}, 1000)\n"
               "heap.start{mode = 'exact'}\n"
               "new = make({}, 1000)\n"
               "expect(3, 1000 * 56, 1000)\n"
               "old = nil collectgarbage()\n"
               "expect(3, 1000 * 56, 1000)\n"
               "for i = 1, 400 do new[i] = false end collectgarbage()\n"
               "expect(3, 600 * 56, 600)\n");
  perilune_close(host);
  CHECK(luaL_dostring(L, "new = nil collectgarbage() return {}") == LUA_OK);
  lua_close(L);
}

static void an_attached_state_may_be_tracked_again(void) {
  Perilune *host = attach_to_new_state();
  lua_State *L = perilune_state(host);
  run_ok(host, "heap.start{interval = 512} a = make({}, 20000)");
  perilune_close(host);
  host = perilune_attach(L);
  CHECK(host != NULL);
  run_ok(host, "assert(not heap.tracking())\n"
               "heap.start{mode = 'exact'} b = make({}, 500)\n"
               "a = nil collectgarbage() expect(3, 500 * 56, 500)");
  perilune_close(host);
  lua_close(L);
}

static void what_has_no_room_is_lost_and_counted(void) {
  Perilune *host = attach_to_new_state();
  lua_State *L = perilune_state(host);
  run_ok(host, "heap.start{mode = 'exact'} a = make({}, 100)");
  host->heap.tracker->blocks.room = 1;
  run_ok(host, "b = make({}, 5000)\n"
               "local lost = heap.snapshot().lost\n"
               "assert(lost.blocks > 4000 and lost.blocks < 6000)\n"
               "assert(lost.bytes >= lost.blocks * 16)\n"
               "assert(of_line(3).blocks > 400)\n"
               "a, b = nil collectgarbage() expect(3, 0, 0)\n"
               "c = make({}, 50) expect(3, 50 * 56, 50)\n");
  perilune_close(host);
  lua_close(L);
}

static void a_host_may_close_while_it_is_tracked(void) {
  static const char *const options[] = {"{mode = 'exact'}", "{interval = 600}",
                                        "{mode = 'exact', frames = 9}"};
  for (int i = 0; i < 3; i++) {
    char start[64];
    Perilune *host = open_host();
    run_ok(host, prelude);
    snprintf(start, sizeof start, "heap.start%s", options[i]);
    run_ok(host, start);
    run_ok(host, "t = setmetatable(make({}, 2000), {__gc = function(self)\n"
                 "  make(self, 2000) coroutine.wrap(make)(self, 10) end})");
    perilune_close(host);
  }
}

static void blocks_outlive_the_trackers_that_knew_them(void) {
  Perilune *host = open_host();
  run_ok(host, prelude);
  run_ok(host, "heap.start{mode = 'exact'} a = make({}, 100) heap.stop()\n"
               "for i = 1, 5 do\n"
               "  heap.start{interval = 600} b = make({}, 1000) heap.stop()\n"
               "  heap.start{mode = 'exact'} c = make({}, 10)\n"
               "  a[#a + 1] = {} b[#b + 1] = {} b = make(b, 7)\n"
               "  expect(3, 17 * 56, 17)\n"
               "  b = nil collectgarbage() expect(3, 10 * 56, 10) heap.stop()\n"
               "end\n"
               "assert(#a == 105) a = nil collectgarbage()");
  perilune_close(host);
}

static void limits_hold_while_memory_is_tracked(void) {
  Perilune *host = open_host();
  run_ok(host, "heap = require('perilune.heap') heap.start{mode = 'exact'}");
  perilune_limit_instructions(host, 100000);
  CHECK(run(host, "while true do local t = {} end") == PERILUNE_INSTRUCTIONS);
  run_ok(host, "for i = 1, 1000 do local t = {} end");
  perilune_limit_instructions(host, 0);
  perilune_limit_time(host, 0.02);
  CHECK(run(host, "while true do local t = {} end") == PERILUNE_TIME);
  perilune_limit_time(host, 0);
  perilune_limit_memory(host, perilune_memory_used(host) + 100000);
  CHECK(run(host, "s = ('x'):rep(1000000)") == PERILUNE_MEMORY);
  perilune_limit_memory(host, 0);
  run_ok(host, "heap.stop() heap.start{interval = 600}");
  perilune_limit_instructions(host, 100000);
  CHECK(run(host, "while true do local t = {} end") == PERILUNE_INSTRUCTIONS);
  perilune_close(host);
}

static const char tracked[] =
    "local heap = require('perilune.heap')\n"
    "assert(heap.start{mode = mode})\n"
    "local keep = {}\n"
    "for i = 1, 20 do keep[i] = {i, tostring(i) .. 'x'} end\n"
    "keep.co = coroutine.wrap(function() coroutine.yield({}) end) keep.co()\n"
    "local snap = heap.snapshot() local rows = snap:top(5, 'stack')\n"
    "snap:compare(heap.snapshot()) heap.timeline() heap.stop()\n";

/* Whether the n-th request from now was reached. */
static bool survives(const char *mode, HeapFailure failure, uint64_t n) {
  Perilune *host = open_host();
  lua_State *L = perilune_state(host);
  run_ok(host, "require('perilune.heap') require('perilune.profile.probe')");
  lua_pushstring(L, mode);
  lua_setglobal(L, "mode");
  heap_fail(&host->heap, failure, n);
  PeriluneStatus status = run(host, tracked);
  bool reached = host->heap.requests >= n;
  CHECK(status == PERILUNE_OK || status == PERILUNE_MEMORY ||
        failed_with(host, "not enough memory"));
  heap_fail(&host->heap, HEAP_FAIL_NEVER, 0);
  run_ok(host, "local heap = require('perilune.heap')\n"
               "if heap.tracking() then heap.snapshot() heap.stop() end\n"
               "assert(heap.start()) assert(heap.stop())");
  perilune_close(host);
  return reached;
}

static void memory_may_run_out_while_it_is_tracked(void) {
  static const struct {
    HeapFailure failure;
    uint64_t step;
  } ways[] = {
      {HEAP_FAIL_ONCE, 3}, {HEAP_FAIL_BURST, 1}, {HEAP_FAIL_PERSISTENT, 5}};
  for (int i = 0; i < 3; i++) {
    uint64_t n = 1;
    while (survives(i % 2 ? "sampled" : "exact", ways[i].failure, n))
      n += ways[i].step;
    CHECK(n > 100);
  }
}

static void garbage_is_collected_without_finalisers(void) {
  Perilune *host = open_host();
  run_ok(host, "runs = 0\n"
               "local allocator = require('perilune.allocator')\n"
               "setmetatable({}, {__gc = function() runs = runs + 1 end})\n"
               "local weak = setmetatable({{}}, {__mode = 'v'})\n"
               "allocator.collect()\n"
               "assert(weak[1] == nil and runs == 0)\n"
               "setmetatable({}, {__gc = function()\n"
               "  weak[1] = {} allocator.collect() ok = weak[1] == nil end})\n"
               "collectgarbage() assert(ok and runs == 1)");
  perilune_close(host);
}

const Test heap_tests[] = {
    {"an attached state is tracked", an_attached_state_is_tracked},
    {"an attached state may be tracked again",
     an_attached_state_may_be_tracked_again},
    {"what has no room is lost, and counted",
     what_has_no_room_is_lost_and_counted},
    {"a host may close while it is tracked",
     a_host_may_close_while_it_is_tracked},
    {"blocks outlive the trackers that knew them",
     blocks_outlive_the_trackers_that_knew_them},
    {"limits hold while memory is tracked",
     limits_hold_while_memory_is_tracked},
    {"memory may run out while it is tracked",
     memory_may_run_out_while_it_is_tracked},
    {"garbage is collected without finalisers",
     garbage_is_collected_without_finalisers},
    {NULL, NULL},
};
