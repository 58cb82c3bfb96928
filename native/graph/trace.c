#include <string.h>

#include "native/graph/collect.h"
#include "native/graph/slots.h"

/* How far ahead of the node that is looked at memory is asked for. */
enum { AHEAD = 12 };

/* Nodes whose edges are still to be looked along: work[head..tail). */
typedef struct Trace {
  Graph *graph;
  uint64_t head, tail;
  uint64_t edges;
} Trace;

static inline void mark(Trace *trace, uint32_t slot) {
  uint64_t *word = &trace->graph->marks[slot / 64];
  uint64_t bit = (uint64_t)1 << (slot % 64);
  if (*word & bit) return;
  *word |= bit;
  trace->graph->work[trace->tail++] = slot;
}

static inline void fetch(const Trace *trace, uint64_t k) {
  NodeRef node = node_at(trace->graph, trace->graph->work[k]);
  __builtin_prefetch(node_state(node));
  __builtin_prefetch(node.slab->edges[node.i]);
}

static void mark_reachable(Trace *trace) {
  const Graph *graph = trace->graph;
  while (trace->head < trace->tail) {
    if (trace->head + AHEAD < trace->tail) fetch(trace, trace->head + AHEAD);
    Edges edges = node_edges(graph, node_at(graph, graph->work[trace->head++]));
    trace->edges += edges.n;
    FOR_TARGETS(edges, to) mark(trace, to);
  }
}

static void mark_roots(Trace *trace, const GraphSlab *slab) {
  for (uint32_t i = 0; slab->roots > 0 && i < SLAB_SLOTS; i++)
    if (slab->handles[i] != 0) mark(trace, slab->number << SLAB_BITS | i);
}

static void clear_candidates(Graph *graph) {
  for (uint32_t number = 0; number < graph->slab_numbers; number++) {
    GraphSlab *slab = graph->places[number].slab;
    if (!slab || !bit_test(graph->dirty, number)) continue;
    memset(slab->candidate, 0, sizeof slab->candidate);
    bit_clear(graph->dirty, number);
  }
  graph->candidates = 0;
}

void trace_mark(Graph *graph, GraphReport *report) {
  Trace trace = {.graph = graph};
  clear_candidates(graph);
  slab_clear_marks(graph);
  for (uint32_t number = 0; number < graph->slab_numbers; number++) {
    const GraphSlab *slab = graph->places[number].slab;
    if (!slab) continue;
    mark_roots(&trace, slab);
    mark_reachable(&trace);
  }
  report->edges += trace.edges;
  report->survivors += trace.tail;
}

/* Sweeping */

/* The nodes of a word of slots that are not marked. */
static uint64_t garbage_bits(const Graph *graph, const GraphSlab *slab,
                             uint32_t word) {
  uint64_t bits = slab->used[word] &
                  ~graph->marks[(size_t)slab->number * SLAB_WORDS + word];
  if (slab->live == slab->taken) return bits;
  uint64_t nodes = 0;
  for (; bits; bits &= bits - 1) {
    uint32_t i = word * 64 + bit_first(bits);
    if (slab->generation[i] & 1) nodes |= bits & -bits;
  }
  return nodes;
}

/* What garbage leads to loses references, but never its last. */
static inline uint32_t leave(const Graph *graph, uint32_t to) {
  if (is_marked(graph, to)) state_lower(node_state(node_at(graph, to)));
  return 1;
}

static uint32_t leave_block(Graph *graph, NodeRef node) {
  uint32_t n = 0;
  Edges edges = node_edges(graph, node);
  FOR_TARGETS(edges, to) n += leave(graph, to);
  node_strip(graph, node);
  return n;
}

/* Leaves the targets of a node; returns how many there were. */
static inline uint32_t leave_all(Graph *graph, NodeRef node) {
  if (*node_state(node) & NODE_OWNS) return leave_block(graph, node);
  const uint32_t *edges = node.slab->edges[node.i];
  if (edges[0] >= EDGE_NONE) return 0;
  uint32_t n = leave(graph, edges[0]);
  return edges[1] < EDGE_NONE ? n + leave(graph, edges[1]) : n;
}

static void sweep_slab(Graph *graph, GraphSlab *slab) {
  for (uint32_t word = 0; word < SLAB_WORDS; word++) {
    uint64_t edges = 0, bits = garbage_bits(graph, slab, word);
    if (!bits) continue;
    for (uint64_t rest = bits; rest; rest &= rest - 1)
      edges += leave_all(graph, (NodeRef){slab, word * 64 + bit_first(rest)});
    graph->edges -= edges;
    slab_vacate(graph, slab, word, bits);
  }
  if (slab->live == 0) slab_retire_empty(graph, slab);
}

void trace_sweep(Graph *graph, GraphReport *report) {
  uint64_t nodes = graph->nodes, edges = graph->edges;
  for (uint32_t number = 0; number < graph->slab_numbers; number++) {
    GraphSlab *slab = graph->places[number].slab;
    if (slab && slab->live > 0) sweep_slab(graph, slab);
  }
  report->freed += nodes - graph->nodes;
  report->edges += edges - graph->edges;
}

uint64_t trace_list(Graph *graph) {
  uint64_t n = 0;
  for (uint32_t number = 0; number < graph->slab_numbers; number++) {
    const GraphSlab *slab = graph->places[number].slab;
    for (uint32_t word = 0; slab && word < SLAB_WORDS; word++)
      for (uint64_t bits = garbage_bits(graph, slab, word); bits;
           bits &= bits - 1)
        graph->work[n++] = number << SLAB_BITS | (word * 64 + bit_first(bits));
  }
  return n;
}
