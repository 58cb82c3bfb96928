/* The use of memory over time, in a number of points that does not grow: when
** they are all taken, each two become one, and points come half as often. */
#ifndef PERILUNE_TIMELINE_H
#define PERILUNE_TIMELINE_H

#include <stddef.h>
#include <stdint.h>

enum { TIMELINE_POINTS = 1024 };

typedef struct TimelinePoint {
  double time;     /* seconds since the start */
  size_t bytes;    /* the most, where points were joined */
  uint64_t cycles; /* of the collector that ended since the point before */
} TimelinePoint;

typedef struct Timeline {
  double start;
  uint32_t count;
  uint32_t left, step; /* requests to the next point; between points */
  uint64_t cycles;     /* since the last point */
  uint64_t all_cycles;
  TimelinePoint points[TIMELINE_POINTS];
} Timeline;

/* Seconds since the start. */
double timeline_time(const Timeline *timeline);

void timeline_start(Timeline *timeline, size_t used);
void timeline_note(Timeline *timeline, size_t used);
void timeline_cycle(Timeline *timeline);

/* After each request to the allocator. */
static inline void timeline_request(Timeline *timeline, size_t used) {
  if (__builtin_expect(--timeline->left == 0, 0)) timeline_note(timeline, used);
}

#endif
