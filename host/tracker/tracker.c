#include "host/tracker/tracker.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
  NEAR = 64,          /* this part of an interval before a sample, ... */
  NEAREST = 512,      /* ... at least so many bytes, the hook is claimed, */
  ARMED_STEPS = 4096, /* for so many instructions */
  PEAK_PART = 50,     /* the peak is kept when it is by this part higher, ... */
  PEAK_STEP = 256,    /* ... and so many bytes */
};

/* xorshift64 (Marsaglia 2003): above 0, at most 1. */
static double random_part(Tracker *tracker) {
  uint64_t x = tracker->random;
  x ^= x << 13;
  x ^= x >> 7;
  x ^= x << 17;
  tracker->random = x;
  return ((double)(x >> 11) + 1) * 0x1p-53;
}

/* Samples are a Poisson process over the bytes that are allocated. */
static int64_t draw(Tracker *tracker) {
  return (int64_t)(-log(random_part(tracker)) * tracker->interval) + 1;
}

static double chance(const Tracker *tracker, size_t size) {
  return -expm1(-(double)size / tracker->interval);
}

typedef struct Weight {
  uint64_t bytes, blocks;
} Weight;

/* What a block stands for: by its size alone, so that what has been added is
** taken off again. */
static Weight weigh_sample(const Tracker *tracker, size_t size) {
  double each = 1 / chance(tracker, size);
  return (Weight){(uint64_t)((double)size * each + 0.5),
                  (uint64_t)(each + 0.5)};
}

static inline Weight weigh(const Tracker *tracker, size_t size) {
  if (__builtin_expect(tracker->interval == 0, 1)) return (Weight){size, 1};
  return weigh_sample(tracker, size);
}

static inline Tally *tally_of(Tracker *tracker, uint32_t site) {
  Place *place = &tracker->places.items[site >> 3];
  return &place->tallies[places_type(site)];
}

static void disarm(lua_State *L, lua_Debug *ar, void *data) {
  Tracker *tracker = data;
  (void)L;
  (void)ar;
  tracker->armed = false;
  hook_release(tracker->hooks, HOOK_TRACKER);
}

static void arm(lua_State *L, lua_Debug *ar, void *data) {
  Tracker *tracker = data;
  (void)L;
  (void)ar;
  tracker->asked = false;
  if (tracker->left >= tracker->margin) return;
  tracker->armed = true;
  hook_claim(tracker->hooks, HOOK_TRACKER, LUA_MASKCOUNT, ARMED_STEPS, disarm,
             tracker);
}

/* The hook cannot be claimed inside an allocation, but urged. Where somebody
** counts or sees instructions already, nothing is needed, and his count is not
** disturbed. */
static void ask(Tracker *tracker) {
  int mask = lua_gethookmask(hook_running(tracker->hooks));
  if (mask & (LUA_MASKCOUNT | LUA_MASKLINE)) return;
  tracker->asked = true;
  hook_urge(tracker->hooks, HOOK_TRACK, arm, tracker);
}

static bool is_sampled(Tracker *tracker, size_t size) {
  tracker->left -= (int64_t)size;
  if (tracker->left > 0) {
    if (tracker->left < tracker->margin && !tracker->armed && !tracker->asked)
      ask(tracker);
    return false;
  }
  tracker->left = draw(tracker);
  tracker->asked = false;
  return true;
}

static bool is_filler(const Tracker *tracker, const CallInfo *info) {
  enum { LIGHT_C = 6 | 1 << 4 };
  if ((info->function->tag & 0x3f) != LIGHT_C) return false;
  for (int i = 0; i < TRACKER_FILLERS; i++)
    if (memcmp(&tracker->fillers[i], &info->function->pointer,
               sizeof(lua_CFunction)) == 0)
      return true;
  return false;
}

/* Tags are types of Lua's, and two above them (lobject.h). What has none is a
** part of something; the function that runs tells whether of a table. */
static BlockType type_of(const Tracker *tracker, int tag,
                         const CallInfo *info) {
  enum { TAG_UPVALUE = LUA_NUMTYPES, TAG_PROTOTYPE };
  switch (tag) {
  case LUA_TTABLE: return BLOCK_TABLE;
  case LUA_TSTRING: return BLOCK_STRING;
  case LUA_TFUNCTION:
  case TAG_UPVALUE: return BLOCK_FUNCTION;
  case TAG_PROTOTYPE: return BLOCK_PROTOTYPE;
  case LUA_TUSERDATA: return BLOCK_USERDATA;
  case LUA_TTHREAD: return BLOCK_THREAD;
  default: break;
  }
  if (!info) return BLOCK_OTHER;
  bool fills = frames_is_lua(info) ? frames_fills_table(info)
                                   : is_filler(tracker, info);
  return fills ? BLOCK_TABLE : BLOCK_OTHER;
}

/* The place that runs. What a coroutine takes as it begins is its resumer's. */
static uint32_t find_place(Tracker *tracker, lua_State *L,
                           const CallInfo *top) {
  const CallInfo *lua = frames_lua(top);
  if (!lua) {
    L = hook_resumer(tracker->hooks);
    lua = L ? frames_lua(frames_top(L)) : NULL;
  }
  return lua ? places_find(&tracker->places, L, lua) : PLACE_NONE;
}

uint32_t tracker_choose(Tracker *tracker, int tag, size_t size) {
  if (tracker->muted) return SITE_NONE;
  if (tracker->interval > 0 && !is_sampled(tracker, size)) return SITE_NONE;
  lua_State *L = hook_running(tracker->hooks);
  const CallInfo *top = frames_top(L);
  BlockType type = type_of(tracker, tag, top);
  uint32_t place = find_place(tracker, L, top);
  if (tracker->places.items[place].own) return SITE_NONE;
  return places_site(place, type);
}

uint32_t tracker_site(const Tracker *tracker, void *block) {
  if (tracker->labels && label_is_on(block)) {
    const Label *label = label_of(block);
    if (label->session == tracker->session) return label->site;
  }
  return blocks_find(&tracker->blocks, block);
}

/* Whether the site of a block could be kept. */
static bool keep(Tracker *tracker, void *block, uint32_t site) {
  if (!tracker->labels) return blocks_add(&tracker->blocks, block, site);
  *label_of(block) = (Label){site, tracker->session};
  return true;
}

static void lose(Tracker *tracker, size_t size) {
  tracker->lost_blocks++;
  tracker->lost_bytes += size;
}

static void debit(Tracker *tracker, uint32_t site, size_t size) {
  Tally *tally = tally_of(tracker, site);
  Weight weight = weigh(tracker, size);
  tally->bytes -= weight.bytes;
  tally->blocks -= weight.blocks;
}

void tracker_made(Tracker *tracker, void *block, size_t size, uint32_t site) {
  if (!keep(tracker, block, site)) {
    lose(tracker, size);
    return;
  }
  Tally *tally = tally_of(tracker, site);
  Weight weight = weigh(tracker, size);
  tally->bytes += weight.bytes;
  tally->blocks += weight.blocks;
  tally->total_bytes += weight.bytes;
  tally->total_blocks += weight.blocks;
}

void tracker_gone(Tracker *tracker, void *block, size_t size) {
  uint32_t site = tracker_site(tracker, block);
  if (site == SITE_NONE) return;
  if (!tracker->labels || site == SITE_WATCHED)
    blocks_take(&tracker->blocks, block);
  if (site == SITE_WATCHED || places_type(site) == BLOCK_PROTOTYPE)
    places_forget_keys(&tracker->places);
  if (site != SITE_WATCHED) debit(tracker, site, size);
}

/* A block whose label says otherwise is nobody's from now on. */
static void disown(const Tracker *tracker, void *block) {
  if (tracker->labels && label_is_on(block)) label_of(block)->session = 0;
}

/* Of the block's size, `growth` bytes are new. */
static void record(Tracker *tracker, void *block, size_t size, size_t growth,
                   uint32_t site) {
  if (!keep(tracker, block, site)) {
    lose(tracker, size);
    return;
  }
  Tally *tally = tally_of(tracker, site);
  Weight weight = weigh(tracker, size);
  tally->bytes += weight.bytes;
  tally->blocks += weight.blocks;
  tally->total_bytes += (uint64_t)((double)weight.bytes * (double)growth /
                                   (double)size);
}

/* A block belongs to whoever made it as large as it is, but for what cannot be
** charged to anybody. A type that was known stays known. */
static void grown(Tracker *tracker, const TrackerChange *change, void *result) {
  size_t growth = change->size - change->old;
  uint32_t site = change->site;
  bool charged = site != SITE_NONE;
  if (!charged && (tracker->interval == 0 || tracker->muted)) {
    site = change->known;
    growth = 0;
  } else if (charged && change->known != SITE_NONE) {
    site = places_site(site >> 3, places_type(change->known));
  }
  if (site == SITE_NONE)
    disown(tracker, result);
  else
    record(tracker, result, change->size, growth, site);
}

/* A sample that has become smaller would less often have been one. */
static void shrunk(Tracker *tracker, const TrackerChange *change,
                   void *result) {
  if (change->known == SITE_NONE) return;
  if (tracker->interval > 0 &&
      random_part(tracker) * chance(tracker, change->old) >
          chance(tracker, change->size))
    disown(tracker, result);
  else
    record(tracker, result, change->size, 0, change->known);
}

void tracker_resized(Tracker *tracker, const TrackerChange *change,
                     void *result) {
  if (change->known != SITE_NONE) {
    if (!tracker->labels) blocks_take(&tracker->blocks, change->block);
    debit(tracker, change->known, change->old);
  }
  if (change->size > change->old)
    grown(tracker, change, result);
  else
    shrunk(tracker, change, result);
}

void tracker_keep_peak(Tracker *tracker, size_t used) {
  places_keep_peak(&tracker->places);
  tracker->peak = used;
  size_t above = used > tracker->base ? used - tracker->base : 0;
  tracker->next_peak = used + above / PEAK_PART + PEAK_STEP;
}

static void claim_hook(Tracker *tracker) {
  if (tracker->interval > 0) return;
  hook_claim(tracker->hooks, HOOK_TRACKER, LUA_MASKCOUNT, INT_MAX, NULL, NULL);
}

static void start_sampling(Tracker *tracker, double interval) {
  tracker->random = UINT64_C(0x9e3779b97f4a7c15);
  tracker->interval = interval;
  tracker->margin = (int64_t)(interval / NEAR);
  if (tracker->margin < NEAREST) tracker->margin = NEAREST;
  tracker->left = draw(tracker);
}

/* 0 is no session. */
static uint32_t next_session(void) {
  static _Atomic uint32_t last;
  uint32_t session = ++last;
  return session ? session : ++last;
}

Tracker *tracker_open(Hooks *hooks, size_t used,
                      const TrackerOptions *options) {
  Tracker *tracker = calloc(1, sizeof *tracker);
  if (!tracker) return NULL;
  tracker->hooks = hooks;
  tracker->base = used;
  tracker->blocks.room = options->room;
  tracker->labels = options->labels;
  tracker->skipping = options->labels && options->interval > 0;
  tracker->prototype_size = options->prototype_size;
  tracker->session = next_session();
  if (!places_open(&tracker->places, &tracker->blocks, options->frames,
                   options->own_source)) {
    tracker_close(tracker);
    return NULL;
  }
  if (options->interval > 0) start_sampling(tracker, options->interval);
  timeline_start(&tracker->timeline, used);
  tracker_keep_peak(tracker, used);
  claim_hook(tracker);
  return tracker;
}

void tracker_stop(Tracker *tracker) {
  hook_calm(tracker->hooks, HOOK_TRACK);
  hook_release(tracker->hooks, HOOK_TRACKER);
}

void tracker_close(Tracker *tracker) {
  if (!tracker) return;
  blocks_free(&tracker->blocks);
  places_close(&tracker->places);
  free(tracker);
}
