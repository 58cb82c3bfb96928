/* Keys that somebody chooses who knows how a core hashes, but not its seed. */
#ifndef PERILUNE_SPEC_CHOSEN_H
#define PERILUNE_SPEC_CHOSEN_H

#include <stdint.h>

#define CHOSEN_BITS 11 /* of the number of a key */

/* Those that memo_fold alone would keep together. A seed decides by XOR whether
** another bit makes a key greater or smaller, so that a pattern of w bits is
** one of 2^(w-1) differences. Patterns are taken of which one difference hardly
** moves a fold. With each that a seed makes of it, half as many buckets are
** left. */
uint64_t chosen_for_memo(uint64_t i);

/* Those whose first products in hash_payload differ in their highest bits
** alone. */
uint64_t chosen_for_hashset(uint64_t i);

#endif
