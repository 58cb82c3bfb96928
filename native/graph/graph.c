#include "native/graph/graph.h"

#include <string.h>

#include "native/graph/nodes.h"

uint64_t graph_id(const Graph *graph, uint32_t slot) {
  return node_id(node_at(graph, slot));
}

bool graph_find(const Graph *graph, uint64_t id, uint32_t *slot) {
  NodeRef node;
  *slot = (uint32_t)id;
  return node_find(graph, id, &node);
}

static void begin_run(GraphSlab *slab, uint32_t first, uint32_t n,
                      uint32_t state) {
  uint32_t(*edges)[2] = slab->edges + first;
  for (uint32_t k = 0; k < n; k++) slab->state[first + k] = state;
  for (uint32_t k = 0; k < n; k++) slab->handles[first + k] = 1;
  for (uint32_t k = 0; k < n; k++) edges[k][0] = edges[k][1] = EDGE_NONE;
}

uint32_t graph_make_run(Graph *graph, uint64_t n, uint32_t *first) {
  GraphSlab *slab = slab_roomy(graph);
  uint32_t i, count = slab_take_run(graph, slab, n, &i);
  begin_run(slab, i, count, node_first_state(graph));
  slab->roots += count;
  graph->nodes += count;
  *first = slab->number << SLAB_BITS | i;
  return count;
}

const uint16_t *graph_generations(const Graph *graph, uint32_t first) {
  NodeRef node = node_at(graph, first);
  return node.slab->generation + node.i;
}

/* Handles */

void graph_retain(Graph *graph, uint32_t slot) {
  NodeRef node = node_at(graph, slot);
  uint32_t *handles = node_handles(node);
  if (node_handles_count(*handles) == HANDLES_MOST) return;
  if (node_handles_count((*handles)++) == 0) node.slab->roots++;
}

bool graph_saved(const Graph *graph, uint32_t slot) {
  return *node_handles(node_at(graph, slot)) & HANDLES_SAVED;
}

uint32_t graph_handles(const Graph *graph, uint32_t slot) {
  return node_handles_count(*node_handles(node_at(graph, slot))) +
         graph_saved(graph, slot);
}

uint64_t graph_references(const Graph *graph, uint32_t slot) {
  uint64_t edges = state_count(*node_state(node_at(graph, slot)));
  return edges + graph_handles(graph, slot);
}

void graph_flag(Graph *graph, uint32_t slot, uint32_t flag, bool on) {
  uint32_t *state = node_state(node_at(graph, slot));
  *state = on ? *state | flag : *state & ~flag;
}

bool graph_flagged(const Graph *graph, uint32_t slot, uint32_t flag) {
  return *node_state(node_at(graph, slot)) & flag;
}

/* Slots that are worn out are taken too, but hold no node. */
static bool next_used(const Graph *graph, uint64_t *slot) {
  for (; *slot >> SLAB_BITS < graph->slab_numbers; *slot = (*slot | 63) + 1) {
    uint32_t i = *slot & (SLAB_SLOTS - 1);
    const GraphSlab *slab = graph->places[*slot >> SLAB_BITS].slab;
    uint64_t bits = slab ? slab->used[i / 64] >> (i % 64) : 0;
    if (!bits) continue;
    *slot += bit_first(bits);
    return true;
  }
  return false;
}

bool graph_next(const Graph *graph, uint64_t *slot) {
  for (; next_used(graph, slot); ++*slot) {
    NodeRef node = node_at(graph, (uint32_t)*slot);
    if (node.slab->generation[node.i] & 1) return true;
  }
  return false;
}

/* Death */

static inline void clear_of_suspicion(Graph *graph, NodeRef node) {
  if (!bit_test(node.slab->candidate, node.i)) return;
  bit_clear(node.slab->candidate, node.i);
  graph->candidates--;
}

void node_bereaved(Graph *graph, uint32_t slot) {
  node_lost(graph, node_at(graph, slot), slot);
}

bool node_finalize(Graph *graph, uint32_t slot) {
  uint32_t *state = node_state(node_at(graph, slot));
  if (*state & NODE_FINALIZED) return false;
  *state |= NODE_FINALIZED;
  graph->events.finalize(graph->events.context, graph_id(graph, slot));
  return true;
}

void node_strip(Graph *graph, NodeRef node) {
  uint32_t slot = node.slab->number << SLAB_BITS | node.i;
  edges_free(graph, node);
  if (*node_state(node) & (GRAPH_VALUED | GRAPH_LABELLED))
    graph->events.forget(graph->events.context, slot);
}

static inline void erase(Graph *graph, NodeRef node) {
  if (*node_state(node) & NODE_OWNS) node_strip(graph, node);
  clear_of_suspicion(graph, node);
  slab_vacate_one(graph, node.slab, node.i);
  if (node.slab->live == 0) slab_retire_empty(graph, node.slab);
}

void node_erase(Graph *graph, uint32_t slot) {
  erase(graph, node_at(graph, slot));
}

static bool has_reference(NodeRef node) {
  return *node_handles(node) != 0 || state_count(*node_state(node)) > 0;
}

static inline void bury(Graph *graph, NodeRef node) {
  Edges edges = node_edges(graph, node);
  FOR_TARGETS(edges, to) {
    NodeRef target = node_at(graph, to);
    state_lower(node_state(target));
    node_lost(graph, target, to);
    graph->edges--;
  }
  erase(graph, node);
  graph->died++;
}

/* A finalizer, its own or another's, may have given the node a reference: it
** may be on a cycle then. */
static void die(Graph *graph, uint32_t slot) {
  NodeRef node = node_at(graph, slot);
  bool called = graph->events.finalize && !has_reference(node) &&
                node_finalize(graph, slot);
  if (!has_reference(node)) {
    bury(graph, node);
  } else {
    graph->resurrected += called;
    state_paint(node_state(node), NODE_BLACK);
    node_lost(graph, node, slot);
  }
}

void graph_bury(Graph *graph) {
  if (graph->draining) return;
  graph->draining = true;
  while (graph->dying > 0) {
    graph->dying--;
    die(graph, graph->work[--graph->top]);
  }
  graph->draining = false;
}

uint64_t graph_id_at(const GraphIds *ids, size_t k) {
  uint64_t id;
  memcpy(&id, (const char *)ids->first + k * ids->stride, sizeof id);
  return id;
}

bool graph_all_alive(const Graph *graph, const GraphIds *ids, size_t *at) {
  NodeRef node;
  for (*at = 0; *at < ids->n; ++*at)
    if (!node_find(graph, graph_id_at(ids, *at), &node)) return false;
  return true;
}

/* Nobody dies before the end, so whoever lost a handle may have it back: with a
** reference, those who wait for their death live on. */
static void give_back(Graph *graph, const GraphIds *ids, size_t n) {
  for (size_t k = 0; k < n; k++) {
    uint32_t slot = (uint32_t)graph_id_at(ids, k);
    graph_retain(graph, slot);
    clear_of_suspicion(graph, node_at(graph, slot));
  }
  graph_drain(graph);
}

GraphStatus graph_release_all(Graph *graph, const GraphIds *ids, size_t *at) {
  for (*at = 0; *at < ids->n; ++*at) {
    GraphStatus status = node_let_go(graph, graph_id_at(ids, *at));
    if (status == GRAPH_OK) continue;
    give_back(graph, ids, *at);
    return status;
  }
  graph_drain(graph);
  return GRAPH_OK;
}

GraphStatus graph_link_all(Graph *graph, const GraphIds *ids, size_t *at) {
  for (; *at + 1 < ids->n; *at += 2) {
    GraphStatus status = node_link(graph, graph_id_at(ids, *at),
                                   graph_id_at(ids, *at + 1));
    if (status != GRAPH_OK) return status;
  }
  return GRAPH_OK;
}

void graph_finalize_all(Graph *graph) {
  graph->closing = true;
  for (uint64_t slot = 0; graph->events.finalize && graph_next(graph, &slot);
       slot++)
    node_finalize(graph, (uint32_t)slot);
}
