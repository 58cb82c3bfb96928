#include "native/memo/memo.h"

#include <string.h>

#define MIN_CAPACITY 8
#define GOLDEN_RATIO UINT64_C(0x9E3779B97F4A7C15)

_Static_assert(sizeof(MemoEntry) == 32, "two entries a cache line");
_Static_assert(KEY_TEXT < 1 << MEMO_TAG_BITS, "a tag fits its bits");

/* A folded multiplication by a secret, as in wyhash (by Wang Yi). The tags are
** left out: keys that differ in nothing else are few. */
static uint64_t fold(const Memo *memo, uint64_t hash, uint64_t payload) {
  __extension__ typedef unsigned __int128 Product;
  Product product = (Product)(hash ^ payload) * (memo->seed[1] | 1);
  return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint32_t *bucket_of_hash(const Memo *memo, uint64_t hash) {
  return &memo->buckets[hash * GOLDEN_RATIO >> memo->shift];
}

static uint32_t *bucket_of_one(const Memo *memo, uint64_t payload) {
  return bucket_of_hash(memo, fold(memo, memo->seed[0], payload));
}

static uint32_t *bucket_of(const Memo *memo, const MemoKey *key) {
  uint64_t hash = memo->seed[0];
  for (unsigned i = 0; i < key->width; i++)
    hash = fold(memo, hash, key->payloads[i]);
  return bucket_of_hash(memo, hash);
}

/* Payloads of the second argument and those after it. */
static uint64_t *others(const Memo *memo, uint32_t number) {
  return (uint64_t *)(void *)(memo_entry(memo, number) + 1);
}

static unsigned width_of(uint16_t tags) {
  unsigned bits = tags ? 32 - (unsigned)__builtin_clz(tags) : 0;
  return (bits + MEMO_TAG_BITS - 1) / MEMO_TAG_BITS;
}

MemoKey memo_key(const Memo *memo, uint32_t number) {
  const MemoEntry *entry = memo_entry(memo, number);
  MemoKey key = {.payloads = {entry->first}, .tags = entry->tags};
  key.width = (uint8_t)width_of(entry->tags);
  for (unsigned i = 1; i < key.width; i++)
    key.payloads[i] = others(memo, number)[i - 1];
  return key;
}

/* Memory */

/* A power of two, at least the number of entries. */
static size_t buckets_in(MemoShape shape) {
  if (shape.capacity < 2) return 2;
  return (size_t)1 << (64 - __builtin_clzll(shape.capacity - 1));
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

static void take_seat(Memo *memo, void *buffer, MemoShape shape) {
  unsigned char *place = buffer;
  memo->shape = shape;
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
  memset(memo->buckets, 0, buckets_in(shape) * sizeof *memo->buckets);
  memset(memo->entries, 0, memo->stride);
}

static void enter_bucket(Memo *memo, uint32_t number, uint32_t *bucket) {
  memo_entry(memo, number)->next = *bucket;
  *bucket = number;
}

static void enter_all(Memo *memo) {
  for (uint32_t number = memo_newer(memo, 0); number;
       number = memo_newer(memo, number)) {
    MemoKey key = memo_key(memo, number);
    enter_bucket(memo, number, bucket_of(memo, &key));
  }
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
                 .seed = {memo->seed[0], memo->seed[1]}};
}

/* The order */

static void link_newest(Memo *memo, uint32_t number) {
  MemoEntry *ends = memo_entry(memo, 0), *entry = memo_entry(memo, number);
  entry->newer = 0;
  entry->older = ends->older;
  memo_entry(memo, ends->older)->newer = number;
  ends->older = number;
}

static void unlink(Memo *memo, uint32_t number) {
  const MemoEntry *entry = memo_entry(memo, number);
  memo_entry(memo, entry->newer)->older = entry->older;
  memo_entry(memo, entry->older)->newer = entry->newer;
}

uint32_t memo_newer(const Memo *memo, uint32_t number) {
  return memo->shape.capacity ? memo_entry(memo, number)->newer : 0;
}

void memo_touch(Memo *memo, uint32_t number) {
  if (memo->policy == MEMO_SIEVE) {
    memo_entry(memo, number)->visited = 1;
  } else if (memo_entry(memo, 0)->older != number) {
    unlink(memo, number);
    link_newest(memo, number);
  }
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

uint32_t memo_find_one(const Memo *memo, uint64_t payload, KeyTag tag) {
  if (!memo->count) return 0;
  uint32_t number = *bucket_of_one(memo, payload);
  while (number) {
    const MemoEntry *entry = memo_entry(memo, number);
    if (entry->first == payload && entry->tags == (uint16_t)tag) return number;
    number = entry->next;
  }
  return 0;
}

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
  uint32_t number = *bucket_of(memo, key);
  while (number && !is_key_of(memo, number, key))
    number = memo_entry(memo, number)->next;
  return number;
}

static void leave_bucket(Memo *memo, uint32_t number) {
  MemoKey key = memo_key(memo, number);
  uint32_t *place = bucket_of(memo, &key);
  while (*place != number) place = &memo_entry(memo, *place)->next;
  *place = memo_entry(memo, number)->next;
}

void memo_remove(Memo *memo, uint32_t number) {
  leave_bucket(memo, number);
  if (memo->hand == number) memo->hand = memo_newer(memo, number);
  unlink(memo, number);
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

uint32_t memo_insert(Memo *memo, const MemoKey *key) {
  uint32_t number = take_number(memo);
  MemoEntry *entry = memo_entry(memo, number);
  *entry = (MemoEntry){.first = key->payloads[0], .tags = key->tags};
  for (unsigned i = 1; i < memo->shape.width; i++)
    others(memo, number)[i - 1] = key->payloads[i];
  enter_bucket(memo, number, bucket_of(memo, key));
  link_newest(memo, number);
  memo->count++;
  return number;
}

void memo_prefetch(const Memo *memo, const MemoKey *key) {
  if (!memo->shape.capacity) return;
  uint32_t oldest = memo->hand ? memo->hand : memo_newer(memo, 0);
  __builtin_prefetch(memo_entry(memo, oldest), 1);
  __builtin_prefetch(bucket_of(memo, key), 1);
}
