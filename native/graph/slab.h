/* Where nodes stand: what the parts of the graph share. */
#ifndef PERILUNE_NATIVE_GRAPH_SLAB_H
#define PERILUNE_NATIVE_GRAPH_SLAB_H

#include "native/graph/graph.h"

enum {
  SLAB_BITS = 12,
  SLAB_SLOTS = 1 << SLAB_BITS,
  SLAB_WORDS = SLAB_SLOTS / 64
};

/* The state of a node: the number of strong edges to it, above its flags. */
enum {
  NODE_BLACK = 0, /* no collection looks at it */
  NODE_GRAY = 1,  /* its count is without the edges that were looked along */
  NODE_SAFE = 2,  /* was gray, and has turned out to be alive */
  NODE_DYING = 3, /* waits among those that are about to die */
  NODE_COLOUR = 3,
  NODE_SPILLED = 1 << 2, /* edges[0] is a block, edges[1] its length */
  NODE_FINALIZED = 1 << 3,
  NODE_OWNS = GRAPH_VALUED | GRAPH_LABELLED | NODE_SPILLED,
  NODE_SHIFT = 6,
  NODE_ONE = 1 << NODE_SHIFT
};

/* A count that has come so far stays: its node does not die of counting, and
** only tracing frees it. */
#define NODE_STUCK (UINT32_MAX >> NODE_SHIFT)

/* The handles of a node, above which: */
#define HANDLES_SAVED (1u << 31) /* it is saved garbage */
#define HANDLES_HELD (1u << 30)  /* a collection has it in its list */
#define HANDLES_MOST (HANDLES_HELD - 1)

/* An edge is the target's slot. A weak one has a mark, and the generation of
** its target comes after it. */
#define EDGE_WEAK (1u << 31)
#define EDGE_NONE (EDGE_WEAK - 1)

/* A generation is odd while the node lives. The last even one is that of a slot
** that is worn out. */
enum { GENERATION_LAST = 0xfffe };

struct GraphSlab {
  uint64_t used[SLAB_WORDS];
  uint64_t candidate[SLAB_WORDS];
  uint32_t number;
  uint32_t live;       /* nodes */
  uint32_t taken;      /* slots: nodes, and those worn out */
  uint32_t roots;      /* nodes with handles */
  uint32_t first;      /* no word of `used` below it has room */
  uint32_t next_spare; /* number + 1 */
  uint16_t newest;     /* of the generations */
  uint32_t state[SLAB_SLOTS];
  uint32_t handles[SLAB_SLOTS];
  uint32_t edges[SLAB_SLOTS][2];
  uint16_t generation[SLAB_SLOTS];
};

/* A node, as the functions here have it in hand. */
typedef struct NodeRef {
  GraphSlab *slab;
  uint32_t i;
} NodeRef;

static inline NodeRef node_at(const Graph *graph, uint32_t slot) {
  return (NodeRef){graph->places[slot >> SLAB_BITS].slab,
                   slot & (SLAB_SLOTS - 1)};
}

static inline uint32_t *node_state(NodeRef node) {
  return &node.slab->state[node.i];
}

static inline uint32_t *node_handles(NodeRef node) {
  return &node.slab->handles[node.i];
}

static inline uint32_t state_count(uint32_t state) {
  return state >> NODE_SHIFT;
}

static inline uint32_t state_colour(uint32_t state) {
  return state & NODE_COLOUR;
}

static inline void state_paint(uint32_t *state, uint32_t colour) {
  *state = (*state & ~(uint32_t)NODE_COLOUR) | colour;
}

/* A stuck count neither falls nor rises. */
static inline void state_lower(uint32_t *state) {
  if (state_count(*state) != NODE_STUCK) *state -= NODE_ONE;
}

static inline void state_raise(uint32_t *state) {
  if (state_count(*state) != NODE_STUCK) *state += NODE_ONE;
}

/* The entries of a node's edges. */
typedef struct Edges {
  const uint32_t *items;
  uint32_t n;
} Edges;

static inline Edges node_edges(const Graph *graph, NodeRef node) {
  const uint32_t *inlined = node.slab->edges[node.i];
  if (__builtin_expect(*node_state(node) & NODE_SPILLED, 0))
    return (Edges){spill_entries(&graph->spill, inlined[0]), inlined[1]};
  if (inlined[0] == EDGE_NONE) return (Edges){inlined, 0};
  return (Edges){inlined, inlined[1] == EDGE_NONE ? 1 : 2};
}

/* Makes `to` each strong edge's target in turn, for the statement behind. */
#define FOR_TARGETS(edges, to) \
  for (uint32_t at_ = 0, to; at_ < (edges).n; at_++) \
    if (((to) = (edges).items[at_]) & EDGE_WEAK) \
      at_++; \
    else

static inline bool bit_test(const uint64_t *bits, uint32_t i) {
  return bits[i / 64] >> (i % 64) & 1;
}

static inline void bit_set(uint64_t *bits, uint32_t i) {
  bits[i / 64] |= (uint64_t)1 << (i % 64);
}

static inline void bit_clear(uint64_t *bits, uint32_t i) {
  bits[i / 64] &= ~((uint64_t)1 << (i % 64));
}

static inline bool is_marked(const Graph *graph, uint32_t slot) {
  return bit_test(graph->marks, slot);
}

static inline uint32_t bit_first(uint64_t bits) {
  return (uint32_t)__builtin_ctzll(bits);
}

/* Lets those die who wait, unless that is under way. */
void graph_bury(Graph *graph);
static inline void graph_drain(Graph *graph) {
  if (graph->dying > 0) graph_bury(graph);
}

/* Adds an entry to a node's edges: there must be room. */
void edges_add(Graph *graph, NodeRef node, uint32_t entry);

/* What is wanted first for a block of edges. */
GraphNeed graph_need_block(const Graph *graph, uint32_t size_class);

/* Of a graph that has had a node. */
void slab_clear_marks(Graph *graph);

/* Turns a slab away that has emptied, unless it is the one that is kept or a
** list in `work` is in use. */
void slab_retire_empty(Graph *graph, GraphSlab *slab);

/* A reference less, after the count or the handles were lowered: the node waits
** for its death, or is a candidate, or neither. */
void node_bereaved(Graph *graph, uint32_t slot);

/* Takes the node away; the counts of its targets have been lowered. */
void node_erase(Graph *graph, uint32_t slot);

/* Lets go of what a node with NODE_OWNS has beside its slot. */
void node_strip(Graph *graph, NodeRef node);

/* Calls the finalizer, unless it was called before. */
bool node_finalize(Graph *graph, uint32_t slot);

/* Lets go of the node's block of edges, if it has one. */
void edges_free(Graph *graph, NodeRef node);

#endif
