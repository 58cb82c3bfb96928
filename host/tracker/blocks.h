/* Numbers of blocks by their address: an open-addressing table of 8-byte slots
** in malloc'd memory. It grows by halves, so that a block takes 11 to 16 bytes.
** A zeroed one is empty. */
#ifndef PERILUNE_BLOCKS_H
#define PERILUNE_BLOCKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
  BLOCKS_NUMBER_BITS = 20,
  BLOCKS_MOST = 1 << BLOCKS_NUMBER_BITS, /* numbers are below it */
};

#define BLOCKS_NONE UINT32_MAX

typedef struct Blocks {
  uint64_t *slots; /* address / 8 above the number; 0: free */
  size_t capacity, count;
  size_t room; /* bytes that the slots may take; 0: any */
} Blocks;

/* Enters an address that is not there. False when memory or room runs out, or
** an address is not a multiple of 8 or has more than 47 bits. */
bool blocks_add(Blocks *blocks, const void *address, uint32_t number);

/* The number of an address, or BLOCKS_NONE. */
uint32_t blocks_find(const Blocks *blocks, const void *address);

/* The same, and takes the address out. */
uint32_t blocks_take(Blocks *blocks, const void *address);

void blocks_free(Blocks *blocks);

#endif
