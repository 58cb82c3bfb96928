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

/* Whether one of the differences that a pattern's bits can make is wanted. */
static bool is_wanted(const int *bits, int count) {
  for (int signs = 0; signs < 1 << (count - 1); signs++) {
    int64_t difference = 0;
    for (int i = 0; i < count; i++) {
      int64_t bit = INT64_C(1) << bits[i];
      difference += i > 0 && signs >> (i - 1) & 1 ? -bit : bit;
    }
    if (move_of(difference) < HARDLY) return true;
  }
  return false;
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

/* All patterns of `count` bits, from the bit `from` on. */
static void find(Patterns *patterns, int *bits, int at, int count, int from) {
  for (int bit = from; bit < FOLDED && patterns->count < CHOSEN_BITS; bit++) {
    bits[at] = bit;
    if (at + 1 < count) {
      find(patterns, bits, at + 1, count, bit + 1);
    } else if (is_wanted(bits, count)) {
      uint64_t mask = 0;
      for (int i = 0; i < count; i++) mask |= UINT64_C(1) << bits[i];
      add(patterns, mask);
    }
  }
}

uint64_t chosen_for_memo(uint64_t i) {
  static Patterns patterns;
  int bits[MOST_BITS];
  for (int n = 1; n <= MOST_BITS && patterns.count < CHOSEN_BITS; n++)
    find(&patterns, bits, 0, n, 0);
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
