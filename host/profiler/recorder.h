/* What records a profile: one for a state at a time, while it lasts.
**
** A shadow stack mirrors the calls that are under way: of the thread that runs
** and, below it, of those that have resumed it, each a segment. A coroutine's
** part is dropped when it yields, and built anew from its call records when it
** is resumed, under the call that resumes it. So nothing is kept for a thread
** that does not run, and whatever the hooks did not show (an error's unwinding,
** a thread that C code resumed) is put right at the next event.
**
** An event stamps the clock once: the time since the last one is its node's on
** top. No hook allocates Lua memory or raises an error. When memory runs out
** the recorder stops recording and says so. */
#ifndef PERILUNE_RECORDER_H
#define PERILUNE_RECORDER_H

#include <lua.h>
#include <stdbool.h>
#include <stdint.h>

#include "host/hook.h"
#include "host/profiler/functions.h"
#include "host/profiler/gauge.h"
#include "host/profiler/index.h"
#include "host/profiler/tree.h"

typedef enum RecorderMode {
  RECORDER_CALLS,
  RECORDER_SAMPLE,
  RECORDER_LINES,
  RECORDER_MEMORY
} RecorderMode;

typedef struct Frame {
  const void *ci; /* the call's record, only compared */
  Node *node;
} Frame;

/* The frames of one thread. The first is no call: it carries the node below
** which the thread's calls come, and the record below the oldest call. */
typedef struct Segment {
  lua_State *L;
  uint32_t base;
  bool announced; /* by coroutine.c: alive for as long as it stands here */
} Segment;

typedef struct Line Line;       /* lines.h */
typedef struct Zone Zone;       /* zone.h */
typedef struct Sampler Sampler; /* sampler.h */

typedef struct Stamp {
  uint64_t tick, cpu;
} Stamp;

/* When a thread yielded, and what then stood on top. */
typedef struct Yield {
  const lua_State *L;
  uint64_t tick;
  Node *node;
} Yield;

typedef struct Recorder {
  lua_State *L; /* of the segment on top */
  Frame *top, *limit;
  uint64_t last;         /* tick of the last event */
  uint64_t long_stretch; /* ticks; a longer one may have been spent waiting */
  unsigned cycle;        /* of the collector, in steps of CALL_CYCLE */
  unsigned countdown;    /* events to the next look at the gauge */
  bool trusted;          /* call records can be read directly */
  ptrdiff_t base_offset; /* then of a thread's lowest record (callinfo.h) */
  bool failed;           /* memory has run out */
  bool incremental;      /* the collector, at the start */
  RecorderMode mode;
  Zone *zones; /* open ones */
  Frame *frames;
  uint32_t capacity;
  Segment *segments;
  uint32_t segment_count, segment_capacity;
  Tree tree;
  Functions functions;
  Hooks *hooks;
  lua_State *main; /* the state's main thread */
  bool running;    /* between start and stop */
  Stamp cpu;       /* the last look at the thread's CPU time */

  Yield *yields; /* of by_yield's numbers */
  uint32_t yield_count, yield_capacity;
  Index by_yield;

  Line **lines_of; /* of each frame, the line under way (mode lines) */
  Line **lines;
  uint32_t line_count, line_chunks, line_capacity;
  Index by_line;

  struct Gauge *gauge; /* NULL where events are not corrected for */
  Costs costs;         /* as the gauge last had them */
  double overhead;     /* ticks that the events have cost (mode lines) */

  Sampler *sampler;
  uint64_t samples; /* ticks of its timer */

  struct Relay *relay; /* memory.c's (mode memory) */

  uint64_t cycles;           /* of the collector */
  Stamp begun;               /* tick, CPU time */
  uint64_t begun_nanosecond; /* of CLOCK_MONOTONIC */
  double time;               /* of the start, Unix seconds */
  double interval;           /* seconds between samples */
  double duration, cpu_time; /* seconds from start to stop */
} Recorder;

/* Makes a zeroed recorder ready; false when memory runs out. It owns malloc'd
** memory from then on, which recorder_close frees. */
bool recorder_open(Recorder *recorder, lua_State *L, RecorderMode mode);

/* Takes hooks, allocator and timer. `level` is the first call (as of
** lua_getstack) that belongs to the profile. False with errno set when there is
** no timer. */
bool recorder_start(Recorder *recorder, lua_State *L, int level);
void recorder_stop(Recorder *recorder);
void recorder_close(Recorder *recorder);

/* Reads the gauge in the midst of a run. What that takes is charged to nobody.
 */
void recorder_gauge(Recorder *recorder);

/* The recorder of an event on a thread that is not the one on top, whose
** segment is then on top; NULL when the event is nobody's. */
Recorder *recorder_switch(lua_State *L);

/* The recorder that takes this thread's events. A loadable module reads it with
** one instruction as well. */
extern _Thread_local Recorder *recorder_current
    __attribute__((tls_model("initial-exec")));

#endif
