/* The recorder's clock: the processor's time stamp counter where that ticks
** steadily, else CLOCK_MONOTONIC in nanoseconds. */
#ifndef PERILUNE_TICK_H
#define PERILUNE_TICK_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#if defined(__x86_64__)
#include <x86intrin.h>
#endif

static inline uint64_t tick_nanoseconds(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* Whether the counter ticks at one rate, asleep or not. */
bool tick_is_steady(void);

/* Set by tick_open, once a process. */
extern bool tick_counts;

static inline uint64_t tick_now(void) {
#if defined(__x86_64__)
  if (__builtin_expect(tick_counts, 1)) return __rdtsc();
#endif
  return tick_nanoseconds(CLOCK_MONOTONIC);
}

/* Chooses the clock and measures its rate; 5 ms the first time. */
void tick_open(void);

/* Nanoseconds of the thread's processor time. A forked child goes on counting
** where its parent was. */
uint64_t tick_cpu(void);

/* Ticks a second. Better the longer the process has run. */
double tick_rate(void);

#endif
