#include "host/heap.h"

#include <stdbool.h>

#include "host/tracker/label.h"
#include "host/tracker/tracker.h"

static bool fails(Heap *heap) {
  if (heap->failure == HEAP_FAIL_NEVER) return false;
  heap->requests++;
  if (heap->failure == HEAP_FAIL_PERSISTENT)
    return heap->requests >= heap->fail_at;
  if (heap->failure == HEAP_FAIL_ONCE) return heap->requests == heap->fail_at;
  return heap->requests == heap->fail_at || heap->requests == heap->fail_at + 1;
}

static bool refuses(Heap *heap, size_t growth) {
  if (heap->limit != 0 &&
      (heap->used > heap->limit || growth > heap->limit - heap->used))
    return true;
  return fails(heap);
}

static void *pass_on(Heap *heap, void *block, size_t old, size_t size,
                     bool labelled) {
  if (heap->next) return heap->next(heap->next_data, block, old, size);
  return label_alloc(block, old, size, labelled);
}

static void count(Heap *heap, size_t held, size_t size) {
  heap->used = heap->used - held + size;
  if (heap->used > heap->peak) heap->peak = heap->used;
}

static void guard(Heap *heap) {
  heap->guarded = heap->limit != 0 || heap->failure != HEAP_FAIL_NEVER ||
                  heap->tracker;
}

static void *tracked_new(Heap *heap, int tag, size_t size) {
  uint32_t site = tracker_choose(heap->tracker, tag, size);
  void *block = pass_on(heap, NULL, (size_t)tag, size, site != SITE_NONE);
  if (!block) return NULL;
  if (site != SITE_NONE) tracker_made(heap->tracker, block, size, site);
  count(heap, 0, size);
  return block;
}

static void tracked_free(Heap *heap, void *block, size_t old) {
  tracker_gone(heap->tracker, block, old);
  pass_on(heap, block, old, 0, false);
  count(heap, old, 0);
}

/* The site is chosen first: when the block that moves is a Lua stack, the calls
** cannot be looked into after. */
static void *tracked_resize(Heap *heap, void *block, size_t old, size_t size) {
  Tracker *tracker = heap->tracker;
  TrackerChange change = {.block = block, .old = old, .size = size};
  change.known = tracker_site(tracker, block);
  change.site = size > old ? tracker_choose(tracker, 0, size) : SITE_NONE;
  void *result = pass_on(heap, block, old, size, change.site != SITE_NONE);
  if (!result) return NULL;
  tracker_resized(tracker, &change, result);
  count(heap, old, size);
  return result;
}

static void *tracked_alloc(Heap *heap, void *block, size_t old, size_t size) {
  void *result = NULL;
  if (!block)
    result = size > 0 ? tracked_new(heap, (int)old, size) : NULL;
  else if (size > 0)
    result = tracked_resize(heap, block, old, size);
  else
    tracked_free(heap, block, old);
  tracker_tick(heap->tracker, heap->used);
  return result;
}

static inline void *plain_alloc(Heap *heap, void *block, size_t old,
                                size_t size) {
  size_t held = block ? old : 0; /* without a block, `old` is a type tag */
  void *result = pass_on(heap, block, old, size, false);
  if (result || size == 0) count(heap, held, size);
  return result;
}

/* Kept out of heap_alloc, which then has no registers to save. */
__attribute__((noinline)) static void *guarded_alloc(Heap *heap, void *block,
                                                     size_t old, size_t size) {
  size_t held = block ? old : 0;
  Tracker *tracker = heap->tracker;
  if (size > held && refuses(heap, size - held)) return NULL;
  if (!tracker) return plain_alloc(heap, block, old, size);
  if (!tracker_skips(tracker, block, held, size))
    return tracked_alloc(heap, block, old, size);
  void *result = plain_alloc(heap, block, old, size);
  tracker_tick(tracker, heap->used);
  return result;
}

__attribute__((noinline)) static void *
unguarded_alloc(Heap *heap, void *block, size_t old, size_t size) {
  return plain_alloc(heap, block, old, size);
}

static void *heap_alloc(void *data, void *block, size_t old, size_t size) {
  Heap *heap = data;
  return heap->guarded ? guarded_alloc(heap, block, old, size)
                       : unguarded_alloc(heap, block, old, size);
}

void heap_attach(Heap *heap, lua_State *L, bool own) {
  if (!own) heap->next = lua_getallocf(L, &heap->next_data);
  heap->used = (size_t)lua_gc(L, LUA_GCCOUNT) * 1024 +
               (size_t)lua_gc(L, LUA_GCCOUNTB);
  heap->peak = heap->used;
  lua_setallocf(L, heap_alloc, heap);
}

void heap_detach(Heap *heap, lua_State *L) {
  if (heap->next) lua_setallocf(L, heap->next, heap->next_data);
}

void heap_limit(Heap *heap, size_t bytes) {
  heap->limit = heap->ceiling = bytes;
  guard(heap);
}

void heap_limit_script(Heap *heap, size_t bytes) {
  bool passes = bytes == 0 || bytes > heap->ceiling;
  heap->limit = heap->ceiling && passes ? heap->ceiling : bytes;
  guard(heap);
}

void heap_track(Heap *heap, Tracker *tracker) {
  tracker_close(heap->tracker);
  heap->tracker = tracker;
  guard(heap);
}

void heap_fail(Heap *heap, HeapFailure failure, uint64_t n) {
  heap->failure = failure;
  heap->requests = 0;
  heap->fail_at = n;
  guard(heap);
}

/* Lua collects in this way when a request has failed, then repeats it. */
void heap_collect(Heap *heap, lua_State *L) {
  heap_fail(heap, HEAP_FAIL_ONCE, 1);
  lua_newuserdatauv(L, 0, 0);
  heap_fail(heap, HEAP_FAIL_NEVER, 0);
  lua_pop(L, 1);
}
