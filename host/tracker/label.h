/* The label of a block that a tracker knows: its site, kept in the 8 bytes
** before it. Where the state's blocks are malloc's, their addresses are
** multiples of 16, those of labelled ones are 8 more, which tells them apart:
** labels may come and go with trackers while blocks stay. Lua asks for no more
** than an alignment of 8. */
#ifndef PERILUNE_LABEL_H
#define PERILUNE_LABEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

typedef struct Label {
  uint32_t site;
  uint32_t session; /* of the tracker that wrote it */
} Label;

_Static_assert(sizeof(Label) == 8 && _Alignof(max_align_t) == 16,
               "a label makes the difference between 16 and 8");

static inline bool label_is_on(const void *block) {
  return ((uintptr_t)block & sizeof(Label)) != 0;
}

static inline Label *label_of(void *block) { return (Label *)block - 1; }

/* A request for a block that has a label, or is to have one. */
void *label_alloc_labelled(void *block, size_t old, size_t size);

/* A block as Lua's allocator has it, with room for a label where `wanted`; one
** that is there stays. The new label's content is the tracker's to write. */
static inline void *label_alloc(void *block, size_t old, size_t size,
                                bool wanted) {
  if (__builtin_expect(wanted || label_is_on(block), 0))
    return label_alloc_labelled(block, old, size);
  if (size > 0) return block ? realloc(block, size) : malloc(size);
  free(block);
  return NULL;
}

#endif
