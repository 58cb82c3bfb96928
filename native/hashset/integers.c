#include "native/hashset/integers.h"

#include <string.h>

#include "native/hashset/parts.h"

/* A range of at most so many values an integer is dense: its bits take no more
** memory than parts would. */
#define DENSE 16
#define LOOK 1024 /* integers, between two looks at their range */

static size_t dense_bytes(size_t length) {
  return 2 * (DENSE * length / INTEGERS_WORD + 1) * sizeof(uint64_t);
}

size_t integers_scratch(size_t length) {
  size_t dense = dense_bytes(length), parts = parts_bytes(length);
  return dense > parts ? dense : parts;
}

/* In order equal integers are neighbours. */

static bool in_order(const Integers *integers, size_t begin, size_t end) {
  bool falls = false;
  for (size_t i = begin; i < end; i++)
    falls |= integers->first[i * integers->step] <
             integers->first[(i - 1) * integers->step];
  return !falls;
}

/* Looks no further than it must. */
static bool are_sorted(const Integers *integers) {
  size_t length = integers->length;
  for (size_t i = 1; i < length; i += LOOK)
    if (!in_order(integers, i, length - i < LOOK ? length : i + LOOK))
      return false;
  return true;
}

static bool repeats(const Integers *integers, size_t i) {
  return i > 0 && integers_at(integers, i) == integers_at(integers, i - 1);
}

static size_t mark_sorted(const Integers *integers, IntegersWanted wanted,
                          uint64_t *marks) {
  size_t count = 0;
  bool before = false; /* was the last one a repeat? */
  memset(marks, 0, integers_words(integers->length) * sizeof *marks);
  for (size_t i = 0; i < integers->length; i++) {
    bool repeat = repeats(integers, i);
    bool mark = wanted == INTEGERS_FIRST ? !repeat : repeat && !before;
    marks[i / INTEGERS_WORD] |= (uint64_t)mark << i % INTEGERS_WORD;
    count += mark;
    before = repeat;
  }
  return count;
}

/* Of dense integers a bit each tells whether one has occurred. */

typedef struct Range {
  int64_t low, high;
} Range;

static void extend(Range *range, const Integers *integers, size_t begin,
                   size_t end) {
  for (size_t i = begin; i < end; i++) {
    int64_t value = (int64_t)integers_at(integers, i);
    range->low = value < range->low ? value : range->low;
    range->high = value > range->high ? value : range->high;
  }
}

static bool are_dense(const Integers *integers, Range *range) {
  size_t length = integers->length;
  *range = (Range){INT64_MAX, INT64_MIN};
  for (size_t i = 0; i < length; i += LOOK) {
    extend(range, integers, i, length - i < LOOK ? length : i + LOOK);
    uint64_t span = (uint64_t)range->high - (uint64_t)range->low;
    if (span >= DENSE * length) return false;
  }
  return true;
}

/* The wanted ones among integers i to i + n - 1, n <= INTEGERS_WORD. */
static uint64_t mark_dense_word(const Integers *integers, size_t i, unsigned n,
                                IntegersWanted wanted, uint64_t low,
                                uint64_t *seen, uint64_t *listed) {
  uint64_t marks = 0;
  for (unsigned k = 0; k < n; k++) {
    uint64_t value = integers_at(integers, i + k) - low;
    uint64_t bit = UINT64_C(1) << value % INTEGERS_WORD;
    uint64_t again = seen[value / INTEGERS_WORD] & bit;
    uint64_t mark = again ^ bit;
    seen[value / INTEGERS_WORD] |= bit;
    if (wanted == INTEGERS_SECOND) {
      mark = again & ~listed[value / INTEGERS_WORD];
      listed[value / INTEGERS_WORD] |= again;
    }
    marks |= (uint64_t)(mark != 0) << k;
  }
  return marks;
}

static size_t mark_dense(const Integers *integers, IntegersWanted wanted,
                         Range range, uint64_t *scratch, uint64_t *marks) {
  uint64_t low = (uint64_t)range.low, span = (uint64_t)range.high - low;
  size_t words = span / INTEGERS_WORD + 1, count = 0;
  uint64_t *seen = scratch, *listed = seen + words;
  memset(scratch, 0, 2 * words * sizeof *scratch);
  for (size_t i = 0; i < integers->length; i += INTEGERS_WORD) {
    size_t left = integers->length - i;
    unsigned n = left < INTEGERS_WORD ? (unsigned)left : INTEGERS_WORD;
    uint64_t word = mark_dense_word(integers, i, n, wanted, low, seen, listed);
    marks[i / INTEGERS_WORD] = word;
    count += (size_t)__builtin_popcountll(word);
  }
  return count;
}

size_t integers_mark(Integers integers, IntegersWanted wanted,
                     const uint64_t seed[2], void *scratch, uint64_t *marks) {
  Range range;
  if (integers.length == 0) return 0;
  if (are_sorted(&integers)) return mark_sorted(&integers, wanted, marks);
  if (are_dense(&integers, &range))
    return mark_dense(&integers, wanted, range, scratch, marks);
  return parts_mark(integers, wanted, seed, scratch, marks);
}
