/* Several hosts in several threads, each recorded by samples at once, and two
** on one thread. Ends with 0 when each has its own samples. */
#include <pthread.h>

#include "spec/host/embed.h"

enum { THREADS = 4, RECORDINGS = 3 };

/* Most of what was sampled is below `busy`, and nobody else's is there. */
static const char record[] =
    "local profiler = require('perilune.profiler')\n"
    "local function busy()\n"
    "  local finish = os.clock() + 0.05\n"
    "  while os.clock() < finish do for _ = 1, 1000 do end end\n"
    "end\n"
    "assert(profiler.start{mode = 'sample', interval = 0.0005})\n"
    "coroutine.wrap(function() busy() end)()\n"
    "local profile = assert(profiler.stop())\n"
    "local seen = 0\n"
    "for _, row in ipairs(profile:stats()) do\n"
    "  if row.name == 'busy' then seen = row.total end\n"
    "end\n"
    "assert(seen > 0 and seen <= profile.duration, seen)\n"
    "assert(profile.samples > 0)\n"
    "assert(debug.gethook() == nil)\n";

static void *record_alone(void *unused) {
  (void)unused;
  for (int i = 0; i < RECORDINGS; i++) {
    Perilune *host = open_host();
    run_ok(host, record);
    perilune_close(host);
  }
  return NULL;
}

static void threads_are_sampled_at_once(void) {
  pthread_t threads[THREADS];
  for (int i = 0; i < THREADS; i++)
    CHECK(pthread_create(&threads[i], NULL, record_alone, NULL) == 0);
  for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
}

static const char start[] = "require('perilune.profiler').start{mode = mode,\n"
                            "  interval = mode == 'sample' and 0.0005 or nil}";
static const char work[] =
    "local function mine() for _ = 1, 1000 do math.abs(1) end end\n"
    "for _ = 1, 20 do mine() end";
static const char stop[] =
    "local profile = require('perilune.profiler').stop()\n"
    "local calls = 0\n"
    "for _, row in ipairs(profile:stats()) do\n"
    "  if row.name == 'math.abs' then calls = row.calls end\n"
    "end\n"
    "assert(mode == 'sample' or calls == 20000 * times, calls)";

static void run_mode(Perilune *host, const char *mode, const char *times) {
  char text[64];
  snprintf(text, sizeof text, "mode, times = '%s', %s", mode, times);
  run_ok(host, text);
  run_ok(host, start);
}

/* The events of one must not count for the other, whichever ends first. */
static void hosts_on_one_thread_are_told_apart(const char *mode) {
  Perilune *one = open_host(), *two = open_host();
  run_mode(one, mode, "2");
  run_ok(one, work);
  run_mode(two, mode, "1");
  run_ok(two, work);
  run_ok(one, work);
  run_ok(one, stop);
  run_ok(two, stop);
  run_mode(two, mode, "1");
  run_ok(two, work);
  perilune_close(one);
  run_ok(two, stop);
  run_mode(two, mode, "1");
  perilune_close(two); /* while it is recorded */
}

int main(void) {
  threads_are_sampled_at_once();
  static const char *const modes[] = {"calls", "sample", "lines", "memory"};
  for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
    hosts_on_one_thread_are_told_apart(modes[i]);
  return 0;
}
