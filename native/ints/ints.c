#include "native/ints/ints.h"

#include <string.h>

/* Up to so many are sorted by insertion. */
#define FEW 64

#define DIGIT_BITS 8
#define DIGITS (1 << DIGIT_BITS)
#define PASSES (64 / DIGIT_BITS)
#define SIGN_BIT (UINT64_C(1) << 63)

size_t ints_bytes(size_t length) {
  return sizeof(Ints) + length * sizeof(int64_t);
}

int64_t ints_sum(const Ints *ints) {
  uint64_t sum = 0;
  for (size_t i = 0; i < ints->length; i++) sum += (uint64_t)ints->values[i];
  return (int64_t)sum;
}

bool ints_equal(const Ints *a, const Ints *b) {
  return a->length == b->length &&
         memcmp(a->values, b->values, a->length * sizeof *a->values) == 0;
}

/* Sorting */

size_t ints_sort_scratch(size_t length) { return length <= FEW ? 0 : length; }

static void sort_few(Ints *ints) {
  for (size_t i = 1; i < ints->length; i++) {
    int64_t value = ints->values[i];
    size_t place = i;
    for (; place > 0 && ints->values[place - 1] > value; place--)
      ints->values[place] = ints->values[place - 1];
    ints->values[place] = value;
  }
}

/* With the sign turned over, the order is that of unsigned numbers. */
static unsigned digit(int64_t value, unsigned pass) {
  uint64_t bits = (uint64_t)value ^ SIGN_BIT;
  return (unsigned)(bits >> pass * DIGIT_BITS) % DIGITS;
}

static void count_digits(const Ints *ints, size_t counts[PASSES][DIGITS]) {
  for (size_t i = 0; i < ints->length; i++)
    for (unsigned pass = 0; pass < PASSES; pass++)
      counts[pass][digit(ints->values[i], pass)]++;
}

/* From counts to where each digit's values begin. */
static void add_up(size_t counts[DIGITS]) {
  size_t begin = 0;
  for (unsigned i = 0; i < DIGITS; i++) {
    size_t count = counts[i];
    counts[i] = begin;
    begin += count;
  }
}

static void distribute(const int64_t *from, int64_t *to, size_t length,
                       unsigned pass, size_t begins[DIGITS]) {
  for (size_t i = 0; i < length; i++)
    to[begins[digit(from[i], pass)]++] = from[i];
}

void ints_sort(Ints *ints, int64_t *scratch) {
  if (ints->length <= FEW) {
    sort_few(ints);
    return;
  }
  size_t counts[PASSES][DIGITS] = {{0}};
  int64_t *from = ints->values, *to = scratch;
  count_digits(ints, counts);
  for (unsigned pass = 0; pass < PASSES; pass++) {
    if (counts[pass][digit(from[0], pass)] == ints->length) continue;
    add_up(counts[pass]);
    distribute(from, to, ints->length, pass, counts[pass]);
    int64_t *filled = to;
    to = from;
    from = filled;
  }
  if (from != ints->values)
    memcpy(ints->values, from, ints->length * sizeof *from);
}

/* Random numbers */

static uint64_t splitmix(uint64_t *state) {
  uint64_t z = *state += UINT64_C(0x9E3779B97F4A7C15);
  z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
  z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
  return z ^ z >> 31;
}

static uint64_t rotate(uint64_t value, unsigned bits) {
  return value << bits | value >> (64 - bits);
}

static uint64_t xoshiro(uint64_t state[4]) {
  uint64_t result = rotate(state[1] * 5, 7) * 9;
  uint64_t shifted = state[1] << 17;
  state[2] ^= state[0];
  state[3] ^= state[1];
  state[1] ^= state[2];
  state[0] ^= state[3];
  state[2] ^= shifted;
  state[3] = rotate(state[3], 45);
  return result;
}

/* Uniform below count; count 0 stands for 2^64. */
static uint64_t below(uint64_t count, uint64_t state[4]) {
  __extension__ typedef unsigned __int128 Product;
  if (count == 0) return xoshiro(state);
  Product product = (Product)xoshiro(state) * count;
  if ((uint64_t)product < count) {
    uint64_t uneven = -count % count;
    while ((uint64_t)product < uneven)
      product = (Product)xoshiro(state) * count;
  }
  return (uint64_t)(product >> 64);
}

void ints_random(Ints *ints, int64_t low, int64_t high, uint64_t seed) {
  uint64_t state[4];
  uint64_t count = (uint64_t)high - (uint64_t)low + 1;
  for (int i = 0; i < 4; i++) state[i] = splitmix(&seed);
  for (size_t i = 0; i < ints->length; i++)
    ints->values[i] = (int64_t)((uint64_t)low + below(count, state));
}

/* Text */

static bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

static void add_digit(IntsReader *reader, char c) {
  uint64_t most = *reader->item == '-' ? SIGN_BIT : SIGN_BIT - 1;
  uint64_t next = (uint64_t)(c - '0');
  reader->digits = true;
  reader->large |= reader->sum > (most - next) / 10;
  reader->sum = reader->sum * 10 + next;
}

static void add_to_item(IntsReader *reader, char c) {
  if (reader->length < sizeof reader->item - 1)
    reader->item[reader->length] = c;
  bool sign = reader->length++ == 0 && (c == '-' || c == '+');
  if (c >= '0' && c <= '9')
    add_digit(reader, c);
  else if (!sign)
    reader->wrong = true;
}

static IntsStatus finish_item(const IntsReader *reader, int64_t *value) {
  if (reader->wrong || !reader->digits) return INTS_WRONG;
  *value = (int64_t)(*reader->item == '-' ? -reader->sum : reader->sum);
  return reader->large ? INTS_LARGE : INTS_ITEM;
}

static void start_item(IntsReader *reader) {
  *reader = (IntsReader){.items = reader->items, .line = reader->line};
}

IntsStatus ints_read(IntsReader *reader, const char **piece, const char *end,
                     int64_t *value) {
  for (; *piece < end; ++*piece) {
    if (!is_space(**piece)) {
      add_to_item(reader, **piece);
    } else if (reader->length > 0) {
      IntsStatus status = finish_item(reader, value);
      reader->items++;
      if (status != INTS_ITEM) return status;
      start_item(reader);
      return INTS_ITEM;
    } else if (**piece == '\n') {
      reader->line++;
    }
  }
  return INTS_MORE;
}
