#include "native/graph/collect.h"

#include <string.h>
#include <time.h>

/* What finalizers have left of garbage: a list whose front, work[0..safe), is
** alive after all: work[0..held) from outside, the rest through these. The
** place of every other node in the list stands in its handles, of which it has
** none: so it can be moved to the front at once. */
typedef struct Doubt {
  Graph *graph;
  uint64_t held, safe, n;
} Doubt;

static NodeRef listed(const Graph *graph, uint64_t k) {
  return node_at(graph, graph->work[k]);
}

static uint32_t colour_at(const Graph *graph, uint32_t slot) {
  return state_colour(*node_state(node_at(graph, slot)));
}

void garbage_raise_targets(Graph *graph, uint32_t slot) {
  Edges edges = node_edges(graph, node_at(graph, slot));
  FOR_TARGETS(edges, to) state_raise(node_state(node_at(graph, to)));
}

/* Nothing of the list can die while finalizers run. */
static void call_finalizers(Graph *graph, uint64_t n) {
  graph->top = n;
  for (uint64_t k = 0; k < n; k++)
    *node_handles(listed(graph, k)) |= HANDLES_HELD;
  for (uint64_t k = 0; graph->events.finalize && k < n; k++)
    node_finalize(graph, graph->work[k]);
  for (uint64_t k = 0; k < n; k++)
    *node_handles(listed(graph, k)) &= ~HANDLES_HELD;
}

/* Lowers counts along the edges within the list. */
static uint64_t lower_within(Graph *graph, uint64_t n) {
  uint64_t looked = 0;
  for (uint64_t k = 0; k < n; k++)
    state_paint(node_state(listed(graph, k)), NODE_GRAY);
  for (uint64_t k = 0; k < n; k++) {
    Edges edges = node_edges(graph, listed(graph, k));
    looked += edges.n;
    FOR_TARGETS(edges, to)
    if (colour_at(graph, to) == NODE_GRAY)
      state_lower(node_state(node_at(graph, to)));
  }
  return looked;
}

/* The node at place k of the list goes to the front. */
static void make_safe(Doubt *doubt, uint64_t k) {
  uint32_t *work = doubt->graph->work, slot = work[k];
  uint64_t place = doubt->safe++;
  state_paint(node_state(node_at(doubt->graph, slot)), NODE_SAFE);
  if (k == place) return;
  work[k] = work[place];
  work[place] = slot;
  *node_handles(listed(doubt->graph, k)) = HANDLES_HELD | (uint32_t)k;
}

static void find_held(Doubt *doubt) {
  for (uint64_t k = 0; k < doubt->n; k++) {
    NodeRef node = listed(doubt->graph, k);
    if (*node_handles(node) != 0 || state_count(*node_state(node)) > 0)
      make_safe(doubt, k);
    else
      *node_handles(node) = HANDLES_HELD | (uint32_t)k;
  }
  doubt->held = doubt->safe;
}

static void follow_safe(Doubt *doubt, uint32_t to) {
  NodeRef node = node_at(doubt->graph, to);
  uint32_t *state = node_state(node), *handles = node_handles(node);
  uint32_t colour = state_colour(*state);
  if (colour != NODE_GRAY && colour != NODE_SAFE) return;
  state_raise(state);
  if (colour == NODE_SAFE) return;
  uint64_t k = *handles & HANDLES_MOST;
  *handles = 0;
  make_safe(doubt, k);
}

static uint64_t find_safe(Doubt *doubt) {
  uint64_t looked = 0;
  find_held(doubt);
  for (uint64_t k = 0; k < doubt->safe; k++) {
    Edges edges = node_edges(doubt->graph, listed(doubt->graph, k));
    looked += edges.n;
    FOR_TARGETS(edges, to) follow_safe(doubt, to);
  }
  return looked;
}

/* Targets in the list were lowered before. */
static void leave_others(Graph *graph, NodeRef node) {
  Edges edges = node_edges(graph, node);
  FOR_TARGETS(edges, to) {
    uint32_t *state = node_state(node_at(graph, to));
    graph->edges--;
    if (state_colour(*state) == NODE_GRAY || state_colour(*state) == NODE_SAFE)
      continue;
    state_lower(state);
    node_bereaved(graph, to);
  }
}

static void free_doubtful(Doubt *doubt) {
  Graph *graph = doubt->graph;
  for (uint64_t k = doubt->safe; k < doubt->n; k++) {
    *node_handles(listed(graph, k)) = 0;
    leave_others(graph, listed(graph, k));
  }
  for (uint64_t k = doubt->safe; k < doubt->n; k++)
    node_erase(graph, graph->work[k]);
}

static void save(NodeRef node) {
  *node_handles(node) = HANDLES_SAVED;
  node.slab->roots++;
}

static void save_doubtful(Doubt *doubt) {
  Graph *graph = doubt->graph;
  for (uint64_t k = doubt->safe; k < doubt->n; k++) {
    Edges edges = node_edges(graph, listed(graph, k));
    FOR_TARGETS(edges, to) {
      uint32_t *state = node_state(node_at(graph, to));
      if (state_colour(*state) != NODE_BLACK) state_raise(state);
    }
  }
  for (uint64_t k = doubt->safe; k < doubt->n; k++) {
    save(listed(graph, k));
    state_paint(node_state(listed(graph, k)), NODE_BLACK);
  }
}

/* What holds a node without handles may be on a cycle with it. */
static void paint_safe(Doubt *doubt) {
  Graph *graph = doubt->graph;
  for (uint64_t k = 0; k < doubt->safe; k++) {
    state_paint(node_state(listed(graph, k)), NODE_BLACK);
    if (k < doubt->held) node_bereaved(graph, graph->work[k]);
  }
}

/* The list is done with. Those who wait for their death take its place: new
** nodes may stand where freed ones of the list stood, and wait too. */
static void drop_list(Graph *graph) {
  uint64_t n = graph->top - graph->dying;
  memmove(graph->work, graph->work + n, graph->dying * sizeof *graph->work);
  graph->top = graph->dying;
}

void garbage_finalize(Graph *graph, uint64_t n, GraphReport *report) {
  Doubt doubt = {.graph = graph, .n = n};
  graph->walking = true;
  call_finalizers(graph, n);
  report->edges += lower_within(graph, n);
  report->edges += find_safe(&doubt);
  if (graph->save_all) {
    save_doubtful(&doubt);
    report->uncollectable += n - doubt.safe;
  } else {
    free_doubtful(&doubt);
    report->freed += n - doubt.safe;
  }
  report->resurrected += doubt.safe;
  paint_safe(&doubt);
  drop_list(graph);
  graph_drain(graph);
  graph->walking = false;
  if (graph->emptied) graph_retire_empty(graph);
  graph->emptied = false;
}

/* Their counts have been lowered. */
static void free_list(Graph *graph, uint64_t n, GraphReport *report) {
  for (uint64_t k = 0; k < n; k++) {
    Edges edges = node_edges(graph, listed(graph, k));
    FOR_TARGETS(edges, to) {
      (void)to;
      graph->edges--;
    }
    node_erase(graph, graph->work[k]);
  }
  report->freed += n;
}

static void find_and_free(Graph *graph, GraphReport *report) {
  uint64_t n;
  if (trial_find(graph, &n, report)) {
    free_list(graph, n, report);
  } else {
    trace_mark(graph, report);
    trace_sweep(graph, report);
  }
}

static void find_and_finalize(Graph *graph, GraphReport *report) {
  uint64_t n;
  if (trial_find(graph, &n, report)) {
    for (uint64_t k = 0; k < n; k++)
      garbage_raise_targets(graph, graph->work[k]);
  } else {
    trace_mark(graph, report);
    n = trace_list(graph);
  }
  if (n > 0) garbage_finalize(graph, n, report);
}

static uint64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

void graph_collect(Graph *graph, GraphReport *report) {
  uint64_t start = now();
  *report = (GraphReport){.candidates = graph->candidates};
  if (graph->events.finalize || graph->save_all)
    find_and_finalize(graph, report);
  else
    find_and_free(graph, report);
  report->nanoseconds = now() - start;
}

void graph_drop_saved(Graph *graph) {
  for (uint64_t slot = 0; graph_next(graph, &slot); slot++) {
    NodeRef node = node_at(graph, (uint32_t)slot);
    if (!graph_saved(graph, (uint32_t)slot)) continue;
    *node_handles(node) &= ~HANDLES_SAVED;
    node.slab->roots--;
    node_bereaved(graph, (uint32_t)slot);
  }
  graph_drain(graph);
}
