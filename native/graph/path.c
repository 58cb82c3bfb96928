#include "native/graph/slab.h"

enum { NO_PARENT = UINT32_MAX };

/* A search by breadth: nodes that were met, in work[0..n), and for each the
** place there of the one that led to it. */
typedef struct Search {
  Graph *graph;
  uint32_t *parents;
  uint32_t n, to;
  bool met;
} Search;

static void meet(Search *search, uint32_t slot, uint32_t parent) {
  if (search->met || is_marked(search->graph, slot)) return;
  bit_set(search->graph->marks, slot);
  search->graph->work[search->n] = slot;
  search->parents[search->n++] = parent;
  search->met = slot == search->to;
}

static void meet_roots(Search *search, const GraphSlab *slab) {
  for (uint32_t i = 0; slab->roots > 0 && i < SLAB_SLOTS; i++)
    if (slab->handles[i] != 0)
      meet(search, slab->number << SLAB_BITS | i, NO_PARENT);
}

static void meet_targets(Search *search, uint32_t k) {
  const Graph *graph = search->graph;
  Edges edges = node_edges(graph, node_at(graph, graph->work[k]));
  FOR_TARGETS(edges, to) meet(search, to, k);
}

bool graph_path(Graph *graph, uint32_t to, uint32_t *parents, GraphPath *path) {
  Search search = {.graph = graph, .to = to};
  search.parents = parents;
  slab_clear_marks(graph);
  for (uint32_t number = 0; number < graph->slab_numbers; number++)
    if (graph->places[number].slab)
      meet_roots(&search, graph->places[number].slab);
  for (uint32_t k = 0; k < search.n && !search.met; k++)
    meet_targets(&search, k);
  if (!search.met) return false;
  *path = (GraphPath){.parents = parents, .position = search.n - 1};
  for (uint32_t k = path->position; k != NO_PARENT; k = parents[k])
    path->length++;
  return true;
}

uint32_t graph_path_back(const Graph *graph, GraphPath *path) {
  uint32_t slot = graph->work[path->position];
  path->position = path->parents[path->position];
  path->length--;
  return slot;
}
