#include "host/profiler/index.h"

#include <stdlib.h>
#include <string.h>

static void put(Index *index, uint32_t hash, uint32_t number) {
  uint32_t position = hash;
  while (index->slots[position & index->mask].number) position++;
  index->slots[position & index->mask] = (IndexSlot){hash, number};
}

static bool grow(Index *index) {
  Index larger = {.mask = index->slots ? index->mask * 2 + 1 : 63};
  larger.slots = calloc((size_t)larger.mask + 1, sizeof *larger.slots);
  if (!larger.slots) return false;
  for (uint32_t i = 0; index->slots && i <= index->mask; i++)
    if (index->slots[i].number)
      put(&larger, index->slots[i].hash, index->slots[i].number);
  larger.count = index->count;
  free(index->slots);
  *index = larger;
  return true;
}

bool index_add(Index *index, uint32_t hash, uint32_t number) {
  bool full = !index->slots || index->count >= index->mask / 2;
  if (full && !grow(index)) return false;
  put(index, hash, number);
  index->count++;
  return true;
}

void index_clear(Index *index) {
  if (index->slots)
    memset(index->slots, 0, ((size_t)index->mask + 1) * sizeof *index->slots);
  index->count = 0;
}

void index_free(Index *index) {
  free(index->slots);
  *index = (Index){0};
}
