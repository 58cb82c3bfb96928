/* The store of a memo cache: entries found by key, and an order in which they
** go. Knows nothing of Lua, never allocates, never fails half-way.
**
** The store says how large a buffer it needs next; its owner provides one and
** the store moves in. The owner keeps the buffer until the store has moved on.
** A zeroed Memo is a valid empty store without room; give it a seed first.
**
** Entries are numbered from 1, and an entry keeps its number. So the owner can
** keep what their keys and values stand for in arrays of its own.
**
** Policies: LRU takes the entry that was not used for longest. SIEVE (Zhang et
** al., NSDI '24) only marks what is used; a hand goes from the oldest to the
** newest, spares what was marked since it came by, and takes the first that
** was not. */
#ifndef PERILUNE_MEMO_H
#define PERILUNE_MEMO_H

#include <stddef.h>

#include "native/key.h"

/* Arguments in a key at most. */
#define MEMO_WIDTH 4

/* Entries at most: numbers are 32 bits. */
#define MEMO_MOST ((size_t)UINT32_MAX - 1)

typedef enum MemoPolicy { MEMO_LRU, MEMO_SIEVE } MemoPolicy;

/* The arguments of a call. Two keys are equal when tags and payloads are. */
typedef struct MemoKey {
  uint64_t payloads[MEMO_WIDTH]; /* the first of an empty key is 0, too */
  uint16_t tags; /* a KeyTag for each argument, the first one lowest */
  uint8_t width; /* arguments */
} MemoKey;

#define MEMO_TAG_BITS 4

static inline KeyTag memo_tag(uint16_t tags, unsigned argument) {
  return (KeyTag)(tags >> argument * MEMO_TAG_BITS & 15);
}

/* What an entry has for its owner: the store does not look at it. */
typedef struct MemoValue {
  uint64_t payload;
  uint8_t kind;
} MemoValue;

typedef struct MemoEntry {
  uint64_t first; /* payload of the first argument */
  uint64_t value;
  uint32_t next; /* in its bucket, or in the list of free entries */
  uint32_t newer;
  uint32_t older;
  uint16_t tags;
  uint8_t kind; /* of the value */
  uint8_t visited;
} MemoEntry;

typedef struct MemoShape {
  size_t capacity; /* entries */
  uint8_t width;   /* arguments in an entry */
  bool deadlines;
} MemoShape;

typedef struct Memo {
  unsigned char *entries; /* by number; 0 is the ends of the order: its 'newer'
                          ** is the oldest entry, its 'older' the newest */
  double *deadlines;      /* by number, or NULL */
  uint32_t *buckets;      /* first entry of each; a power of two of them */
  size_t stride;          /* bytes from an entry to the next */
  MemoShape shape;
  size_t maxsize;
  size_t count;
  uint32_t used;  /* highest number that was ever given */
  uint32_t freed; /* the first of those given back */
  uint32_t hand;  /* of SIEVE; 0: at the oldest */
  unsigned shift; /* from a hash to its bucket */
  MemoPolicy policy;
  uint64_t seed[2]; /* secrets */
  uint64_t factor;  /* 1 until a bucket is crowded, then seed[1] | 1 */
} Memo;

/* Memory. */

/* Can a key of this width be inserted as things are? */
bool memo_room(const Memo *memo, unsigned width);

/* The buffer in which it can. At most maxsize entries, MEMO_MOST at most. A
** store has deadlines from its first buffer on, or never. */
MemoShape memo_shape(const Memo *memo, unsigned width, bool deadlines);
size_t memo_bytes(MemoShape shape);

/* Moves the store into a buffer of memo_bytes(shape) bytes, aligned for a
** uint64_t. False, and nothing changed, where it does not fit. O(capacity) */
bool memo_move(Memo *memo, void *buffer, MemoShape shape);

/* Makes the store empty and without room: its buffer can go. */
void memo_clear(Memo *memo);

/* Entries. Expected O(1); the hand of SIEVE goes O(1) steps on average. */

static inline MemoEntry *memo_entry(const Memo *memo, uint32_t number) {
  return (MemoEntry *)(void *)(memo->entries + number * memo->stride);
}

/* Tells the policy that an entry was used. */
static inline void memo_touch(Memo *memo, uint32_t number);

/* Returns 0 when no entry has the key. */
uint32_t memo_find(const Memo *memo, const MemoKey *key);

/* The entry that must go before one can be inserted, 0 when there is a place.
** The hand of SIEVE moves there. */
uint32_t memo_victim(Memo *memo);

void memo_remove(Memo *memo, uint32_t number);

/* The number that memo_insert will give once 'victim' (or 0) is removed. */
uint32_t memo_next_number(const Memo *memo, uint32_t victim);

/* Removes the victim and inserts in its place a key that no entry has. */
void memo_replace(Memo *memo, uint32_t victim, const MemoKey *key);

/* Inserts a key that no entry has; its value is to be set. Needs room, and
** less than maxsize entries. */
uint32_t memo_insert(Memo *memo, const MemoKey *key);

/* The next newer entry: the oldest after 0, 0 after the newest. */
uint32_t memo_newer(const Memo *memo, uint32_t number);

/* Has the processor fetch what the next insertion will need, while something
** else is done. */
void memo_expect(const Memo *memo);

/* What a hit consists of is inline. */

#define MEMO_GOLDEN_RATIO UINT64_C(0x9E3779B97F4A7C15)

/* A folded multiplication, as in wyhash (by Wang Yi), of a secret and the
** payload. The factor is no secret: with one by chance keys that are evenly
** spaced may be a few clusters, with this one they are spread (Knuth, vol. 3,
** 6.4; tried by spec/native/spread.c). */
static inline uint64_t memo_fold(uint64_t hash, uint64_t payload) {
  __extension__ typedef unsigned __int128 Product;
  Product product = (Product)(hash ^ payload) * MEMO_GOLDEN_RATIO;
  return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* Keys can be chosen so that their folds share buckets under most seeds
** (spec/native/chosen.c). A factor that is secret parts them: whatever two
** folds are, few factors let them meet, twice as many as chance would
** (Dietzfelbinger and others, Journal of Algorithms 25, 1997). It parts evenly
** spaced ones no better than chance, so it waits until a bucket is crowded. */
static inline uint32_t *memo_bucket(const Memo *memo, uint64_t hash) {
  return &memo->buckets[hash * memo->factor >> memo->shift];
}

/* memo_find for a key of one argument. */
static inline uint32_t memo_find_one(const Memo *memo, Key key) {
  if (!memo->count) return 0;
  uint64_t hash = memo_fold(memo->seed[0], key.payload);
  uint32_t number = *memo_bucket(memo, hash);
  while (number) {
    const MemoEntry *entry = memo_entry(memo, number);
    if (entry->first == key.payload && entry->tags == (uint16_t)key.tag) break;
    number = entry->next;
  }
  return number;
}

static inline void memo_link_newest(Memo *memo, uint32_t number) {
  MemoEntry *ends = memo_entry(memo, 0), *entry = memo_entry(memo, number);
  entry->newer = 0;
  entry->older = ends->older;
  memo_entry(memo, ends->older)->newer = number;
  ends->older = number;
}

static inline void memo_unlink(Memo *memo, uint32_t number) {
  const MemoEntry *entry = memo_entry(memo, number);
  memo_entry(memo, entry->newer)->older = entry->older;
  memo_entry(memo, entry->older)->newer = entry->newer;
}

static inline void memo_touch(Memo *memo, uint32_t number) {
  if (memo->policy == MEMO_SIEVE) {
    memo_entry(memo, number)->visited = 1;
  } else if (memo_entry(memo, 0)->older != number) {
    memo_unlink(memo, number);
    memo_link_newest(memo, number);
  }
}

#endif
