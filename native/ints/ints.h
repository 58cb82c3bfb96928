/* Vector of 64-bit integers, in one block of memory. Knows nothing of Lua,
** never allocates: its owner provides blocks of ints_bytes(length). */
#ifndef PERILUNE_INTS_H
#define PERILUNE_INTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The name of the type in Lua, where other modules take such vectors. */
#define INTS_TYPE "perilune.ints"

typedef struct Ints {
  size_t length;
  int64_t values[];
} Ints;

/* Largest length whose block a size_t can count. */
#define INTS_MAX (SIZE_MAX / 16)

size_t ints_bytes(size_t length);

/* Their sum, modulo 2^64. O(n) */
int64_t ints_sum(const Ints *ints);

bool ints_equal(const Ints *a, const Ints *b);

/* How many values ints_sort wants beside those that it sorts. */
size_t ints_sort_scratch(size_t length);

/* Ascending; scratch as above. O(n) for many, by radix (Knuth, vol. 3, 5.2.5),
** O(n^2) for the few that want no scratch. */
void ints_sort(Ints *ints, int64_t *scratch);

/* Uniform numbers from low to high, low <= high: the same for the same seed on
** every machine. xoshiro256** (Blackman and Vigna, 2021), seeded by
** splitmix64; ranges by Lemire's method (2019). O(n) */
void ints_random(Ints *ints, int64_t low, int64_t high, uint64_t seed);

/* The integers in a text, apart by white space. Text comes in pieces of any
** length; a zeroed reader is at the start of one. */
typedef struct IntsReader {
  size_t items;  /* that have been read to their ends */
  size_t line;   /* of the item under way, from 0 */
  size_t length; /* its bytes so far */
  uint64_t sum;  /* of its digits, without the sign, modulo 2^64 */
  bool digits, large, wrong;
  char item[32]; /* its beginning, and a 0 */
} IntsReader;

typedef enum IntsStatus {
  INTS_MORE,  /* the piece is used up */
  INTS_ITEM,  /* *value is the next integer */
  INTS_WRONG, /* the item is no integer */
  INTS_LARGE  /* the item is an integer of more than 64 bits */
} IntsStatus;

/* Reads on in the text from *piece to end and moves *piece past what it has
** read. An item that is wrong stands in reader->item, the first 31 bytes of
** it. The text's end is told by a piece of white space. */
IntsStatus ints_read(IntsReader *reader, const char **piece, const char *end,
                     int64_t *value);

#endif
