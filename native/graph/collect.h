/* The two ways to find garbage, and what is done with it.
**
** Trial deletion (Bacon and Rajan, ECOOP 2001) looks at what candidates lead to
** and nothing else; tracing looks at all that handles lead to, and passes over
** the rest in the order of memory. The first is the right one where candidates
** lead to little, whatever the size of the graph; the second, several times as
** fast a node, where they lead to a good part of it. */
#ifndef PERILUNE_NATIVE_GRAPH_COLLECT_H
#define PERILUNE_NATIVE_GRAPH_COLLECT_H

#include "native/graph/slab.h"

/* Lists the garbage that the candidates lead to in work[0..*n); they are
** candidates no more. The counts of what garbage leads to are without its
** edges. False: they lead to too much; all counts are as before. */
bool trial_find(Graph *graph, uint64_t *n, GraphReport *report);

/* Marks what handles lead to. Nothing is a candidate any more. */
void trace_mark(Graph *graph, GraphReport *report);

/* Frees what is not marked. */
void trace_sweep(Graph *graph, GraphReport *report);

/* Lists what is not marked in work[0..n), and returns n. */
uint64_t trace_list(Graph *graph);

/* Calls the finalizers of the garbage in work[0..n), then frees what they have
** not resurrected, or saves it. Its counts are whole. */
void garbage_finalize(Graph *graph, uint64_t n, GraphReport *report);

/* A strong edge more to each target of the node. */
void garbage_raise_targets(Graph *graph, uint32_t slot);

#endif
