/* Slots that are taken and become free: what happens for each node. */
#ifndef PERILUNE_NATIVE_GRAPH_SLOTS_H
#define PERILUNE_NATIVE_GRAPH_SLOTS_H

#include "native/graph/slab.h"

static inline void set_roomy(Graph *graph, uint32_t number) {
  bit_set(graph->roomy, number);
  if (number / 64 < graph->roomy_word) graph->roomy_word = number / 64;
}

/* The slab that the next node goes to; there must be room. */
static inline GraphSlab *slab_roomy(Graph *graph) {
  uint32_t word = graph->roomy_word;
  while (!graph->roomy[word]) word++;
  graph->roomy_word = word;
  return graph->places[word * 64 + bit_first(graph->roomy[word])].slab;
}

static inline uint32_t free_word(const GraphSlab *slab) {
  uint32_t word = slab->first;
  while (!~slab->used[word]) word++;
  return word;
}

static inline void count_taken(Graph *graph, GraphSlab *slab, uint32_t n) {
  slab->taken += n;
  slab->live += n;
  graph->free_slots -= n;
  if (slab->taken == SLAB_SLOTS) bit_clear(graph->roomy, slab->number);
  if (graph->idle == slab->number + 1) graph->idle = 0;
}

/* Looks for slots for the next nodes: some that are free in one word. They stay
** so until they are taken from there, or slots_forget is called. */
static inline void slots_find(Graph *graph) {
  GraphSlab *slab = slab_roomy(graph);
  graph->next_slab = slab;
  graph->next_word = slab->first = free_word(slab);
  graph->next_bits = ~slab->used[slab->first];
}

static inline void slots_forget(Graph *graph) { graph->next_bits = 0; }

/* Makes a free slot free no more. */
static inline void slab_take(Graph *graph, NodeRef node) {
  GraphSlab *slab = node.slab;
  bit_set(slab->used, node.i);
  uint16_t generation = ++slab->generation[node.i];
  if (generation > slab->newest) slab->newest = generation;
  count_taken(graph, slab, 1);
}

static inline void age_run(GraphSlab *slab, uint32_t first, uint32_t n) {
  uint16_t *generation = slab->generation + first, newest = slab->newest;
  for (uint32_t k = 0; k < n; k++) {
    generation[k]++;
    newest = generation[k] > newest ? generation[k] : newest;
  }
  slab->newest = newest;
}

/* Free slots of the word from i on, one after the other. */
static inline uint32_t run_length(const GraphSlab *slab, uint32_t i) {
  uint64_t used = slab->used[i / 64] >> (i % 64);
  return used ? bit_first(used) : 64 - i % 64;
}

/* The same for up to n slots of the slab, the first of them *i, one after the
** other; returns how many. */
static inline uint32_t slab_take_run(Graph *graph, GraphSlab *slab, uint64_t n,
                                     uint32_t *i) {
  uint32_t taken = 0;
  slots_forget(graph);
  slab->first = free_word(slab);
  *i = slab->first * 64 + bit_first(~slab->used[slab->first]);
  while (taken < n && *i + taken < SLAB_SLOTS) {
    uint32_t next = *i + taken, run = run_length(slab, next);
    if (run > n - taken) run = (uint32_t)(n - taken);
    if (run == 0) break;
    uint64_t bits = run == 64 ? UINT64_MAX : ((uint64_t)1 << run) - 1;
    slab->used[next / 64] |= bits << (next % 64);
    age_run(slab, next, run);
    taken += run;
  }
  count_taken(graph, slab, taken);
  return taken;
}

/* Those that are worn out now. */
static inline uint64_t worn(const GraphSlab *slab, uint32_t word,
                            uint64_t bits) {
  uint64_t found = 0;
  for (; bits; bits &= bits - 1) {
    uint32_t i = word * 64 + bit_first(bits);
    if (slab->generation[i] == GENERATION_LAST) found |= bits & -bits;
  }
  return found;
}

/* Makes the slots of nodes free: `bits` of a word of the slab. Those that are
** worn out stay taken. */
static inline void slab_vacate(Graph *graph, GraphSlab *slab, uint32_t word,
                               uint64_t bits) {
  uint32_t n = (uint32_t)__builtin_popcountll(bits);
  for (uint64_t rest = bits; rest; rest &= rest - 1)
    slab->generation[word * 64 + bit_first(rest)]++;
  slab->live -= n;
  graph->nodes -= n;
  if (slab->newest == GENERATION_LAST - 1) bits &= ~worn(slab, word, bits);
  if (!bits) return;
  n = (uint32_t)__builtin_popcountll(bits);
  slab->used[word] &= ~bits;
  slab->taken -= n;
  graph->free_slots += n;
  if (word < slab->first) slab->first = word;
  set_roomy(graph, slab->number);
}

/* The same for one of them. */
static inline void slab_vacate_one(Graph *graph, GraphSlab *slab, uint32_t i) {
  slab->live--;
  graph->nodes--;
  if (++slab->generation[i] == GENERATION_LAST) return;
  bit_clear(slab->used, i);
  slab->taken--;
  graph->free_slots++;
  if (i / 64 < slab->first) slab->first = i / 64;
  set_roomy(graph, slab->number);
}

#endif
