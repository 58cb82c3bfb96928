/* Blocks of edges for the nodes that have more than two.
**
** A block holds 4, 8, 16... entries. Blocks of one size share a slab; one above
** 4,096 entries has a slab for itself. */
#ifndef PERILUNE_NATIVE_GRAPH_SPILL_H
#define PERILUNE_NATIVE_GRAPH_SPILL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SPILL_SMALLEST = 2, SPILL_CLASSES = 31 }; /* of 2^n entries */

typedef struct SpillSlab {
  uint32_t number;
  uint32_t size_class;
  uint32_t blocks, used;
  uint32_t fresh; /* blocks that were ever used */
  uint32_t free;  /* number + 1 of the first free block below `fresh` */
  uint32_t next,
      previous; /* slabs of the class with a free block; number + 1 */
  uint32_t entries[];
} SpillSlab;

typedef struct Spill {
  SpillSlab **slabs; /* by number */
  uint32_t capacity, count;
  uint32_t vacant;               /* no number below it is free */
  uint32_t roomy[SPILL_CLASSES]; /* number + 1 */
  uint32_t spare;                /* number + 1 of the first to be taken back */
  size_t bytes;                  /* of the slabs */
} Spill;

/* The class of blocks for so many entries, at most 2^31: SPILL_CLASSES where
** no block has room for them. */
uint32_t spill_class(uint32_t entries);

/* Whether there is a block of the class; else how a slab for it, with the
** number it will have, is made. */
bool spill_has(const Spill *spill, uint32_t size_class);
uint32_t spill_number(const Spill *spill);
size_t spill_slab_bytes(const Spill *spill, uint32_t size_class);
void spill_add(Spill *spill, uint32_t size_class, SpillSlab *slab);

/* A block; there must be one. It is named by a number. */
uint32_t spill_take(Spill *spill, uint32_t size_class);
void spill_free(Spill *spill, uint32_t block);

/* The number of a slab that is not used any more; false: none. */
bool spill_next_spare(Spill *spill, uint32_t *number);

enum { SPILL_SHIFT = 12 }; /* a block is number << SPILL_SHIFT | entry / 4 */
enum { SPILL_MOST_SLABS = 1 << (32 - SPILL_SHIFT) };

static inline SpillSlab *spill_slab(const Spill *spill, uint32_t block) {
  return spill->slabs[block >> SPILL_SHIFT];
}

static inline uint32_t *spill_entries(const Spill *spill, uint32_t block) {
  uint32_t offset = block & ((1u << SPILL_SHIFT) - 1);
  return spill_slab(spill, block)->entries + (size_t)offset * 4;
}

static inline uint32_t spill_room(const Spill *spill, uint32_t block) {
  return 1u << spill_slab(spill, block)->size_class;
}

#endif
