#include "host/tracker/blocks.h"

#include <stdlib.h>

enum { LINE = 8, FEWEST = 1024 }; /* slots: of a cache line; of a table */

#define NUMBER_MASK ((uint64_t)BLOCKS_MOST - 1)

static uint64_t key_of(const void *address) {
  return (uint64_t)(uintptr_t)address >> 3;
}

/* Neighbours of 32 bytes share a cache line of slots: blocks are often made,
** and swept, in the order of their addresses. Lines are spread by a multiple of
** the golden ratio. */
static size_t home_of(const Blocks *blocks, uint64_t key) {
  uint64_t line = ((key >> 5) * UINT64_C(0x9e3779b97f4a7c15)) >> 32;
  size_t lines = blocks->capacity / LINE;
  return (size_t)((line * lines) >> 32) * LINE + ((key >> 2) & (LINE - 1));
}

static size_t next(const Blocks *blocks, size_t i) {
  return i + 1 == blocks->capacity ? 0 : i + 1;
}

static void put(Blocks *blocks, uint64_t slot) {
  size_t i = home_of(blocks, slot >> BLOCKS_NUMBER_BITS);
  while (blocks->slots[i]) i = next(blocks, i);
  blocks->slots[i] = slot;
}

static bool grow(Blocks *blocks) {
  Blocks larger = *blocks;
  larger.capacity = blocks->capacity + blocks->capacity / 2 / LINE * LINE;
  if (larger.capacity < FEWEST) larger.capacity = FEWEST;
  if (blocks->room && larger.capacity > blocks->room / sizeof *larger.slots)
    return false;
  larger.slots = calloc(larger.capacity, sizeof *larger.slots);
  if (!larger.slots) return false;
  for (size_t i = 0; i < blocks->capacity; i++)
    if (blocks->slots[i]) put(&larger, blocks->slots[i]);
  free(blocks->slots);
  *blocks = larger;
  return true;
}

bool blocks_add(Blocks *blocks, const void *address, uint32_t number) {
  uint64_t key = key_of(address);
  bool fits = ((uintptr_t)address & 7) == 0 &&
              key >> (64 - BLOCKS_NUMBER_BITS) == 0;
  bool full = blocks->count >= blocks->capacity / 4 * 3;
  if (!fits || (full && !grow(blocks))) return false;
  put(blocks, key << BLOCKS_NUMBER_BITS | number);
  blocks->count++;
  return true;
}

/* The slot of an address; the capacity when there is none. */
static size_t find(const Blocks *blocks, const void *address) {
  if (!blocks->count) return blocks->capacity;
  uint64_t key = key_of(address);
  size_t i = home_of(blocks, key);
  for (; blocks->slots[i]; i = next(blocks, i))
    if (blocks->slots[i] >> BLOCKS_NUMBER_BITS == key) return i;
  return blocks->capacity;
}

uint32_t blocks_find(const Blocks *blocks, const void *address) {
  size_t i = find(blocks, address);
  if (i == blocks->capacity) return BLOCKS_NONE;
  return (uint32_t)(blocks->slots[i] & NUMBER_MASK);
}

/* Whether a slot's item must not move back to `hole`: it would stand before
** its home. */
static bool stays(const Blocks *blocks, size_t hole, size_t i) {
  size_t home = home_of(blocks, blocks->slots[i] >> BLOCKS_NUMBER_BITS);
  return hole <= i ? hole < home && home <= i : hole < home || home <= i;
}

uint32_t blocks_take(Blocks *blocks, const void *address) {
  size_t hole = find(blocks, address);
  if (hole == blocks->capacity) return BLOCKS_NONE;
  uint32_t number = (uint32_t)(blocks->slots[hole] & NUMBER_MASK);
  for (size_t i = next(blocks, hole); blocks->slots[i]; i = next(blocks, i)) {
    if (stays(blocks, hole, i)) continue;
    blocks->slots[hole] = blocks->slots[i];
    hole = i;
  }
  blocks->slots[hole] = 0;
  blocks->count--;
  return number;
}

void blocks_free(Blocks *blocks) {
  free(blocks->slots);
  *blocks = (Blocks){.room = blocks->room};
}
