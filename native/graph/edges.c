#include <string.h>

#include "native/graph/slab.h"

static uint32_t inline_entries(NodeRef node) {
  const uint32_t *edges = node.slab->edges[node.i];
  if (edges[0] == EDGE_NONE) return 0;
  return edges[1] == EDGE_NONE ? 1 : 2;
}

static bool spilled(NodeRef node) { return *node_state(node) & NODE_SPILLED; }

static uint32_t entries_of(NodeRef node) {
  return spilled(node) ? node.slab->edges[node.i][1] : inline_entries(node);
}

static uint32_t *items_of(const Graph *graph, NodeRef node) {
  uint32_t *edges = node.slab->edges[node.i];
  return spilled(node) ? spill_entries(&graph->spill, edges[0]) : edges;
}

static uint32_t room_of(const Graph *graph, NodeRef node) {
  return spilled(node) ? spill_room(&graph->spill, node.slab->edges[node.i][0])
                       : 2;
}

/* Puts up to two entries into the node itself. */
static void set_inline(NodeRef node, const uint32_t *items, uint32_t n) {
  uint32_t *edges = node.slab->edges[node.i];
  uint32_t first = n > 0 ? items[0] : EDGE_NONE;
  uint32_t second = n > 1 ? items[1] : EDGE_NONE;
  edges[0] = first;
  edges[1] = second;
  *node_state(node) &= ~(uint32_t)NODE_SPILLED;
}

void edges_free(Graph *graph, NodeRef node) {
  if (!spilled(node)) return;
  uint32_t block = node.slab->edges[node.i][0];
  set_inline(node, NULL, 0);
  spill_free(&graph->spill, block);
}

/* What is left after some were removed. */
static void set_length(Graph *graph, NodeRef node, uint32_t n) {
  uint32_t *edges = node.slab->edges[node.i];
  if (!spilled(node)) {
    set_inline(node, edges, n);
  } else if (n > 2) {
    edges[1] = n;
  } else {
    uint32_t block = edges[0];
    set_inline(node, spill_entries(&graph->spill, block), n);
    spill_free(&graph->spill, block);
  }
}

static bool is_dead(const Graph *graph, uint32_t slot, uint32_t generation) {
  const GraphSlab *slab = graph->places[slot >> SLAB_BITS].slab;
  return !slab || slab->generation[slot & (SLAB_SLOTS - 1)] != generation;
}

static uint32_t dead_entries(const Graph *graph, NodeRef node) {
  const uint32_t *items = items_of(graph, node);
  uint32_t n = entries_of(node), dead = 0;
  for (uint32_t k = 0; k < n; k++) {
    if (!(items[k] & EDGE_WEAK)) continue;
    uint32_t slot = items[k++] & ~EDGE_WEAK;
    if (is_dead(graph, slot, items[k])) dead += 2;
  }
  return dead;
}

static void prune(Graph *graph, NodeRef node) {
  uint32_t *items = items_of(graph, node), n = entries_of(node), kept = 0;
  for (uint32_t k = 0; k < n; k++) {
    bool weak = items[k] & EDGE_WEAK;
    if (weak && is_dead(graph, items[k] & ~EDGE_WEAK, items[k + 1])) {
      k++;
      continue;
    }
    items[kept++] = items[k];
    if (weak) items[kept++] = items[++k];
  }
  if (kept < n) set_length(graph, node, kept);
}

/* Moves to a block with more room; there must be one. */
static void widen(Graph *graph, NodeRef node, uint32_t size_class) {
  uint32_t n = entries_of(node);
  uint32_t block = spill_take(&graph->spill, size_class);
  memcpy(spill_entries(&graph->spill, block), items_of(graph, node),
         n * sizeof(uint32_t));
  edges_free(graph, node);
  node.slab->edges[node.i][0] = block;
  node.slab->edges[node.i][1] = n;
  *node_state(node) |= NODE_SPILLED;
}

/* Where few are dead a wider block is taken instead, or a node that gets a weak
** edge for each that dies would be gone through for each. */
GraphNeed graph_need_edges(Graph *graph, uint32_t slot, uint32_t entries) {
  NodeRef node = node_at(graph, slot);
  uint32_t room = room_of(graph, node), n = entries_of(node) + entries;
  if (n > room && dead_entries(graph, node) >= room / 4) {
    prune(graph, node);
    n = entries_of(node) + entries;
    room = room_of(graph, node);
  }
  if (n <= room) return (GraphNeed){.room = GRAPH_ROOM_ENOUGH};
  uint32_t size_class = spill_class(n);
  GraphNeed need = graph_need_block(graph, size_class);
  if (need.room == GRAPH_ROOM_ENOUGH) widen(graph, node, size_class);
  return need;
}

static void append(Graph *graph, NodeRef node, const uint32_t *entries,
                   uint32_t count) {
  uint32_t n = entries_of(node);
  memcpy(items_of(graph, node) + n, entries, count * sizeof *entries);
  if (spilled(node)) node.slab->edges[node.i][1] = n + count;
}

void edges_add(Graph *graph, NodeRef node, uint32_t entry) {
  append(graph, node, &entry, 1);
}

void graph_weaken(Graph *graph, uint32_t from, uint32_t to) {
  NodeRef target = node_at(graph, to);
  uint32_t pair[2] = {to | EDGE_WEAK, target.slab->generation[target.i]};
  append(graph, node_at(graph, from), pair, 2);
}

static uint32_t find(const uint32_t *items, uint32_t n, uint32_t entry) {
  uint32_t k = 0;
  while (k < n && items[k] != entry) k += items[k] & EDGE_WEAK ? 2 : 1;
  return k;
}

static void cut(Graph *graph, NodeRef node, uint32_t k, uint32_t count) {
  uint32_t *items = items_of(graph, node), n = entries_of(node);
  memmove(items + k, items + k + count, (n - k - count) * sizeof *items);
  set_length(graph, node, n - count);
}

bool graph_unlink(Graph *graph, uint32_t from, uint32_t to) {
  NodeRef node = node_at(graph, from);
  prune(graph, node);
  uint32_t *items = items_of(graph, node), n = entries_of(node);
  uint32_t k = find(items, n, to);
  if (k == n) {
    k = find(items, n, to | EDGE_WEAK);
    if (k < n) cut(graph, node, k, 2);
    return k < n;
  }
  cut(graph, node, k, 1);
  graph->edges--;
  state_lower(node_state(node_at(graph, to)));
  node_bereaved(graph, to);
  graph_drain(graph);
  return true;
}

/* The edges go first: an edge to the node itself is none any more when its
** target is looked at. */
uint32_t graph_clear(Graph *graph, uint32_t slot) {
  NodeRef node = node_at(graph, slot);
  bool block = spilled(node);
  uint32_t inlined[2], cleared = 0;
  memcpy(inlined, node.slab->edges[node.i], sizeof inlined);
  Edges edges = node_edges(graph, node);
  if (!block) edges.items = inlined;
  set_inline(node, NULL, 0);
  FOR_TARGETS(edges, to) {
    state_lower(node_state(node_at(graph, to)));
    node_bereaved(graph, to);
    cleared++;
  }
  if (block) spill_free(&graph->spill, inlined[0]);
  graph->edges -= cleared;
  graph_drain(graph);
  return cleared;
}

bool graph_next_edge(const Graph *graph, uint32_t slot, uint32_t *entry,
                     uint32_t *to, bool *weak) {
  NodeRef node = node_at(graph, slot);
  const uint32_t *items = items_of(graph, node);
  uint32_t n = entries_of(node);
  while (*entry < n) {
    uint32_t k = (*entry)++;
    *weak = items[k] & EDGE_WEAK;
    *to = items[k] & ~EDGE_WEAK;
    if (!*weak) return true;
    (*entry)++;
    if (!is_dead(graph, *to, items[k + 1])) return true;
  }
  return false;
}

bool graph_next_referrer(const Graph *graph, uint32_t to, uint64_t *from,
                         uint32_t *entry, bool *weak) {
  for (; graph_next(graph, from); ++*from, *entry = 0) {
    uint32_t target;
    while (graph_next_edge(graph, (uint32_t)*from, entry, &target, weak))
      if (target == to) return true;
  }
  return false;
}
