#include "native/graph/spill.h"

enum {
  FEW = 1024,
  MANY = 16384
}; /* entries of a slab: the first ones, others */

uint32_t spill_class(uint32_t entries) {
  uint32_t size_class = SPILL_SMALLEST;
  while ((1u << size_class) < entries) size_class++;
  return size_class;
}

bool spill_has(const Spill *spill, uint32_t size_class) {
  return spill->roomy[size_class] != 0;
}

uint32_t spill_number(const Spill *spill) {
  uint32_t number = spill->vacant;
  while (number < spill->count && spill->slabs[number]) number++;
  return number;
}

static uint32_t slab_entries(const Spill *spill, uint32_t size_class) {
  uint32_t entries = spill->bytes < MANY * sizeof(uint32_t) ? FEW : MANY;
  uint32_t block = 1u << size_class;
  return block > entries / 4 ? block : entries;
}

size_t spill_slab_bytes(const Spill *spill, uint32_t size_class) {
  return sizeof(SpillSlab) +
         (size_t)slab_entries(spill, size_class) * sizeof(uint32_t);
}

static size_t bytes_of(const SpillSlab *slab) {
  return sizeof *slab +
         ((size_t)slab->blocks << slab->size_class) * sizeof(uint32_t);
}

static void list(Spill *spill, SpillSlab *slab) {
  uint32_t first = spill->roomy[slab->size_class];
  slab->next = first;
  slab->previous = 0;
  if (first) spill->slabs[first - 1]->previous = slab->number + 1;
  spill->roomy[slab->size_class] = slab->number + 1;
}

static void unlist(Spill *spill, SpillSlab *slab) {
  if (slab->previous)
    spill->slabs[slab->previous - 1]->next = slab->next;
  else
    spill->roomy[slab->size_class] = slab->next;
  if (slab->next) spill->slabs[slab->next - 1]->previous = slab->previous;
}

void spill_add(Spill *spill, uint32_t size_class, SpillSlab *slab) {
  uint32_t number = spill_number(spill);
  uint32_t blocks = slab_entries(spill, size_class) >> size_class;
  *slab = (SpillSlab){
      .number = number, .size_class = size_class, .blocks = blocks};
  spill->slabs[number] = slab;
  spill->vacant = number + 1;
  if (number == spill->count) spill->count++;
  spill->bytes += bytes_of(slab);
  list(spill, slab);
}

static uint32_t *block_at(SpillSlab *slab, uint32_t number) {
  return slab->entries + ((size_t)number << slab->size_class);
}

uint32_t spill_take(Spill *spill, uint32_t size_class) {
  SpillSlab *slab = spill->slabs[spill->roomy[size_class] - 1];
  uint32_t number = slab->fresh;
  if (slab->free) {
    number = slab->free - 1;
    slab->free = *block_at(slab, number);
  } else {
    slab->fresh++;
  }
  if (++slab->used == slab->blocks) unlist(spill, slab);
  return slab->number << SPILL_SHIFT | number << (size_class - 2);
}

/* One empty slab a class is kept, or a node at the border of two edges and
** three would ask for memory again and again. */
static bool is_spare(const SpillSlab *slab) {
  if (slab->used > 0) return false;
  return slab->blocks == 1 || slab->next || slab->previous;
}

static void retire(Spill *spill, SpillSlab *slab) {
  unlist(spill, slab);
  spill->bytes -= bytes_of(slab);
  slab->next = spill->spare;
  spill->spare = slab->number + 1;
}

void spill_free(Spill *spill, uint32_t block) {
  SpillSlab *slab = spill_slab(spill, block);
  uint32_t offset = block & ((1u << SPILL_SHIFT) - 1);
  uint32_t number = offset >> (slab->size_class - 2);
  *block_at(slab, number) = slab->free;
  slab->free = number + 1;
  if (slab->used-- == slab->blocks) list(spill, slab);
  if (is_spare(slab)) retire(spill, slab);
}

bool spill_next_spare(Spill *spill, uint32_t *number) {
  if (!spill->spare) return false;
  *number = spill->spare - 1;
  spill->spare = spill->slabs[*number]->next;
  spill->slabs[*number] = NULL;
  if (*number < spill->vacant) spill->vacant = *number;
  return true;
}
