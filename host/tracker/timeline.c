#include "host/tracker/timeline.h"

#include <string.h>

#include "host/seconds.h"

enum { FIRST_STEP = 16 };

double timeline_time(const Timeline *timeline) {
  return seconds_on(CLOCK_MONOTONIC) - timeline->start;
}

void timeline_start(Timeline *timeline, size_t used) {
  memset(timeline, 0, sizeof *timeline);
  timeline->start = seconds_on(CLOCK_MONOTONIC);
  timeline->step = FIRST_STEP;
  timeline_note(timeline, used);
}

static void halve(Timeline *timeline) {
  TimelinePoint *points = timeline->points;
  const TimelinePoint *a = points;
  for (uint32_t i = 0; i < TIMELINE_POINTS / 2; i++, a += 2) {
    const TimelinePoint *b = a + 1;
    TimelinePoint joined = a->bytes > b->bytes ? *a : *b;
    joined.cycles = a->cycles + b->cycles;
    points[i] = joined;
  }
  timeline->count = TIMELINE_POINTS / 2;
  if (timeline->step < UINT32_MAX / 2) timeline->step *= 2;
}

void timeline_note(Timeline *timeline, size_t used) {
  if (timeline->count == TIMELINE_POINTS) halve(timeline);
  timeline->points[timeline->count++] = (TimelinePoint){timeline_time(timeline),
                                                        used, timeline->cycles};
  timeline->cycles = 0;
  timeline->left = timeline->step;
}

void timeline_cycle(Timeline *timeline) {
  timeline->cycles++;
  timeline->all_cycles++;
}
