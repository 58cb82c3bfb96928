#include "native/hashset/integers.h"

#include <string.h>

/* A range of at most so many values an integer is dense: its bits take no more
** memory than parts would. */
#define DENSE 16
#define LOOK 1024 /* integers, between two looks at their range */

/* Integers in a part, about: it and its filters fit a first-level cache. */
#define PART_SHIFT 11
#define MAX_PART_BITS 12

/* Bits in a filter: so many an integer, but no more than a cache holds. */
#define FILTER_SHIFT 5
#define MAX_FILTER_BITS 20

#define WORD 64 /* bits */

/* What an entry of a part's table knows of its integer. */
enum { NONE, UNSEEN, SEEN, LISTED };

typedef struct Table {
  uint64_t *hashes;
  uint8_t *states;
  unsigned shift;
  size_t mask;
} Table;

typedef struct Parts {
  unsigned bits;
  size_t *ends;
  uint64_t *hashes;  /* by part, and in a part in the order of the integers */
  uint32_t *indices; /* of the integers, in the same order */
  uint32_t *places;  /* of some hashes in a part */
  uint64_t *filter;
  uint64_t *slots;
  uint8_t *states; /* of the slots */
} Parts;

static unsigned bits_for(size_t count) {
  unsigned bits = 3;
  while (count >> bits > 0) bits++;
  return bits;
}

/* Integers that occur again are at most half of a part, so that searches end
** soon even in the largest table. */
static size_t max_capacity(size_t part_length) {
  return (size_t)1 << bits_for(part_length);
}

static size_t table_capacity(size_t count, size_t part_length) {
  size_t capacity = (size_t)4 << bits_for(count);
  size_t most = max_capacity(part_length);
  return capacity < most ? capacity : most;
}

static unsigned part_bits(size_t length) {
  unsigned bits = bits_for(length >> PART_SHIFT);
  return bits < MAX_PART_BITS ? bits : MAX_PART_BITS;
}

static unsigned filter_bits(size_t count) {
  unsigned bits = bits_for(count << FILTER_SHIFT);
  return bits < MAX_FILTER_BITS ? bits : MAX_FILTER_BITS;
}

static size_t filter_words(size_t count) {
  return ((size_t)1 << filter_bits(count)) / WORD;
}

static size_t max_size(size_t a, size_t b) { return a > b ? a : b; }

static size_t dense_bytes(size_t length) {
  return 2 * (DENSE * length / WORD + 1) * sizeof(uint64_t);
}

static size_t parts_bytes(size_t length) {
  size_t item = sizeof(uint64_t) + 2 * sizeof(uint32_t);
  size_t slot = sizeof(uint64_t) + sizeof(uint8_t);
  return (sizeof(size_t) << part_bits(length)) + length * item +
         filter_words(length) * sizeof(uint64_t) + max_capacity(length) * slot;
}

size_t integers_scratch(size_t length) {
  return max_size(dense_bytes(length), parts_bytes(length));
}

static uint64_t at(const Integers *integers, size_t i) {
  return (uint64_t)integers->first[i * integers->step];
}

/* Dense integers */

typedef struct Range {
  int64_t low, high;
} Range;

static void extend(Range *range, const Integers *integers, size_t begin,
                   size_t end) {
  for (size_t i = begin; i < end; i++) {
    int64_t value = (int64_t)at(integers, i);
    range->low = value < range->low ? value : range->low;
    range->high = value > range->high ? value : range->high;
  }
}

/* Looks no further than it must. */
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

/* The wanted ones among integers i to i + n - 1, n <= WORD. */
static uint64_t mark_dense_word(const Integers *integers, size_t i, unsigned n,
                                IntegersWanted wanted, uint64_t low,
                                uint64_t *seen, uint64_t *listed) {
  uint64_t marks = 0;
  for (unsigned k = 0; k < n; k++) {
    uint64_t value = at(integers, i + k) - low;
    uint64_t bit = UINT64_C(1) << value % WORD;
    uint64_t again = seen[value / WORD] & bit;
    uint64_t mark = again ^ bit;
    seen[value / WORD] |= bit;
    if (wanted == INTEGERS_SECOND) {
      mark = again & ~listed[value / WORD];
      listed[value / WORD] |= again;
    }
    marks |= (uint64_t)(mark != 0) << k;
  }
  return marks;
}

static size_t mark_dense(const Integers *integers, IntegersWanted wanted,
                         Range range, uint64_t *scratch, uint64_t *marks) {
  uint64_t low = (uint64_t)range.low, span = (uint64_t)range.high - low;
  size_t words = span / WORD + 1, count = 0;
  uint64_t *seen = scratch, *listed = seen + words;
  memset(scratch, 0, 2 * words * sizeof *scratch);
  for (size_t i = 0; i < integers->length; i += WORD) {
    size_t left = integers->length - i;
    unsigned n = left < WORD ? (unsigned)left : WORD;
    uint64_t word = mark_dense_word(integers, i, n, wanted, low, seen, listed);
    marks[i / WORD] = word;
    count += (size_t)__builtin_popcountll(word);
  }
  return count;
}

/* Parts */

/* Different for different integers, so that a hash stands for its integer. Its
** upper bits depend on all of the integer's. */
static uint64_t hash_of(uint64_t integer, const uint64_t seed[2]) {
  uint64_t hash = (integer ^ seed[0]) * (seed[1] | 1);
  return (hash ^ hash >> 32) * (seed[0] | 1);
}

static size_t part_of(const Parts *parts, uint64_t hash) {
  return (size_t)(hash >> (WORD - parts->bits));
}

static Parts parts_in(void *scratch, size_t length) {
  Parts parts = {.bits = part_bits(length)};
  parts.ends = scratch;
  parts.hashes = (uint64_t *)(void *)(parts.ends + ((size_t)1 << parts.bits));
  parts.filter = parts.hashes + length;
  parts.slots = parts.filter + filter_words(length);
  parts.indices = (uint32_t *)(void *)(parts.slots + max_capacity(length));
  parts.places = parts.indices + length;
  parts.states = (uint8_t *)(parts.places + length);
  return parts;
}

/* Leaves in parts->ends where each part begins. */
static void count_parts(const Integers *integers, const uint64_t seed[2],
                        Parts *parts) {
  size_t n = (size_t)1 << parts->bits, begin = 0;
  memset(parts->ends, 0, n * sizeof *parts->ends);
  for (size_t i = 0; i < integers->length; i++)
    parts->ends[part_of(parts, hash_of(at(integers, i), seed))]++;
  for (size_t part = 0; part < n; part++) {
    size_t count = parts->ends[part];
    parts->ends[part] = begin;
    begin += count;
  }
}

/* Moves parts->ends from the parts' beginnings to their ends. */
static void fill_parts(const Integers *integers, const uint64_t seed[2],
                       Parts *parts) {
  for (size_t i = 0; i < integers->length; i++) {
    uint64_t hash = hash_of(at(integers, i), seed);
    size_t place = parts->ends[part_of(parts, hash)]++;
    parts->hashes[place] = hash;
    parts->indices[place] = (uint32_t)i;
  }
}

/* A part's integers are few among many that occur once. A filter, a bit for a
** hash, tells those that may have come before; only they get into the table,
** and then a filter of the table's tells those that may be in it. */

typedef struct Part {
  const uint64_t *hashes;
  const uint32_t *indices;
  size_t length;
  unsigned used;  /* upper bits of the hashes, all alike in a part */
  unsigned shift; /* from a hash, without those, to its bit in a filter */
} Part;

static size_t filter_bit(const Part *part, size_t i) {
  return (size_t)(part->hashes[i] << part->used >> part->shift);
}

/* The places of those whose bit others before them had set. */
static size_t find_again(const Part *part, uint64_t *filter, uint32_t *places) {
  size_t count = 0;
  for (size_t i = 0; i < part->length; i++) {
    size_t bit = filter_bit(part, i);
    uint64_t word = filter[bit / WORD];
    places[count] = (uint32_t)i;
    count += word >> bit % WORD & 1;
    filter[bit / WORD] = word | UINT64_C(1) << bit % WORD;
  }
  return count;
}

/* The places of those whose bit is set. */
static size_t find_set(const Part *part, const uint64_t *filter,
                       uint32_t *places) {
  size_t count = 0;
  for (size_t i = 0; i < part->length; i++) {
    size_t bit = filter_bit(part, i);
    places[count] = (uint32_t)i;
    count += filter[bit / WORD] >> bit % WORD & 1;
  }
  return count;
}

static size_t search(const Table *table, uint64_t hash, unsigned used) {
  size_t slot = (size_t)(hash << used >> table->shift);
  while (table->states[slot] != NONE && table->hashes[slot] != hash)
    slot = (slot + 1) & table->mask;
  return slot;
}

/* The table of the hashes at the places, which it sets in the filter. */
static Table make_table(const Parts *parts, const Part *part, size_t count,
                        uint64_t *filter) {
  size_t capacity = table_capacity(count, part->length);
  unsigned bits = (unsigned)__builtin_ctzll(capacity);
  Table table = {parts->slots, parts->states, WORD - bits, capacity - 1};
  memset(table.states, NONE, capacity);
  for (size_t i = 0; i < count; i++) {
    uint64_t hash = part->hashes[parts->places[i]];
    size_t slot = search(&table, hash, part->used);
    size_t bit = filter_bit(part, parts->places[i]);
    table.hashes[slot] = hash;
    table.states[slot] = UNSEEN;
    filter[bit / WORD] |= UINT64_C(1) << bit % WORD;
  }
  return table;
}

static const uint8_t next[] = {
    [NONE] = NONE, [UNSEEN] = SEEN, [SEEN] = LISTED, [LISTED] = LISTED};

/* Flips the marks of those at the places that occur for the second time, or,
** where the first ones are wanted, for any time after it. */
static size_t flip_marks(const Part *part, const Table *table,
                         const uint32_t *places, size_t n,
                         IntegersWanted wanted, uint64_t *marks) {
  size_t flipped = 0;
  for (size_t i = 0; i < n; i++) {
    size_t slot = search(table, part->hashes[places[i]], part->used);
    uint32_t index = part->indices[places[i]];
    uint8_t state = table->states[slot];
    bool again = state == LISTED && wanted == INTEGERS_FIRST;
    bool flip = state == SEEN || again;
    marks[index / WORD] ^= (uint64_t)flip << index % WORD;
    flipped += flip;
    table->states[slot] = next[state];
  }
  return flipped;
}

static size_t mark_part(const Parts *parts, const Part *part,
                        IntegersWanted wanted, uint64_t *marks) {
  size_t bytes = filter_words(part->length) * sizeof *parts->filter;
  memset(parts->filter, 0, bytes);
  size_t count = find_again(part, parts->filter, parts->places);
  if (count == 0) return 0;
  memset(parts->filter, 0, bytes);
  Table table = make_table(parts, part, count, parts->filter);
  count = find_set(part, parts->filter, parts->places);
  return flip_marks(part, &table, parts->places, count, wanted, marks);
}

/* Starts from marks for all where the first ones are wanted, else for none. */
static void start_marks(size_t length, IntegersWanted wanted, uint64_t *marks) {
  memset(marks, wanted == INTEGERS_FIRST ? 0xff : 0,
         (length + WORD - 1) / WORD * sizeof *marks);
  if (wanted == INTEGERS_FIRST && length % WORD)
    marks[length / WORD] &= (UINT64_C(1) << length % WORD) - 1;
}

static size_t mark_parts(const Integers *integers, IntegersWanted wanted,
                         const uint64_t seed[2], void *scratch,
                         uint64_t *marks) {
  Parts parts = parts_in(scratch, integers->length);
  size_t begin = 0, flipped = 0;
  start_marks(integers->length, wanted, marks);
  count_parts(integers, seed, &parts);
  fill_parts(integers, seed, &parts);
  for (size_t i = 0; i < (size_t)1 << parts.bits; i++) {
    size_t length = parts.ends[i] - begin;
    Part part = {parts.hashes + begin, parts.indices + begin, length,
                 parts.bits, WORD - filter_bits(length)};
    flipped += mark_part(&parts, &part, wanted, marks);
    begin = parts.ends[i];
  }
  return wanted == INTEGERS_FIRST ? integers->length - flipped : flipped;
}

size_t integers_mark(Integers integers, IntegersWanted wanted,
                     const uint64_t seed[2], void *scratch, uint64_t *marks) {
  if (integers.length == 0) return 0;
  Range range;
  if (are_dense(&integers, &range))
    return mark_dense(&integers, wanted, range, scratch, marks);
  return mark_parts(&integers, wanted, seed, scratch, marks);
}
