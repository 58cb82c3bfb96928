#include "host/profiler/tick.h"

#include <pthread.h>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

bool tick_counts;

static pthread_once_t opened = PTHREAD_ONCE_INIT;
static uint64_t first_tick, first_nanosecond;
static uint64_t cpu_at_fork, cpu_before;

/* CPUID 80000007H, EDX bit 8: the invariant counter (Intel SDM 18.17.1). */
bool tick_is_steady(void) {
#if defined(__x86_64__)
  unsigned a, b, c, d;
  return __get_cpuid(0x80000007u, &a, &b, &c, &d) && (d & 1u << 8);
#else
  return false;
#endif
}

static void before_fork(void) { cpu_at_fork = tick_cpu(); }

static void in_child(void) { cpu_before = cpu_at_fork; }

static void open_once(void) {
  pthread_atfork(before_fork, NULL, in_child);
  tick_counts = tick_is_steady();
  first_tick = tick_now();
  first_nanosecond = tick_nanoseconds(CLOCK_MONOTONIC);
}

void tick_open(void) { pthread_once(&opened, open_once); }

double tick_rate(void) {
  enum { SHORTEST = 5000000 };
  if (!tick_counts) return 1e9;
  uint64_t nanoseconds;
  do nanoseconds = tick_nanoseconds(CLOCK_MONOTONIC) - first_nanosecond;
  while (nanoseconds < SHORTEST);
  return (double)(tick_now() - first_tick) / (double)nanoseconds * 1e9;
}

uint64_t tick_cpu(void) {
  return cpu_before + tick_nanoseconds(CLOCK_THREAD_CPUTIME_ID);
}
