/* The hash of the hashset core: multiplications by secrets. */
#ifndef PERILUNE_HASH_H
#define PERILUNE_HASH_H

#include <stdint.h>

/* Its upper bits depend on all of the payload's. Different for different
** payloads, so that it can stand for one. */
static inline uint64_t hash_payload(uint64_t payload, const uint64_t seed[2]) {
  uint64_t hash = (payload ^ seed[0]) * (seed[1] | 1);
  return (hash ^ hash >> 32) * (seed[0] | 1);
}

#endif
