/* What is done for each node, and so often that a call would cost as much. */
#ifndef PERILUNE_NATIVE_GRAPH_NODES_H
#define PERILUNE_NATIVE_GRAPH_NODES_H

#include "native/graph/slots.h"

/* The live node of an id. */
static inline bool node_find(const Graph *graph, uint64_t id, NodeRef *node) {
  uint32_t number = (uint32_t)id >> SLAB_BITS;
  uint64_t generation = id >> 32;
  if (number >= graph->slab_numbers) return false;
  *node = node_at(graph, (uint32_t)id);
  return node->slab && node->slab->generation[node->i] == generation &&
         (generation & 1);
}

static inline uint32_t node_slot(NodeRef node) {
  return node.slab->number << SLAB_BITS | node.i;
}

static inline uint64_t node_id(NodeRef node) {
  uint64_t generation = node.slab->generation[node.i];
  return generation << 32 | node_slot(node);
}

/* Of a new node. */
static inline uint32_t node_first_state(const Graph *graph) {
  return graph->closing ? NODE_FINALIZED : NODE_BLACK;
}

/* The slot of the next node; there must be room. */
static inline NodeRef node_next(Graph *graph) {
  if (!graph->next_bits) slots_find(graph);
  return (NodeRef){graph->next_slab,
                   graph->next_word * 64 + bit_first(graph->next_bits)};
}

/* A new node with one handle, in node_next's slot. O(1) */
static inline NodeRef node_make(Graph *graph) {
  NodeRef node = node_next(graph);
  graph->next_bits &= graph->next_bits - 1;
  slab_take(graph, node);
  *node_state(node) = node_first_state(graph);
  *node_handles(node) = 1;
  node.slab->edges[node.i][0] = node.slab->edges[node.i][1] = EDGE_NONE;
  node.slab->roots++;
  graph->nodes++;
  return node;
}

static inline uint32_t node_handles_count(uint32_t handles) {
  return handles & HANDLES_MOST;
}

/* A handle less; false: it has none. */
static inline bool node_loosen(NodeRef node) {
  uint32_t *handles = node_handles(node);
  if (node_handles_count(*handles) == 0) return false;
  if (node_handles_count(*handles) == HANDLES_MOST) return true;
  if (node_handles_count(--*handles) == 0) node.slab->roots--;
  return true;
}

static inline void node_wait_for_death(Graph *graph, uint32_t slot,
                                       uint32_t *state) {
  if (state_colour(*state) == NODE_DYING) return;
  *state |= NODE_DYING;
  graph->work[graph->top++] = slot;
  graph->dying++;
}

static inline void node_make_candidate(Graph *graph, NodeRef node) {
  bit_set(node.slab->candidate, node.i);
  bit_set(graph->dirty, node.slab->number);
  graph->candidates++;
}

static inline bool node_has_target(const Graph *graph, NodeRef node) {
  Edges edges = node_edges(graph, node);
  for (uint32_t k = 0; k < edges.n; k += 2)
    if (!(edges.items[k] & EDGE_WEAK)) return true;
  return false;
}

/* A reference less, after the count or the handles were lowered: the node waits
** for its death, or is a candidate, or neither. */
static inline void node_lost(Graph *graph, NodeRef node, uint32_t slot) {
  uint32_t *state = node_state(node);
  if (state_count(*state) == 0) {
    if (*node_handles(node) == 0) node_wait_for_death(graph, slot, state);
  } else if (!bit_test(node.slab->candidate, node.i) &&
             *node_handles(node) == 0 && node_has_target(graph, node)) {
    node_make_candidate(graph, node);
  }
}

/* A handle less, and what that means; the deaths are still to come. */
static inline GraphStatus node_let_go(Graph *graph, uint64_t id) {
  NodeRef node;
  if (!node_find(graph, id, &node)) return GRAPH_DEAD;
  if (!node_loosen(node)) return GRAPH_NO_HANDLE;
  node_lost(graph, node, (uint32_t)id);
  return GRAPH_OK;
}

/* The same, and whoever dies of it dies. */
static inline GraphStatus node_release(Graph *graph, uint64_t id) {
  GraphStatus status = node_let_go(graph, id);
  graph_drain(graph);
  return status;
}

/* A strong edge. O(1) */
static inline GraphStatus node_link(Graph *graph, uint64_t from, uint64_t to) {
  NodeRef node, target;
  if (!node_find(graph, from, &node)) return GRAPH_DEAD;
  if (!node_find(graph, to, &target)) return GRAPH_DEAD_TARGET;
  uint32_t *edges = node.slab->edges[node.i];
  if (edges[1] == EDGE_NONE) { /* no block is so long */
    edges[edges[0] != EDGE_NONE] = (uint32_t)to;
  } else {
    GraphNeed need = graph_need_edges(graph, (uint32_t)from, 1);
    if (need.room != GRAPH_ROOM_ENOUGH) return GRAPH_NO_ROOM;
    edges_add(graph, node, (uint32_t)to);
  }
  state_raise(node_state(target));
  graph->edges++;
  return GRAPH_OK;
}

#endif
