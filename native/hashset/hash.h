/* The hash of the hashset core: multiplications by secrets. */
#ifndef PERILUNE_HASH_H
#define PERILUNE_HASH_H

#include <stdint.h>

/* Its upper bits depend on all of the payload's. Different for different
** payloads, so that it can stand for one.
**
** The upper bits of a factor reach only the upper bits of a product, so they
** are brought down before each. Else few bits of multiples of 2^48 vary after
** the first multiplication, and the second is a line through them, which with
** some secrets is a few clusters. 27: not what packed integers are shifted by.
**
** Nor can keys be chosen that share slots: whatever two first products are, few
** second factors let them meet, twice as many as chance would (Dietzfelbinger
** and others, Journal of Algorithms 25, 1997). Of the worst that are known
** (spec/native/chosen.c) a search takes 6 % more looks, the mean of all seeds.
*/
static inline uint64_t hash_payload(uint64_t payload, const uint64_t seed[2]) {
  uint64_t mixed = payload ^ seed[0];
  uint64_t hash = (mixed ^ mixed >> 27) * (seed[1] | 1);
  return (hash ^ hash >> 32) * (seed[0] | 1);
}

#endif
