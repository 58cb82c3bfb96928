/* Integers of any range, parted by their hashes. */
#ifndef PERILUNE_PARTS_H
#define PERILUNE_PARTS_H

#include "native/hashset/integers.h"

/* As integers_scratch and integers_mark. */
size_t parts_bytes(size_t length);
size_t parts_mark(Integers integers, IntegersWanted wanted,
                  const uint64_t seed[2], void *scratch, uint64_t *marks);

#endif
