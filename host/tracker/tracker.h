/* Which line holds a state's memory: every live block, or a sample of them, is
** attributed to the place that allocated it.
**
** heap.c calls it before and after each request to the allocator. Nothing here
** throws or allocates Lua memory; where the tracker's own memory runs out,
** blocks are lost to it, and it counts them.
**
** Lua saves the instruction under way for most that allocate, not for those
** that construct tables, unless something hooks its instructions. So the hook
** is claimed, for an event that never comes: all the time in exact mode, which
** makes Lua code run at half its speed; when the next sample is near, else. */
#ifndef PERILUNE_TRACKER_H
#define PERILUNE_TRACKER_H

#include <lua.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/hook.h"
#include "host/tracker/blocks.h"
#include "host/tracker/label.h"
#include "host/tracker/places.h"
#include "host/tracker/timeline.h"

typedef struct TrackerOptions {
  double interval;       /* bytes between samples; 0: all blocks */
  unsigned frames;       /* of a stack, 1 to PLACES_FRAMES */
  size_t room;           /* bytes that `blocks` may take; 0: any */
  bool labels;           /* the state's blocks may have them (label.h) */
  size_t prototype_size; /* of a function\'s prototype (frames.h) */
  const char *own_source;
} TrackerOptions;

enum { TRACKER_FILLERS = 4 };

typedef struct Tracker {
  Hooks *hooks;
  double interval;      /* 0: exact */
  int64_t left, margin; /* bytes to the next sample; when it is near */
  uint64_t random;      /* xorshift's state, never 0 */
  bool asked, armed;    /* for the hook; it is claimed */
  bool muted;           /* new blocks are nobody's */
  bool labels;          /* sites are kept there, else in `blocks` */
  bool skipping;        /* most requests need no look: samples, labels */
  size_t prototype_size;
  uint32_t session;       /* of the labels */
  size_t base;            /* the state's use at the start */
  size_t peak, next_peak; /* use when the peak was kept; when it will be */
  uint64_t lost_blocks, lost_bytes;
  lua_CFunction fillers[TRACKER_FILLERS]; /* C functions that fill tables */
  Blocks blocks; /* prototypes that are watched; without labels, all blocks */
  Places places;
  Timeline timeline;
} Tracker;

/* NULL when memory runs out. The Tracker is malloc'd. */
Tracker *tracker_open(Hooks *hooks, size_t used, const TrackerOptions *options);

/* Lets go of the hook. Not when the state is closed. */
void tracker_stop(Tracker *tracker);
void tracker_close(Tracker *tracker); /* NULL is ignored */

/* What is live now is what was live at the peak. */
void tracker_keep_peak(Tracker *tracker, size_t used);

/* Before a request that makes a block, or enlarges one: the site it is to have,
** or SITE_NONE. `tag` is that of a new block, 0 else. */
uint32_t tracker_choose(Tracker *tracker, int tag, size_t size);

/* A block has been made, with a label, for a site that was chosen. */
void tracker_made(Tracker *tracker, void *block, size_t size, uint32_t site);

/* A block is about to be freed. */
void tracker_gone(Tracker *tracker, void *block, size_t size);

typedef struct TrackerChange {
  void *block;
  size_t old, size;
  uint32_t known; /* the block's site until now, or SITE_NONE */
  uint32_t site;  /* the one that was chosen, where it grows, or SITE_NONE */
} TrackerChange;

/* The site of a block, to be asked before it is resized, or SITE_NONE. */
uint32_t tracker_site(const Tracker *tracker, void *block);

/* A block has become `result`, which has a label if a site was chosen. */
void tracker_resized(Tracker *tracker, const TrackerChange *change,
                     void *result);

/* Whether a request needs none of the above: no sample is near, the block is
** none, and no prototype. */
static inline bool tracker_skips(Tracker *tracker, const void *block,
                                 size_t old, size_t size) {
  if (!tracker->skipping || tracker->muted) return false;
  if (block && (label_is_on(block) || old == tracker->prototype_size))
    return false;
  if (size <= old) return true;
  int64_t left = tracker->left - (int64_t)size;
  if (left < tracker->margin) return false;
  tracker->left = left;
  return true;
}

/* After each request: `used` is what the state holds now. */
static inline void tracker_tick(Tracker *tracker, size_t used) {
  if (__builtin_expect(used > tracker->next_peak, 0))
    tracker_keep_peak(tracker, used);
  timeline_request(&tracker->timeline, used);
}

#endif
