#include "native/hashset/hashset.h"

#include <endian.h>
#include <string.h>

#include "native/hashset/hash.h"

/* A control byte: the key's tag, bits of its hash that spare most looks at a
** payload, and whether hashset_repeat_batch met the key again. */
#define CONTROL_TAG 0x07
#define CONTROL_HASH 0x78
#define CONTROL_HASH_SHIFT 20 /* bits that choose no slot, below 2^37 slots */
#define CONTROL_REPEATED 0x80

_Static_assert(KEY_TEXT <= CONTROL_TAG, "a tag fits its bits");

/* At most MAX_LOAD of 8 slots are taken: a search for an absent key then looks
** at 4 slots on average (Knuth, vol. 3, 6.4). */
#define MAX_LOAD 5
#define MIN_CAPACITY 8
#define MAX_CAPACITY (SIZE_MAX / 16 + 1) /* whose bytes a size_t can count */

#define CACHE_LINE 64 /* bytes */
#define EACH_BYTE UINT64_C(0x0101010101010101)
#define GOLDEN_RATIO UINT64_C(0x9E3779B97F4A7C15)

typedef struct Probe {
  size_t slot;
  uint8_t control;
} Probe;

/* The tag is left out: keys that differ in nothing else are few. */
static uint64_t hash_of(const Hashset *set, uint64_t payload) {
  return hash_payload(payload, set->seed);
}

static size_t home_of(const Hashset *set, uint64_t payload) {
  return (size_t)(hash_of(set, payload) >> set->shift);
}

static Probe start(const Hashset *set, Key key) {
  uint64_t hash = hash_of(set, key.payload);
  unsigned bits = (unsigned)(hash >> CONTROL_HASH_SHIFT) & CONTROL_HASH;
  return (Probe){(size_t)(hash >> set->shift), (uint8_t)(bits | key.tag)};
}

static size_t after(const Hashset *set, size_t slot) {
  return (slot + 1) & (set->capacity - 1);
}

/* Leaves the probe at the key's slot (true) or at the free one where it would
** go (false). The set has a free slot. */
static bool search(const Hashset *set, Key key, Probe *probe) {
  for (;; probe->slot = after(set, probe->slot)) {
    unsigned control = set->controls[probe->slot];
    if (control == 0) return false;
    if ((control & ~(unsigned)CONTROL_REPEATED) == probe->control &&
        set->payloads[probe->slot] == key.payload)
      return true;
  }
}

static void search_free(const Hashset *set, Probe *probe) {
  while (set->controls[probe->slot]) probe->slot = after(set, probe->slot);
}

static void put(Hashset *set, Probe probe, Key key) {
  set->payloads[probe.slot] = key.payload;
  set->controls[probe.slot] = probe.control;
  set->count++;
  set->version++;
  if (set->numbers && key_is_object(key))
    set->numbers[probe.slot] = (uint32_t)++set->objects;
}

static Key key_at(const Hashset *set, size_t slot) {
  return (Key){set->payloads[slot], set->controls[slot] & CONTROL_TAG};
}

static HashsetMember member_at(const Hashset *set, size_t slot) {
  Key key = key_at(set, slot);
  bool numbered = set->numbers && key_is_object(key);
  return (HashsetMember){key, numbered ? set->numbers[slot] : 0};
}

/* Memory */

static bool holds(HashsetShape shape, size_t count, bool objects) {
  return count <= shape.capacity / 8 * MAX_LOAD && (shape.objects || !objects);
}

bool hashset_room(const Hashset *set, size_t more, bool objects) {
  HashsetShape shape = {set->capacity, set->numbers != NULL};
  return holds(shape, set->count + more, objects);
}

HashsetShape hashset_shape(const Hashset *set, size_t more, bool objects) {
  HashsetShape shape = {MIN_CAPACITY, objects || set->objects > 0};
  while (!holds(shape, set->count + more, objects) &&
         shape.capacity < MAX_CAPACITY)
    shape.capacity *= 2;
  return shape;
}

size_t hashset_bytes(HashsetShape shape) {
  size_t slot = sizeof(uint64_t) + sizeof(uint8_t);
  if (shape.objects) slot += sizeof(uint32_t);
  return shape.capacity * slot;
}

static void take_seat(Hashset *set, void *buffer, HashsetShape shape) {
  unsigned char *columns = buffer;
  set->capacity = shape.capacity;
  set->shift = 64 - (unsigned)__builtin_ctzll(shape.capacity);
  set->payloads = buffer;
  columns += shape.capacity * sizeof *set->payloads;
  set->numbers = NULL;
  if (shape.objects) {
    set->numbers = (uint32_t *)(void *)columns;
    columns += shape.capacity * sizeof *set->numbers;
  }
  set->controls = columns;
  memset(set->controls, 0, shape.capacity);
}

bool hashset_move(Hashset *set, void *buffer, HashsetShape shape) {
  if (!holds(shape, set->count, set->objects > 0)) return false;
  const Hashset old = *set;
  take_seat(set, buffer, shape);
  for (size_t slot = 0; slot < old.capacity; slot++) {
    if (!old.controls[slot]) continue;
    Probe probe = {home_of(set, old.payloads[slot]), 0};
    search_free(set, &probe);
    set->payloads[probe.slot] = old.payloads[slot];
    set->controls[probe.slot] = old.controls[slot];
    if (old.numbers && set->numbers)
      set->numbers[probe.slot] = old.numbers[slot];
  }
  set->version++;
  return true;
}

void hashset_clear(Hashset *set) {
  *set = (Hashset){.version = set->version + 1,
                   .seed = {set->seed[0], set->seed[1]}};
}

/* Members */

bool hashset_contains(const Hashset *set, Key key) {
  if (set->count == 0) return false;
  Probe probe = start(set, key);
  return search(set, key, &probe);
}

bool hashset_add(Hashset *set, Key key) {
  Probe probe = start(set, key);
  if (search(set, key, &probe)) return false;
  put(set, probe, key);
  return true;
}

static void move_slot(Hashset *set, size_t from, size_t to) {
  set->payloads[to] = set->payloads[from];
  set->controls[to] = set->controls[from];
  if (set->numbers) set->numbers[to] = set->numbers[from];
}

/* Frees a slot and closes the gap, so that no search stops short (Knuth,
** vol. 3, 6.4, algorithm R). */
static void free_slot(Hashset *set, size_t gap) {
  size_t mask = set->capacity - 1;
  size_t slot = after(set, gap);
  for (; set->controls[slot]; slot = after(set, slot)) {
    size_t home = home_of(set, set->payloads[slot]);
    if (((slot - home) & mask) >= ((slot - gap) & mask)) {
      move_slot(set, slot, gap);
      gap = slot;
    }
  }
  set->controls[gap] = 0;
}

bool hashset_remove(Hashset *set, Key key, uint32_t *number) {
  if (set->count == 0) return false;
  Probe probe = start(set, key);
  if (!search(set, key, &probe)) return false;
  *number = member_at(set, probe.slot).number;
  free_slot(set, probe.slot);
  set->count--;
  if (*number) set->objects--;
  set->version++;
  return true;
}

void hashset_renumber(Hashset *set, uint64_t payload, uint32_t from,
                      uint32_t to) {
  size_t slot = home_of(set, payload);
  while (member_at(set, slot).number != from) slot = after(set, slot);
  set->numbers[slot] = to;
}

/* Windows: up to HASHSET_BATCH slots in a row, a bit each in a word. */

typedef struct Window {
  Key keys[HASHSET_BATCH];
  uint8_t offsets[HASHSET_BATCH]; /* of the keys' slots */
  unsigned n;
} Window;

/* A bit for each of 8 slots in use. Adding 7 carries into bit 3 of a byte when
** its tag is not 0; the product gathers the 8 bits in its top byte. */
static uint64_t used_eight(const uint8_t *controls) {
  uint64_t bytes;
  memcpy(&bytes, controls, sizeof bytes);
  bytes = le64toh(bytes) & CONTROL_TAG * EACH_BYTE;
  bytes = (bytes + CONTROL_TAG * EACH_BYTE) >> 3 & EACH_BYTE;
  return bytes * UINT64_C(0x0102040810204080) >> 56;
}

static size_t window_end(const Hashset *set, size_t first) {
  size_t left = set->capacity - first;
  return first + (left < HASHSET_BATCH ? left : HASHSET_BATCH);
}

static uint64_t used_bits(const Hashset *set, size_t first) {
  uint64_t used = 0;
  for (size_t slot = first; slot < window_end(set, first); slot += 8)
    used |= used_eight(&set->controls[slot]) << (slot - first);
  return used;
}

static void read_window(const Hashset *set, size_t first, uint64_t slots,
                        Window *window) {
  window->n = 0;
  for (; slots; slots &= slots - 1) {
    unsigned offset = (unsigned)__builtin_ctzll(slots);
    window->keys[window->n] = key_at(set, first + offset);
    window->offsets[window->n++] = (uint8_t)offset;
  }
}

/* From a bit a key to a bit a slot. */
static uint64_t spread(const Window *window, uint64_t keys) {
  uint64_t slots = 0;
  for (; keys; keys &= keys - 1)
    slots |= UINT64_C(1) << window->offsets[__builtin_ctzll(keys)];
  return slots;
}

static uint64_t first_bits(unsigned n) {
  return n == HASHSET_BATCH ? UINT64_MAX : (UINT64_C(1) << n) - 1;
}

/* The walk through all members goes a window at a time, in steps of about the
** golden ratio of the whole: any first part of it is spread evenly over the
** table (Knuth, vol. 3, 6.4), in piles of no more than a few windows. */
static size_t window_of_walk(const Hashset *set, size_t i) {
  size_t windows = set->capacity / HASHSET_BATCH;
  size_t step = (size_t)(GOLDEN_RATIO >> set->shift) / HASHSET_BATCH | 1;
  return windows ? (i * step & (windows - 1)) * HASHSET_BATCH : 0;
}

static void prefetch_window(const Hashset *set, size_t first) {
  size_t line = CACHE_LINE / sizeof *set->payloads;
  __builtin_prefetch(&set->controls[first]);
  for (size_t slot = first; slot < window_end(set, first); slot += line)
    __builtin_prefetch(&set->payloads[slot]);
}

unsigned hashset_walk(const Hashset *set, size_t *cursor,
                      HashsetMember *members) {
  unsigned n = 0;
  while (n == 0 && *cursor * HASHSET_BATCH < set->capacity) {
    size_t first = window_of_walk(set, (*cursor)++);
    prefetch_window(set, window_of_walk(set, *cursor + 1));
    uint64_t slots = used_bits(set, first);
    for (; slots; slots &= slots - 1)
      members[n++] = member_at(set, first + (size_t)__builtin_ctzll(slots));
  }
  return n;
}

bool hashset_next(const Hashset *set, size_t *cursor, HashsetMember *member) {
  for (; *cursor < set->capacity; ++*cursor) {
    size_t first = window_of_walk(set, *cursor / HASHSET_BATCH);
    size_t slot = first + *cursor % HASHSET_BATCH;
    if (!set->controls[slot]) continue;
    ++*cursor;
    *member = member_at(set, slot);
    return true;
  }
  return false;
}

/* Batches: all keys' slots are on their way from memory before the first one
** is looked at. */

static void start_batch(const Hashset *set, const Key *keys, unsigned n,
                        Probe *probes) {
  for (unsigned i = 0; i < n; i++) {
    probes[i] = start(set, keys[i]);
    __builtin_prefetch(&set->controls[probes[i].slot], 1);
    __builtin_prefetch(&set->payloads[probes[i].slot], 1);
  }
}

/* The high bit of each byte that is 0; no byte is above 0x7f. */
static uint64_t zero_bytes(uint64_t bytes) {
  return ~(bytes + 0x7f * EACH_BYTE) & 0x80 * EACH_BYTE;
}

/* As search, but looks at 8 controls at once, without a branch that chance
** decides: nearly always a free slot is among them, and at most one before it
** that may have the key. */
static bool find(const Hashset *set, Key key, Probe *probe) {
  uint64_t bytes;
  if (probe->slot + sizeof bytes > set->capacity)
    return search(set, key, probe);
  memcpy(&bytes, &set->controls[probe->slot], sizeof bytes);
  bytes = le64toh(bytes) & ~(CONTROL_REPEATED * EACH_BYTE);
  uint64_t free = zero_bytes(bytes);
  uint64_t alike = zero_bytes(bytes ^ probe->control * EACH_BYTE);
  alike &= (free - 1) & ~free;
  if (!free || (alike & (alike - 1))) return search(set, key, probe);
  probe->slot += (unsigned)__builtin_ctzll(alike | free) / 8;
  return (alike != 0) & (set->payloads[probe->slot] == key.payload);
}

uint64_t hashset_find_batch(const Hashset *set, const Key *keys, unsigned n) {
  if (set->count == 0) return 0;
  Probe probes[HASHSET_BATCH];
  uint64_t found = 0;
  start_batch(set, keys, n, probes);
  for (unsigned i = 0; i < n; i++)
    found |= (uint64_t)find(set, keys[i], &probes[i]) << i;
  return found;
}

uint64_t hashset_add_batch(Hashset *set, const Key *keys, unsigned n) {
  Probe probes[HASHSET_BATCH];
  uint64_t added = 0;
  start_batch(set, keys, n, probes);
  for (unsigned i = 0; i < n; i++) {
    if (search(set, keys[i], &probes[i])) continue;
    put(set, probes[i], keys[i]);
    added |= UINT64_C(1) << i;
  }
  return added;
}

uint64_t hashset_repeat_batch(Hashset *set, const Key *keys, unsigned n) {
  Probe probes[HASHSET_BATCH];
  uint64_t repeated = 0;
  start_batch(set, keys, n, probes);
  for (unsigned i = 0; i < n; i++) {
    if (!search(set, keys[i], &probes[i])) {
      put(set, probes[i], keys[i]);
    } else if (!(set->controls[probes[i].slot] & CONTROL_REPEATED)) {
      set->controls[probes[i].slot] |= CONTROL_REPEATED;
      repeated |= UINT64_C(1) << i;
    }
  }
  return repeated;
}

/* Set algebra */

size_t hashset_mark_words(const Hashset *set) {
  return (set->capacity + HASHSET_BATCH - 1) / HASHSET_BATCH;
}

size_t hashset_mark(const Hashset *set, const Hashset *other, bool wanted,
                    uint64_t *marks) {
  Window window;
  size_t count = 0;
  for (size_t first = 0; first < set->capacity; first += HASHSET_BATCH) {
    uint64_t used = used_bits(set, first);
    if (other) {
      read_window(set, first, used, &window);
      uint64_t found = hashset_find_batch(other, window.keys, window.n);
      uint64_t slots = spread(&window, found);
      used = wanted ? slots : used & ~slots;
    }
    marks[first / HASHSET_BATCH] = used;
    count += (size_t)__builtin_popcountll(used);
  }
  return count;
}

/* Clears the marks at the slots of the keys, returns which were found. */
static uint64_t unmark_batch(const Hashset *set, const Window *window,
                             uint64_t *marks) {
  Probe probes[HASHSET_BATCH];
  uint64_t bits = 0;
  start_batch(set, window->keys, window->n, probes);
  for (unsigned i = 0; i < window->n; i++) {
    bool found = find(set, window->keys[i], &probes[i]);
    size_t slot = probes[i].slot;
    marks[slot / HASHSET_BATCH] &= ~((uint64_t)found << slot % HASHSET_BATCH);
    bits |= (uint64_t)found << i;
  }
  return bits;
}

size_t hashset_mark_apart(const Hashset *set, const Hashset *other,
                          uint64_t *marks, uint64_t *other_marks) {
  size_t common = 0;
  Window window;
  hashset_mark(other, NULL, true, other_marks);
  if (other->count == 0) return hashset_mark(set, NULL, true, marks);
  for (size_t first = 0; first < set->capacity; first += HASHSET_BATCH) {
    uint64_t used = used_bits(set, first);
    read_window(set, first, used, &window);
    uint64_t found = unmark_batch(other, &window, other_marks);
    marks[first / HASHSET_BATCH] = used & ~spread(&window, found);
    common += (size_t)__builtin_popcountll(found);
  }
  return set->count + other->count - 2 * common;
}

void hashset_take(Hashset *set, const Hashset *from, const uint64_t *marks) {
  Window window;
  Probe probes[HASHSET_BATCH];
  for (size_t first = 0; first < from->capacity; first += HASHSET_BATCH) {
    read_window(from, first, marks[first / HASHSET_BATCH], &window);
    start_batch(set, window.keys, window.n, probes);
    for (unsigned i = 0; i < window.n; i++) {
      search_free(set, &probes[i]);
      put(set, probes[i], window.keys[i]);
    }
  }
}

bool hashset_next_marked(const Hashset *set, const uint64_t *marks,
                         size_t *slot, HashsetMember *member) {
  for (; *slot < set->capacity; ++*slot) {
    if (!(marks[*slot / HASHSET_BATCH] >> *slot % HASHSET_BATCH & 1)) continue;
    *member = member_at(set, (*slot)++);
    return true;
  }
  return false;
}

bool hashset_subset(const Hashset *set, const Hashset *other) {
  if (set->count > other->count) return false;
  Window window;
  for (size_t first = 0; first < set->capacity; first += HASHSET_BATCH) {
    read_window(set, first, used_bits(set, first), &window);
    uint64_t found = hashset_find_batch(other, window.keys, window.n);
    if (found != first_bits(window.n)) return false;
  }
  return true;
}

HashsetStats hashset_stats(const Hashset *set) {
  HashsetStats stats = {0};
  size_t looks = 0;
  for (size_t slot = 0; slot < set->capacity; slot++) {
    if (!set->controls[slot]) continue;
    size_t home = home_of(set, set->payloads[slot]);
    size_t probe = ((slot - home) & (set->capacity - 1)) + 1;
    looks += probe;
    if (probe > stats.longest_probe) stats.longest_probe = probe;
  }
  stats.bytes = hashset_bytes(
      (HashsetShape){set->capacity, set->numbers != NULL});
  if (set->count > 0) stats.mean_probe = (double)looks / (double)set->count;
  return stats;
}
