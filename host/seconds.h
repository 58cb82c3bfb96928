#ifndef PERILUNE_SECONDS_H
#define PERILUNE_SECONDS_H

#include <time.h>

/* What a clock shows; 0: it was that of a process that has ended. */
static inline double seconds_on(clockid_t clock) {
  struct timespec t;
  if (clock_gettime(clock, &t) != 0) return 0;
  return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

#endif
