/* Integers of any range, parted by their hashes. */
#ifndef PERILUNE_PARTS_H
#define PERILUNE_PARTS_H

#include "native/hashset/integers.h"

/* As integers_scratch and integers_mark. */
size_t parts_bytes(size_t length);
size_t parts_mark(Integers integers, IntegersWanted wanted,
                  const uint64_t seed[2], void *scratch, uint64_t *marks);

/* The integers in about the order in which a set of the same seed keeps them,
** so that a set with room for all is filled from one end to the other. The
** scratch memory, of parts_order_bytes(length), holds what is returned. */
size_t parts_order_bytes(size_t length);
const int64_t *parts_order(Integers integers, const uint64_t seed[2],
                           void *scratch);

#endif
