#include "native/graph/slab.h"

enum { NO_PARENT = UINT32_MAX };

/* A search by breadth: nodes that were met, in steps[0..n). The graph's own
** list may be in use: finalizers may search. */
typedef struct Search {
  Graph *graph;
  GraphStep *steps;
  uint32_t n, to;
  bool met;
} Search;

static void meet(Search *search, uint32_t slot, uint32_t parent) {
  if (search->met || is_marked(search->graph, slot)) return;
  bit_set(search->graph->marks, slot);
  search->steps[search->n++] = (GraphStep){slot, parent};
  search->met = slot == search->to;
}

static void meet_roots(Search *search, const GraphSlab *slab) {
  for (uint32_t i = 0; slab->roots > 0 && i < SLAB_SLOTS; i++)
    if (slab->handles[i] & ~HANDLES_HELD)
      meet(search, slab->number << SLAB_BITS | i, NO_PARENT);
}

static void meet_targets(Search *search, uint32_t k) {
  const Graph *graph = search->graph;
  Edges edges = node_edges(graph, node_at(graph, search->steps[k].slot));
  FOR_TARGETS(edges, to) meet(search, to, k);
}

bool graph_path(Graph *graph, uint32_t to, GraphStep *steps, GraphPath *path) {
  Search search = {.graph = graph, .to = to};
  search.steps = steps;
  slab_clear_marks(graph);
  for (uint32_t number = 0; number < graph->slab_numbers; number++)
    if (graph->places[number].slab)
      meet_roots(&search, graph->places[number].slab);
  for (uint32_t k = 0; k < search.n && !search.met; k++)
    meet_targets(&search, k);
  if (!search.met) return false;
  *path = (GraphPath){.steps = steps, .position = search.n - 1};
  for (uint32_t k = path->position; k != NO_PARENT; k = steps[k].parent)
    path->length++;
  return true;
}

uint32_t graph_path_back(GraphPath *path) {
  const GraphStep *step = &path->steps[path->position];
  path->position = step->parent;
  path->length--;
  return step->slot;
}
