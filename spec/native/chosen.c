#include "chosen.h"

#include <stdbool.h>

#include "native/memo/memo.h"

#define MOST_BITS 4                /* of a pattern */
#define HARDLY (UINT64_C(1) << 48) /* below the bits that choose a bucket */
#define FOLDED 50                  /* a higher bit alone moves more */

__extension__ typedef __int128 Wide;

static uint64_t magnitude(int64_t n) {
  return n < 0 ? -(uint64_t)n : (uint64_t)n;
}

/* How far a difference moves either half of the product. */
static uint64_t move_of(int64_t difference) {
  Wide product = (Wide)difference * (Wide)MEMO_GOLDEN_RATIO;
  int64_t high = (int64_t)((product + ((Wide)1 << 63)) >> 64);
  int64_t low = (int64_t)(uint64_t)product;
  return magnitude(high) > magnitude(low) ? magnitude(high) : magnitude(low);
}

/* Whether one of the differences that a pattern's bits can make is wanted: the
** highest bit's sign does not matter. */
static bool is_wanted(uint64_t mask) {
  uint64_t highest = UINT64_C(1) << (63 - __builtin_clzll(mask));
  uint64_t lower = mask ^ highest, minus = lower;
  for (;; minus = (minus - 1) & lower) {
    int64_t difference = (int64_t)(mask ^ minus) - (int64_t)minus;
    if (move_of(difference) < HARDLY) return true;
    if (minus == 0) return false;
  }
}

/* Patterns of which none is a sum of others; `reduced` has the same in echelon
** form. */
typedef struct Patterns {
  uint64_t masks[CHOSEN_BITS];
  uint64_t reduced[CHOSEN_BITS];
  int count;
} Patterns;

static void add(Patterns *patterns, uint64_t mask) {
  uint64_t rest = mask;
  for (int i = 0; i < patterns->count; i++)
    if ((rest ^ patterns->reduced[i]) < rest) rest ^= patterns->reduced[i];
  if (rest == 0) return;
  patterns->masks[patterns->count] = mask;
  patterns->reduced[patterns->count++] = rest;
}

/* The next greater pattern of as many bits (Gosper's, HAKMEM 175). */
static uint64_t next_pattern(uint64_t mask) {
  uint64_t lowest = mask & -mask, carried = mask + lowest;
  return carried | (mask ^ carried) / lowest >> 2;
}

static void find(Patterns *patterns, int bits) {
  uint64_t mask = (UINT64_C(1) << bits) - 1;
  for (; mask >> FOLDED == 0; mask = next_pattern(mask))
    if (patterns->count < CHOSEN_BITS && is_wanted(mask)) add(patterns, mask);
}

uint64_t chosen_for_memo(uint64_t i) {
  static Patterns patterns;
  for (int n = 1; n <= MOST_BITS && patterns.count < CHOSEN_BITS; n++)
    find(&patterns, n);
  uint64_t key = 0;
  for (int bit = 0; bit < patterns.count; bit++)
    if (i >> bit & 1) key ^= patterns.masks[bit];
  return key;
}

/* What is `x` where it has been XORed with itself 27 bits lower. */
uint64_t chosen_for_hashset(uint64_t i) {
  uint64_t x = i << (64 - CHOSEN_BITS);
  return x ^ x >> 27 ^ x >> 54;
}
