/* Which of many integers occur again: the work of a set of them, without the
** set. In sorted ones neighbours tell, in dense ones a bit each; others are
** parted by their hashes, so that each part's table stays in the cache. */
#ifndef PERILUNE_INTEGERS_H
#define PERILUNE_INTEGERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define INTEGERS_WORD 64 /* bits of marks */

typedef struct Integers {
  const int64_t *first;
  size_t step; /* from one to the next, in integers */
  size_t length;
} Integers;

#define INTEGERS_MAX (UINT32_MAX / 2) /* length */

static inline size_t integers_words(size_t length) {
  return (length + INTEGERS_WORD - 1) / INTEGERS_WORD;
}

static inline uint64_t integers_at(const Integers *integers, size_t i) {
  return (uint64_t)integers->first[i * integers->step];
}

typedef enum IntegersWanted {
  INTEGERS_FIRST, /* occurrences */
  INTEGERS_SECOND
} IntegersWanted;

/* Scratch memory that integers_mark wants, aligned for a uint64_t. */
size_t integers_scratch(size_t length);

/* Sets bit i of the marks if integer i is wanted, and clears the others, in
** words of 64 bits. Returns how many are. Expected O(n); the seed keeps chosen
** integers from piling up. */
size_t integers_mark(Integers integers, IntegersWanted wanted,
                     const uint64_t seed[2], void *scratch, uint64_t *marks);

#endif
