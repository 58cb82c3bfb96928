/* An open-addressing table from hashes to small numbers; the owner keeps the
** items and compares them. A zeroed one is empty. */
#ifndef PERILUNE_INDEX_H
#define PERILUNE_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct IndexSlot {
  uint32_t hash;
  uint32_t number; /* 0: free */
} IndexSlot;

typedef struct Index {
  IndexSlot *slots;
  uint32_t mask, count;
} Index;

/* Adds a number above 0, also where the hash is there already; false when
** memory runs out. */
bool index_add(Index *index, uint32_t hash, uint32_t number);
void index_clear(Index *index);
void index_free(Index *index);

/* The numbers added with `hash`, one a call, 0 after the last. `*position`
** begins as the hash. */
static inline uint32_t index_next(const Index *index, uint32_t hash,
                                  uint32_t *position) {
  if (!index->slots) return 0;
  for (;;) {
    const IndexSlot *slot = &index->slots[*position & index->mask];
    ++*position;
    if (slot->number == 0 || slot->hash == hash) return slot->number;
  }
}

/* Mixes two words (the multipliers are those of splitmix64). */
static inline uint32_t index_hash(uint64_t a, uint64_t b) {
  uint64_t h = (a ^ (b * UINT64_C(0x9e3779b97f4a7c15))) *
               UINT64_C(0xbf58476d1ce4e5b9);
  return (uint32_t)((h ^ (h >> 29)) >> 7);
}

#endif
