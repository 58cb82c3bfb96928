#include "native/graph/collect.h"

typedef struct Trial {
  Graph *graph;
  uint64_t n;        /* gray nodes, in work[0..n) */
  uint64_t external; /* their references that no edge from a gray node is */
  uint64_t edges;
} Trial;

/* Up to about a third of the slots trial deletion is the faster way; but where
** there is more, what it has done was in vain, so it stops at a quarter.
** The list leaves as much room for those that are rescued. */
static uint64_t most_nodes(const Graph *graph) { return graph->slots / 4; }

static void shade(Trial *trial, NodeRef node, uint32_t slot) {
  uint32_t *state = node_state(node);
  *state |= NODE_GRAY;
  trial->external += state_count(*state) + *node_handles(node);
  trial->graph->work[trial->n++] = slot;
}

static inline void follow(Trial *trial, uint32_t to) {
  NodeRef node = node_at(trial->graph, to);
  uint32_t *state = node_state(node);
  if (state_colour(*state) != NODE_GRAY) shade(trial, node, to);
  if (state_count(*state) == NODE_STUCK) return;
  *state -= NODE_ONE;
  trial->external--;
}

static bool may_start(const Graph *graph, NodeRef node) {
  return *node_handles(node) == 0 && node_edges(graph, node).n > 0;
}

static void start_from(Trial *trial, GraphSlab *slab, uint32_t word) {
  const Graph *graph = trial->graph;
  uint64_t bits = slab->candidate[word];
  slab->candidate[word] = 0;
  for (; bits; bits &= bits - 1) {
    NodeRef node = {slab, word * 64 + bit_first(bits)};
    if (may_start(graph, node))
      shade(trial, node, slab->number << SLAB_BITS | node.i);
  }
}

static void start_from_slab(Trial *trial, GraphSlab *slab) {
  for (uint32_t word = 0; word < SLAB_WORDS; word++)
    if (slab->candidate[word]) start_from(trial, slab, word);
}

static void start(Trial *trial) {
  Graph *graph = trial->graph;
  for (uint32_t word = 0; word * 64 < graph->slab_numbers; word++) {
    uint64_t bits = graph->dirty[word];
    graph->dirty[word] = 0;
    for (; bits; bits &= bits - 1)
      start_from_slab(trial, graph->places[word * 64 + bit_first(bits)].slab);
  }
  graph->candidates = 0;
}

/* False where it stops at node *done, because there are too many. */
static bool look_along(Trial *trial, uint64_t *done) {
  Graph *graph = trial->graph;
  uint64_t most = most_nodes(graph);
  for (; *done < trial->n; ++*done) {
    Edges edges = node_edges(graph, node_at(graph, graph->work[*done]));
    if (trial->n + edges.n > most) return false;
    FOR_TARGETS(edges, to) follow(trial, to);
    trial->edges += edges.n;
  }
  return true;
}

static void give_up(const Trial *trial, uint64_t done) {
  Graph *graph = trial->graph;
  for (uint64_t k = 0; k < trial->n; k++) {
    uint32_t slot = graph->work[k];
    state_paint(node_state(node_at(graph, slot)), NODE_BLACK);
    if (k < done) garbage_raise_targets(graph, slot);
  }
}

/* What the node leads to is alive as well. */
static void rescue(Trial *trial, uint32_t slot) {
  Graph *graph = trial->graph;
  uint64_t n = trial->n;
  state_paint(node_state(node_at(graph, slot)), NODE_BLACK);
  graph->work[n++] = slot;
  while (n > trial->n) {
    Edges edges = node_edges(graph, node_at(graph, graph->work[--n]));
    trial->edges += edges.n;
    FOR_TARGETS(edges, to) {
      uint32_t *state = node_state(node_at(graph, to));
      state_raise(state);
      if (state_colour(*state) != NODE_GRAY) continue;
      state_paint(state, NODE_BLACK);
      graph->work[n++] = to;
    }
  }
}

static void rescue_all(Trial *trial) {
  Graph *graph = trial->graph;
  for (uint64_t k = 0; k < trial->n; k++) {
    uint32_t slot = graph->work[k];
    NodeRef node = node_at(graph, slot);
    uint32_t state = *node_state(node);
    if (state_colour(state) != NODE_GRAY) continue;
    if (state_count(state) > 0 || *node_handles(node) != 0) rescue(trial, slot);
  }
}

static uint64_t list_gray(const Trial *trial) {
  Graph *graph = trial->graph;
  uint64_t n = 0;
  for (uint64_t k = 0; k < trial->n; k++) {
    uint32_t slot = graph->work[k];
    uint32_t *state = node_state(node_at(graph, slot));
    if (state_colour(*state) != NODE_GRAY) continue;
    state_paint(state, NODE_BLACK);
    graph->work[n++] = slot;
  }
  return n;
}

bool trial_find(Graph *graph, uint64_t *n, GraphReport *report) {
  Trial trial = {.graph = graph};
  uint64_t done = 0;
  if (graph->candidates > most_nodes(graph)) return false;
  start(&trial);
  bool whole = look_along(&trial, &done);
  if (!whole) {
    report->edges += trial.edges;
    give_up(&trial, done);
    return false;
  }
  if (trial.external > 0) rescue_all(&trial);
  report->edges += trial.edges;
  *n = list_gray(&trial);
  report->survivors += trial.n - *n;
  return true;
}
