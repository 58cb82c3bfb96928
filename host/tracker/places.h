/* The places in a program that allocate: a line of a function, below the place
** that called it where stacks are kept. What each has allocated is counted by
** the type of its blocks. */
#ifndef PERILUNE_PLACES_H
#define PERILUNE_PLACES_H

#include <lua.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/profiler/functions.h"
#include "host/profiler/index.h"
#include "host/tracker/blocks.h"
#include "host/tracker/frames.h"

typedef enum BlockType {
  BLOCK_OTHER,
  BLOCK_TABLE,
  BLOCK_STRING,
  BLOCK_FUNCTION,
  BLOCK_PROTOTYPE,
  BLOCK_USERDATA,
  BLOCK_THREAD,
  BLOCK_TYPES,
} BlockType;

typedef struct Tally {
  uint64_t bytes, blocks;             /* live */
  uint64_t total_bytes, total_blocks; /* ever; growth counts as bytes */
  uint64_t peak_bytes, peak_blocks;   /* live when most was */
} Tally;

typedef struct Place {
  uint32_t parent, function; /* numbers */
  int line;                  /* -1: not known */
  bool own;                  /* the tracker's: nothing is counted */
  Tally tallies[BLOCK_TYPES];
} Place;

enum {
  PLACE_NONE, /* no Lua function runs */
  PLACE_MORE, /* all that are too many */
  PLACES_MOST = 1 << 17,
  PLACES_KEYS = 4096,
  PLACES_FRAMES = 64,
};

/* The place of an instruction, or of a stack of them, while no prototype has
** been freed. */
typedef struct PlaceKey {
  uint64_t key;
  uint32_t generation, place;
} PlaceKey;

typedef struct Places {
  Place *items;
  uint32_t count, capacity;
  uint32_t generation; /* of the keys */
  unsigned frames;
  PlaceKey *keys; /* PLACES_KEYS, each at its hash alone */
  Index by_identity;
  Functions functions;
  Blocks *blocks; /* the tracker's; has the prototype of every function here */
  char own[256];  /* "@perilune/", as the sources of its modules begin */
} Places;

/* A block's number: its place and type. Prototypes that are no block of ours
** are watched: their end is to be seen. */
enum { SITE_WATCHED = BLOCK_TYPES };

#define SITE_NONE BLOCKS_NONE

static inline uint32_t places_site(uint32_t place, BlockType type) {
  return place << 3 | type;
}

static inline BlockType places_type(uint32_t site) { return site & 7; }

/* Each throws nothing and allocates no Lua memory. `frames` is from 1 to
** PLACES_FRAMES. False when memory runs out; places_close is due in any case.
*/
bool places_open(Places *places, Blocks *blocks, unsigned frames,
                 const char *own_source);
void places_close(Places *places);

/* The place of a thread's innermost Lua function; `info` is its record. */
uint32_t places_find(Places *places, lua_State *L, const CallInfo *info);

/* A prototype has been freed: instructions may come to lie where its were. */
static inline void places_forget_keys(Places *places) { places->generation++; }

/* What is live is what was live at the peak. */
void places_keep_peak(Places *places);

#endif
