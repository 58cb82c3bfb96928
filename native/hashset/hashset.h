/* Set of keys: open addressing with linear probing and a control byte a slot.
** Knows nothing of Lua, never allocates, never fails half-way.
**
** The set says how large a buffer it needs next; its owner provides one and
** the set moves in. The owner keeps the buffer until the set has moved on.
** A zeroed Hashset is a valid empty set without room; give it a seed first.
**
** Object keys are numbered 1 to 'objects' without gaps, in no particular
** order, so that their owner can keep what they stand for in an array; not so
** in a set that has no room for objects, whose owner needs no such array.
**
** The hash is keyed by the seed (hash.h). Sets that share a seed hold their
** keys in the same order, whatever their size, which makes set algebra
** sequential. That order must not leak: keys added in it to a smaller set would
** pile up at its start. Hence hashset_next and hashset_walk use another one. */
#ifndef PERILUNE_HASHSET_H
#define PERILUNE_HASHSET_H

#include <stddef.h>

#include "native/key.h"

/* Keys in a batch; also the bits in a word of marks. */
#define HASHSET_BATCH 64

typedef struct Hashset {
  uint64_t *payloads; /* by slot, as are the next two */
  uint32_t *numbers;  /* NULL in a set without room for objects */
  uint8_t *controls;  /* 0: the slot is free */
  size_t capacity;    /* slots: 0 or a power of two */
  size_t count;
  size_t objects;
  uint64_t version; /* changes with every change */
  uint64_t seed[2];
  unsigned shift; /* from a hash to its slot */
} Hashset;

typedef struct HashsetShape {
  size_t capacity;
  bool objects; /* with room for objects */
} HashsetShape;

typedef struct HashsetMember {
  Key key;
  uint32_t number; /* of an object, else 0 */
} HashsetMember;

typedef struct HashsetStats {
  size_t bytes;
  size_t longest_probe; /* slots that a search looks at, in a found key's way */
  double mean_probe;
} HashsetStats;

/* Memory. */

/* Is there room for 'more' keys, objects among them? */
bool hashset_room(const Hashset *set, size_t more, bool objects);

/* The buffer that has room for what the set holds and 'more' keys, or one that
** is larger than any memory. */
HashsetShape hashset_shape(const Hashset *set, size_t more, bool objects);
size_t hashset_bytes(HashsetShape shape);

/* Moves the set into a buffer of hashset_bytes(shape) bytes, aligned for a
** uint64_t. False, and nothing changed, where the set does not fit. O(capacity)
*/
bool hashset_move(Hashset *set, void *buffer, HashsetShape shape);

/* Makes the set empty and without room: its buffer can go. The seed stays. */
void hashset_clear(Hashset *set);

/* Members. Expected O(1) a key. */

bool hashset_contains(const Hashset *set, Key key);

/* True when the key was not in the set. Needs room. */
bool hashset_add(Hashset *set, Key key);

/* False when the key was not in the set. *number tells which object's place
** fell free, 0 for other keys: unless it was the last (objects + 1), the owner
** then puts the last in its place with hashset_renumber. */
bool hashset_remove(Hashset *set, Key key, uint32_t *number);
void hashset_renumber(Hashset *set, uint64_t payload, uint32_t from,
                      uint32_t to);

/* All members, once each, in an order that is fixed while the version is: goes
** on from *cursor (0 at first). hashset_next gives one, false at the end;
** hashset_walk gives 1 to HASHSET_BATCH, 0 at the end. O(capacity) in all. */
bool hashset_next(const Hashset *set, size_t *cursor, HashsetMember *member);
unsigned hashset_walk(const Hashset *set, size_t *cursor,
                      HashsetMember *members);

/* Batches of at most HASHSET_BATCH keys; the result has bit i for key i. */

uint64_t hashset_find_batch(const Hashset *set, const Key *keys, unsigned n);

/* The bits of those that were not in the set. Needs room for all. */
uint64_t hashset_add_batch(Hashset *set, const Key *keys, unsigned n);

/* Same, but gives the bits of those that now were added a second time. For a
** set that keys come into in no other way. */
uint64_t hashset_repeat_batch(Hashset *set, const Key *keys, unsigned n);

/* Set algebra. O(capacity), sequential where the sets share a seed. */

/* Words of marks, one bit a slot. */
size_t hashset_mark_words(const Hashset *set);

/* Marks those members of 'set' that are (or, unless 'wanted', are not) in
** 'other'; all of them when other is NULL. Returns their number. */
size_t hashset_mark(const Hashset *set, const Hashset *other, bool wanted,
                    uint64_t *marks);

/* Marks in each of two sets those of its members that the other lacks. Returns
** their number in all. */
size_t hashset_mark_apart(const Hashset *set, const Hashset *other,
                          uint64_t *marks, uint64_t *other_marks);

/* Adds the marked members of 'from', none of which is in 'set': needs room.
** Objects get the next numbers, in the order of hashset_next_marked. */
void hashset_take(Hashset *set, const Hashset *from, const uint64_t *marks);
bool hashset_next_marked(const Hashset *set, const uint64_t *marks,
                         size_t *slot, HashsetMember *member);

bool hashset_subset(const Hashset *set, const Hashset *other);

HashsetStats hashset_stats(const Hashset *set);

#endif
