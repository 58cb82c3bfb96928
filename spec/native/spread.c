/* Puts what keys tend to be into the hash set's core and the memo's, under
** many seeds, and prints how many looks a search takes at worst; then what keys
** are that somebody chooses, and the looks on average. */
#include <stdio.h>
#include <stdlib.h>

#include "chosen.h"
#include "native/hashset/hashset.h"
#include "native/memo/memo.h"

#define SEEDS 64
#define KEYS 1280 /* as many as a set of 2,048 slots takes */
#define POWERS 57 /* of higher ones there are fewer than 128 multiples */

/* splitmix64 (Steele, Lea and Flood, 2014) */
static uint64_t random_bits(void) {
  static uint64_t state = 1969;
  uint64_t z = state += UINT64_C(0x9E3779B97F4A7C15);
  z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
  z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
  return z ^ z >> 31;
}

/* Families: multiples of each power of two, then these, then chosen ones. */

static uint64_t downwards(uint64_t i) { return -i; }
static uint64_t pairs(uint64_t i) { return i << 32 | i; }
static uint64_t grid(uint64_t i) { return (i >> 6) << 32 | (i & 63); }
static uint64_t blocks(uint64_t i) { return UINT64_C(0x55d0c0000000) + 48 * i; }
static uint64_t decimals(uint64_t i) { return 1000 * i; }
static uint64_t both_ends(uint64_t i) { return (i & 127) << 57 | i >> 7; }

static uint64_t halves(uint64_t i) {
  union {
    double number;
    uint64_t bits;
  } half = {(double)i + 0.5};
  return half.bits;
}

static uint64_t (*const others[])(uint64_t) = {
    downwards, pairs,           grid,
    blocks,    decimals,        both_ends,
    halves,    chosen_for_memo, chosen_for_hashset};
#define FAMILIES (POWERS + sizeof others / sizeof *others)
#define CHOSEN (FAMILIES - 2) /* from here on */

static uint64_t nth(size_t family, uint64_t i) {
  return family < POWERS ? i << family : others[family - POWERS](i);
}

/* Multiples of 2^60, say, are only 16. */
static size_t length(size_t family) {
  size_t most = family > 0 && family < POWERS ? SIZE_MAX >> family : KEYS;
  return most < KEYS ? most + 1 : KEYS;
}

static void *room(size_t bytes) {
  void *buffer = malloc(bytes);
  if (!buffer) exit(1);
  return buffer;
}

static double hashset_looks(size_t family, const uint64_t seed[2]) {
  Hashset set = {.seed = {seed[0], seed[1]}};
  HashsetShape shape = hashset_shape(&set, length(family), false);
  void *buffer = room(hashset_bytes(shape));
  hashset_move(&set, buffer, shape);
  for (size_t i = 0; i < length(family); i++)
    hashset_add(&set, (Key){nth(family, i), KEY_INTEGER});
  double mean = hashset_stats(&set).mean_probe;
  free(buffer);
  return mean;
}

static unsigned looks_in(const Memo *memo, uint64_t key) {
  uint64_t hash = memo_fold(memo->seed[0], key);
  unsigned looks = 1;
  uint32_t number = *memo_bucket(memo, hash);
  for (; memo_entry(memo, number)->first != key; looks++)
    number = memo_entry(memo, number)->next;
  return looks;
}

static double memo_looks(size_t family, const uint64_t seed[2]) {
  Memo memo = {.maxsize = KEYS, .seed = {seed[0], seed[1]}};
  MemoShape shape = {KEYS, 1, false};
  void *buffer = room(memo_bytes(shape));
  double looks = 0;
  memo_move(&memo, buffer, shape);
  for (size_t i = 0; i < length(family); i++) {
    MemoKey key = {{nth(family, i)}, KEY_INTEGER, 1};
    memo_insert(&memo, &key);
  }
  for (size_t i = 0; i < length(family); i++)
    looks += looks_in(&memo, nth(family, i));
  free(buffer);
  return looks / (double)length(family);
}

typedef double Looks(size_t family, const uint64_t seed[2]);

/* At worst; of chosen keys on average. */
static double under_seeds(Looks *looks, size_t family) {
  double most = 0, sum = 0;
  for (int i = 0; i < SEEDS; i++) {
    uint64_t seed[2] = {random_bits(), random_bits()};
    double mean = looks(family, seed);
    if (mean > most) most = mean;
    sum += mean;
  }
  return family < CHOSEN ? most : sum / SEEDS;
}

int main(void) {
  for (size_t family = 0; family < FAMILIES; family++) {
    double hashset = under_seeds(hashset_looks, family);
    double memo = under_seeds(memo_looks, family);
    printf("%s hashset %.2f memo %.2f\n", family < CHOSEN ? "worst" : "mean",
           hashset, memo);
  }
  return 0;
}
