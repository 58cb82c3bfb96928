#include "native/graph/graph.h"

#include <string.h>

#include "native/graph/slots.h"

static inline bool find(const Graph *graph, uint64_t id, NodeRef *node) {
  uint32_t number = (uint32_t)id >> SLAB_BITS;
  uint64_t generation = id >> 32;
  if (number >= graph->slab_numbers) return false;
  *node = node_at(graph, (uint32_t)id);
  return node->slab && node->slab->generation[node->i] == generation &&
         (generation & 1);
}

bool graph_find(const Graph *graph, uint64_t id, uint32_t *slot) {
  NodeRef node;
  *slot = (uint32_t)id;
  return find(graph, id, &node);
}

uint64_t graph_id(const Graph *graph, uint32_t slot) {
  NodeRef node = node_at(graph, slot);
  return (uint64_t)node.slab->generation[node.i] << 32 | slot;
}

static void begin(const Graph *graph, GraphSlab *slab, uint32_t i) {
  slab->state[i] = graph->closing ? NODE_FINALIZED : NODE_BLACK;
  slab->handles[i] = 1;
  slab->edges[i][0] = slab->edges[i][1] = EDGE_NONE;
}

uint32_t graph_peek(const Graph *graph) {
  const GraphSlab *slab = slab_roomy(graph);
  return slab->number << SLAB_BITS | free_slot(slab);
}

uint32_t graph_make(Graph *graph) {
  GraphSlab *slab = slab_roomy(graph);
  uint32_t i = slab_take(graph, slab);
  begin(graph, slab, i);
  slab->roots++;
  graph->nodes++;
  return slab->number << SLAB_BITS | i;
}

uint32_t graph_make_run(Graph *graph, uint64_t n, uint32_t *first) {
  GraphSlab *slab = slab_roomy(graph);
  uint32_t i, count = slab_take_run(graph, slab, n, &i);
  for (uint32_t k = 0; k < count; k++) begin(graph, slab, i + k);
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

static uint32_t handles_count(uint32_t handles) {
  return handles & HANDLES_MOST;
}

void graph_retain(Graph *graph, uint32_t slot) {
  NodeRef node = node_at(graph, slot);
  uint32_t *handles = node_handles(node);
  if (handles_count(*handles) == HANDLES_MOST) return;
  if (handles_count((*handles)++) == 0) node.slab->roots++;
}

static inline bool loosen(NodeRef node) {
  uint32_t *handles = node_handles(node);
  if (handles_count(*handles) == 0) return false;
  if (handles_count(*handles) == HANDLES_MOST) return true;
  if (handles_count(--*handles) == 0) node.slab->roots--;
  return true;
}

uint32_t graph_handles(const Graph *graph, uint32_t slot) {
  return handles_count(*node_handles(node_at(graph, slot))) +
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

static void wait_for_death(Graph *graph, uint32_t slot, uint32_t *state) {
  if (state_colour(*state) == NODE_DYING) return;
  *state |= NODE_DYING;
  graph->work[graph->top++] = slot;
  graph->dying++;
}

static void make_candidate(Graph *graph, NodeRef node) {
  if (bit_test(node.slab->candidate, node.i)) return;
  bit_set(node.slab->candidate, node.i);
  bit_set(graph->dirty, node.slab->number);
  graph->candidates++;
}

static bool has_target(const Graph *graph, NodeRef node) {
  Edges edges = node_edges(graph, node);
  for (uint32_t k = 0; k < edges.n; k += 2)
    if (!(edges.items[k] & EDGE_WEAK)) return true;
  return false;
}

static inline void bereaved(Graph *graph, NodeRef node, uint32_t slot) {
  uint32_t *state = node_state(node);
  if (*node_handles(node) != 0) return;
  if (state_count(*state) == 0)
    wait_for_death(graph, slot, state);
  else if (has_target(graph, node))
    make_candidate(graph, node);
}

void node_bereaved(Graph *graph, uint32_t slot) {
  bereaved(graph, node_at(graph, slot), slot);
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
  if (bit_test(node.slab->candidate, node.i)) {
    bit_clear(node.slab->candidate, node.i);
    graph->candidates--;
  }
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
    bereaved(graph, target, to);
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
    bereaved(graph, node, slot);
  }
}

void graph_drain(Graph *graph) {
  if (graph->draining || graph->dying == 0) return;
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
    if (!find(graph, graph_id_at(ids, *at), &node)) return false;
  return true;
}

/* Nobody dies before the end, so whoever lost a handle may have it back: with a
** reference, those who wait for their death live on. */
static void give_back(Graph *graph, const GraphIds *ids, size_t n) {
  for (size_t k = 0; k < n; k++)
    graph_retain(graph, (uint32_t)graph_id_at(ids, k));
  graph_drain(graph);
}

static inline GraphStatus let_go(Graph *graph, uint64_t id) {
  NodeRef node;
  if (!find(graph, id, &node)) return GRAPH_DEAD;
  if (!loosen(node)) return GRAPH_NO_HANDLE;
  bereaved(graph, node, (uint32_t)id);
  return GRAPH_OK;
}

GraphStatus graph_release(Graph *graph, uint64_t id) {
  GraphStatus status = let_go(graph, id);
  graph_drain(graph);
  return status;
}

GraphStatus graph_release_all(Graph *graph, const GraphIds *ids, size_t *at) {
  for (*at = 0; *at < ids->n; ++*at) {
    GraphStatus status = let_go(graph, graph_id_at(ids, *at));
    if (status == GRAPH_OK) continue;
    give_back(graph, ids, *at);
    return status;
  }
  graph_drain(graph);
  return GRAPH_OK;
}

/* Edges */

static inline GraphStatus link(Graph *graph, uint64_t from, uint64_t to) {
  NodeRef node, target;
  if (!find(graph, from, &node)) return GRAPH_DEAD;
  if (!find(graph, to, &target)) return GRAPH_DEAD_TARGET;
  uint32_t *edges = node.slab->edges[node.i];
  if (edges[1] == EDGE_NONE && !(*node_state(node) & NODE_SPILLED)) {
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

GraphStatus graph_link(Graph *graph, uint64_t from, uint64_t to) {
  return link(graph, from, to);
}

GraphStatus graph_link_all(Graph *graph, const GraphIds *ids, size_t *at) {
  for (; *at + 1 < ids->n; *at += 2) {
    GraphStatus status = link(graph, graph_id_at(ids, *at),
                              graph_id_at(ids, *at + 1));
    if (status != GRAPH_OK) return status;
  }
  return GRAPH_OK;
}

void graph_finalize_all(Graph *graph) {
  graph->closing = true;
  for (uint64_t slot = 0; graph_next(graph, &slot); slot++)
    node_finalize(graph, (uint32_t)slot);
}
