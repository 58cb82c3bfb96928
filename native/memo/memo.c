#include "native/memo/memo.h"

#include <string.h>

#define MIN_CAPACITY 16
#define CROWD 4    /* entries in a bucket: where keys are spread by chance */
#define LARGE 4096 /* entries: a smaller store is in the processor's caches */

_Static_assert(sizeof(MemoEntry) == 32, "two entries a cache line");
_Static_assert(KEY_TEXT < 1 << MEMO_TAG_BITS, "a tag fits its bits");

static uint32_t *bucket_of_one(const Memo *memo, uint64_t payload) {
  return memo_bucket(memo, memo_fold(memo->seed[0], payload));
}

/* The tags are left out: keys that differ in nothing else are few. */
static uint32_t *bucket_of(const Memo *memo, unsigned width, uint64_t first,
                           const uint64_t *rest) {
  if (width == 1) return bucket_of_one(memo, first);
  if (width == 0) return memo_bucket(memo, memo->seed[0]);
  uint64_t hash = memo_fold(memo->seed[0], first);
  for (unsigned i = 1; i < width; i++) hash = memo_fold(hash, rest[i - 1]);
  return memo_bucket(memo, hash);
}

static uint32_t *bucket_of_key(const Memo *memo, const MemoKey *key) {
  return bucket_of(memo, key->width, key->payloads[0], key->payloads + 1);
}

/* Payloads of the second argument and those after it. */
static uint64_t *others(const Memo *memo, uint32_t number) {
  return (uint64_t *)(void *)(memo_entry(memo, number) + 1);
}

static unsigned width_of(uint16_t tags) {
  unsigned bits = tags ? 32 - (unsigned)__builtin_clz(tags) : 0;
  return (bits + MEMO_TAG_BITS - 1) / MEMO_TAG_BITS;
}

static uint32_t *bucket_of_entry(const Memo *memo, uint32_t number) {
  const MemoEntry *entry = memo_entry(memo, number);
  return bucket_of(memo, width_of(entry->tags), entry->first,
                   others(memo, number));
}

/* Memory */

/* A power of two, 2 to 4 for an entry: most searches for an absent key look at
** no entry. */
static size_t buckets_in(MemoShape shape) {
  return (size_t)2 << (64 - __builtin_clzll(shape.capacity));
}

static size_t stride_of(MemoShape shape) {
  return sizeof(MemoEntry) + (size_t)(shape.width - 1) * sizeof(uint64_t);
}

bool memo_room(const Memo *memo, unsigned width) {
  return width <= memo->shape.width &&
         (memo->used < memo->shape.capacity || memo->freed ||
          memo->count >= memo->maxsize);
}

static size_t larger(const Memo *memo) {
  size_t most = memo->maxsize < MEMO_MOST ? memo->maxsize : MEMO_MOST;
  size_t capacity = memo->shape.capacity * 2;
  if (capacity < MIN_CAPACITY) capacity = MIN_CAPACITY;
  return capacity < most ? capacity : most;
}

MemoShape memo_shape(const Memo *memo, unsigned width, bool deadlines) {
  MemoShape shape = {memo->shape.capacity, memo->shape.width, deadlines};
  if (shape.width < width) shape.width = (uint8_t)width;
  if (shape.width < 1) shape.width = 1;
  if (memo->used >= shape.capacity) shape.capacity = larger(memo);
  return shape;
}

size_t memo_bytes(MemoShape shape) {
  size_t entry = stride_of(shape) + (shape.deadlines ? sizeof(double) : 0);
  return (shape.capacity + 1) * entry + buckets_in(shape) * sizeof(uint32_t);
}

static void empty_buckets(Memo *memo) {
  size_t count = buckets_in(memo->shape);
  memset(memo->buckets, 0, count * sizeof *memo->buckets);
}

static void take_seat(Memo *memo, void *buffer, MemoShape shape) {
  unsigned char *place = buffer;
  memo->shape = shape;
  if (memo->factor == 0) memo->factor = 1;
  memo->stride = stride_of(shape);
  memo->entries = place;
  place += (shape.capacity + 1) * memo->stride;
  memo->deadlines = NULL;
  if (shape.deadlines) {
    memo->deadlines = (double *)(void *)place;
    place += (shape.capacity + 1) * sizeof(double);
  }
  memo->buckets = (uint32_t *)(void *)place;
  memo->shift = 64 - (unsigned)__builtin_ctzll(buckets_in(shape));
  empty_buckets(memo);
  memset(memo->entries, 0, memo->stride);
}

static void enter_bucket(Memo *memo, uint32_t number, uint32_t *bucket) {
  memo_entry(memo, number)->next = *bucket;
  *bucket = number;
}

static void enter_all(Memo *memo) {
  for (uint32_t number = memo_newer(memo, 0); number;
       number = memo_newer(memo, number))
    enter_bucket(memo, number, bucket_of_entry(memo, number));
}

bool memo_move(Memo *memo, void *buffer, MemoShape shape) {
  if (shape.capacity < memo->used || shape.width < memo->shape.width)
    return false;
  const Memo old = *memo;
  take_seat(memo, buffer, shape);
  for (uint32_t i = 0; old.shape.capacity && i <= old.used; i++) {
    memcpy(memo_entry(memo, i), memo_entry(&old, i), old.stride);
    if (memo->deadlines && old.deadlines) memo->deadlines[i] = old.deadlines[i];
  }
  enter_all(memo);
  return true;
}

void memo_clear(Memo *memo) {
  *memo = (Memo){.maxsize = memo->maxsize,
                 .policy = memo->policy,
                 .seed = {memo->seed[0], memo->seed[1]},
                 .factor = memo->factor};
}

/* The order */

uint32_t memo_newer(const Memo *memo, uint32_t number) {
  return memo->shape.capacity ? memo_entry(memo, number)->newer : 0;
}

static uint32_t move_hand(Memo *memo) {
  uint32_t oldest = memo_newer(memo, 0);
  uint32_t number = memo->hand ? memo->hand : oldest;
  while (memo_entry(memo, number)->visited) {
    memo_entry(memo, number)->visited = 0;
    number = memo_newer(memo, number);
    if (!number) number = oldest;
  }
  memo->hand = number;
  return number;
}

uint32_t memo_victim(Memo *memo) {
  if (memo->count < memo->maxsize) return 0;
  return memo->policy == MEMO_SIEVE ? move_hand(memo) : memo_newer(memo, 0);
}

/* Entries */

static bool is_key_of(const Memo *memo, uint32_t number, const MemoKey *key) {
  const MemoEntry *entry = memo_entry(memo, number);
  if (entry->first != key->payloads[0] || entry->tags != key->tags)
    return false;
  for (unsigned i = 1; i < key->width; i++)
    if (others(memo, number)[i - 1] != key->payloads[i]) return false;
  return true;
}

uint32_t memo_find(const Memo *memo, const MemoKey *key) {
  if (!memo->count || key->width > memo->shape.width) return 0;
  uint32_t number = *bucket_of_key(memo, key);
  while (number && !is_key_of(memo, number, key))
    number = memo_entry(memo, number)->next;
  return number;
}

static void leave_bucket(Memo *memo, uint32_t number) {
  uint32_t *place = bucket_of_entry(memo, number);
  while (*place != number) place = &memo_entry(memo, *place)->next;
  *place = memo_entry(memo, number)->next;
}

static void leave_order(Memo *memo, uint32_t number) {
  if (memo->hand == number) memo->hand = memo_newer(memo, number);
  memo_unlink(memo, number);
}

void memo_remove(Memo *memo, uint32_t number) {
  leave_bucket(memo, number);
  leave_order(memo, number);
  memo_entry(memo, number)->next = memo->freed;
  memo->freed = number;
  memo->count--;
}

uint32_t memo_next_number(const Memo *memo, uint32_t victim) {
  if (victim) return victim;
  return memo->freed ? memo->freed : memo->used + 1;
}

static uint32_t take_number(Memo *memo) {
  uint32_t number = memo->freed;
  if (!number) return ++memo->used;
  memo->freed = memo_entry(memo, number)->next;
  return number;
}

static bool is_crowded(const Memo *memo, uint32_t number) {
  unsigned entries = 0;
  for (; number; number = memo_entry(memo, number)->next) entries++;
  return entries >= CROWD;
}

/* Once in the life of a store. */
static void scatter(Memo *memo) {
  memo->factor = memo->seed[1] | 1;
  empty_buckets(memo);
  enter_all(memo);
}

static void fill(Memo *memo, uint32_t number, const MemoKey *key) {
  MemoEntry *entry = memo_entry(memo, number);
  *entry = (MemoEntry){.first = key->payloads[0], .tags = key->tags};
  for (unsigned i = 1; i < key->width; i++)
    others(memo, number)[i - 1] = key->payloads[i];
  enter_bucket(memo, number, bucket_of_key(memo, key));
  memo_link_newest(memo, number);
  if (memo->factor == 1 && is_crowded(memo, number)) scatter(memo);
}

uint32_t memo_insert(Memo *memo, const MemoKey *key) {
  uint32_t number = take_number(memo);
  fill(memo, number, key);
  memo->count++;
  return number;
}

void memo_replace(Memo *memo, uint32_t victim, const MemoKey *key) {
  leave_bucket(memo, victim);
  leave_order(memo, victim);
  fill(memo, victim, key);
}

void memo_expect(const Memo *memo) {
  if (memo->count < LARGE || memo->count < memo->maxsize) return;
  uint32_t number = memo->hand ? memo->hand : memo_newer(memo, 0);
  __builtin_prefetch(bucket_of_entry(memo, number), 1);
  __builtin_prefetch(memo_entry(memo, memo_newer(memo, number)), 1);
}
