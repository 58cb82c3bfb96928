#include "native/hashset/parts.h"

#include <string.h>

#include "native/hashset/hash.h"

/* Integers in a part, about: it and its filters fit a first-level cache. */
#define PART_SHIFT 12
#define MAX_PART_BITS 9

/* Bits in a filter: so many an integer, but no more than a cache holds. */
#define FILTER_SHIFT 4
#define MAX_FILTER_BITS 20

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
  uint32_t *begins, *ends;
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
  return integers_words((size_t)1 << filter_bits(count));
}

size_t parts_bytes(size_t length) {
  size_t item = sizeof(uint64_t) + sizeof(uint32_t);
  size_t slot = sizeof(uint64_t) + sizeof(uint8_t);
  return (2 * sizeof(uint32_t) << part_bits(length)) + length * item +
         length * sizeof(uint32_t) + filter_words(length) * sizeof(uint64_t) +
         max_capacity(length) * slot;
}

static Parts parts_in(void *scratch, size_t length) {
  Parts parts = {.bits = part_bits(length)};
  size_t n = (size_t)1 << parts.bits;
  parts.hashes = scratch;
  parts.filter = parts.hashes + length;
  parts.slots = parts.filter + filter_words(length);
  parts.begins = (uint32_t *)(void *)(parts.slots + max_capacity(length));
  parts.ends = parts.begins + n;
  parts.indices = parts.ends + n;
  parts.places = parts.indices + length;
  parts.states = (uint8_t *)(parts.places + length);
  return parts;
}

/* What the loops need is in locals: their stores could change all else. */

/* Leaves in begins and ends where each part begins. */
static void count_parts(Integers integers, const uint64_t seed[2],
                        const Parts *parts) {
  uint32_t *ends = parts->ends, begin = 0;
  unsigned shift = INTEGERS_WORD - parts->bits;
  size_t n = (size_t)1 << parts->bits;
  const uint64_t secret[] = {seed[0], seed[1]};
  memset(ends, 0, n * sizeof *ends);
  for (size_t i = 0; i < integers.length; i++)
    ends[hash_payload(integers_at(&integers, i), secret) >> shift]++;
  for (size_t part = 0; part < n; part++) {
    uint32_t count = ends[part];
    parts->begins[part] = ends[part] = begin;
    begin += count;
  }
}

/* Moves ends to where each part ends. */
static void fill_parts(Integers integers, const uint64_t seed[2],
                       const Parts *parts) {
  uint32_t *ends = parts->ends, *indices = parts->indices;
  uint64_t *hashes = parts->hashes;
  unsigned shift = INTEGERS_WORD - parts->bits;
  const uint64_t secret[] = {seed[0], seed[1]};
  for (size_t i = 0; i < integers.length; i++) {
    uint64_t hash = hash_payload(integers_at(&integers, i), secret);
    uint32_t place = ends[hash >> shift]++;
    hashes[place] = hash;
    indices[place] = (uint32_t)i;
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
    uint64_t word = filter[bit / INTEGERS_WORD];
    places[count] = (uint32_t)i;
    count += word >> bit % INTEGERS_WORD & 1;
    filter[bit / INTEGERS_WORD] = word | UINT64_C(1) << bit % INTEGERS_WORD;
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
    count += filter[bit / INTEGERS_WORD] >> bit % INTEGERS_WORD & 1;
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
  Table table = {parts->slots, parts->states, INTEGERS_WORD - bits,
                 capacity - 1};
  memset(table.states, NONE, capacity);
  for (size_t i = 0; i < count; i++) {
    uint64_t hash = part->hashes[parts->places[i]];
    size_t slot = search(&table, hash, part->used);
    size_t bit = filter_bit(part, parts->places[i]);
    table.hashes[slot] = hash;
    table.states[slot] = UNSEEN;
    filter[bit / INTEGERS_WORD] |= UINT64_C(1) << bit % INTEGERS_WORD;
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
    marks[index / INTEGERS_WORD] ^= (uint64_t)flip << index % INTEGERS_WORD;
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
         integers_words(length) * sizeof *marks);
  if (wanted == INTEGERS_FIRST && length % INTEGERS_WORD)
    marks[length / INTEGERS_WORD] &= (UINT64_C(1) << length % INTEGERS_WORD) -
                                     1;
}

/* Integers in order */

size_t parts_order_bytes(size_t length) {
  return (2 * sizeof(uint32_t) << part_bits(length)) +
         length * sizeof(uint64_t);
}

const int64_t *parts_order(Integers integers, const uint64_t seed[2],
                           void *scratch) {
  Parts parts = {.bits = part_bits(integers.length), .hashes = scratch};
  parts.begins = (uint32_t *)(void *)(parts.hashes + integers.length);
  parts.ends = parts.begins + ((size_t)1 << parts.bits);
  count_parts(integers, seed, &parts);
  uint32_t *ends = parts.ends;
  int64_t *ordered = scratch;
  unsigned shift = INTEGERS_WORD - parts.bits;
  const uint64_t secret[] = {seed[0], seed[1]};
  for (size_t i = 0; i < integers.length; i++) {
    uint64_t integer = integers_at(&integers, i);
    ordered[ends[hash_payload(integer, secret) >> shift]++] = (int64_t)integer;
  }
  return ordered;
}

size_t parts_mark(Integers integers, IntegersWanted wanted,
                  const uint64_t seed[2], void *scratch, uint64_t *marks) {
  Parts parts = parts_in(scratch, integers.length);
  size_t flipped = 0;
  start_marks(integers.length, wanted, marks);
  count_parts(integers, seed, &parts);
  fill_parts(integers, seed, &parts);
  for (size_t i = 0; i < (size_t)1 << parts.bits; i++) {
    size_t begin = parts.begins[i], length = parts.ends[i] - begin;
    Part part = {parts.hashes + begin, parts.indices + begin, length,
                 parts.bits, INTEGERS_WORD - filter_bits(length)};
    flipped += mark_part(&parts, &part, wanted, marks);
  }
  return wanted == INTEGERS_FIRST ? integers.length - flipped : flipped;
}
