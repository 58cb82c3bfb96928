#include "native/graph/slots.h"

#include <string.h>

/* Keys of buffers: slab n has n + 1; those of the spill are negative. */
enum { KEY_PLACES = 0, KEY_WORK = -1, KEY_SPILL_PLACES = -2, KEY_SPILL = -3 };

enum { FEWEST_PLACES = 8, FEWEST_SPILL_PLACES = 16 };

/* Slots are numbers below EDGE_NONE. */
enum { MOST_PLACES = (1 << (31 - SLAB_BITS)) - 1 };

/* More memory than there is: what there cannot be. */
#define TOO_MUCH ((size_t)PTRDIFF_MAX)

static size_t words_for(size_t bits) { return (bits + 63) / 64; }

static bool place_free(const GraphPlace *place) {
  return !place->slab && place->generation < GENERATION_LAST;
}

static uint32_t find_vacant(const Graph *graph) {
  uint32_t number = graph->vacant;
  while (number < graph->slab_numbers && !place_free(&graph->places[number]))
    number++;
  return number;
}

/* Of so many places, with their bits and their slots' marks. */
static size_t places_bytes(uint32_t count) {
  size_t words = 2 * words_for(count) + (size_t)count * SLAB_WORDS;
  return count * sizeof(GraphPlace) + words * sizeof(uint64_t);
}

/* All places may have worn out, though there are few nodes. */
static GraphNeed need_places(const Graph *graph) {
  uint32_t count = graph->place_count * 2;
  if (count < FEWEST_PLACES) count = FEWEST_PLACES;
  if (count > MOST_PLACES) count = MOST_PLACES;
  bool full = count == graph->place_count;
  size_t bytes = full ? TOO_MUCH : places_bytes(count);
  return (GraphNeed){GRAPH_ROOM_PLACES, KEY_PLACES, bytes, count};
}

/* Some more than is needed, or each slab would bring a new list. */
static GraphNeed need_work(uint64_t slots) {
  uint64_t items = slots + slots / 8;
  return (GraphNeed){GRAPH_ROOM_WORK, KEY_WORK, items * sizeof(uint32_t),
                     (uint32_t)items};
}

bool graph_most(const Graph *graph, uint64_t n) {
  return n + graph->nodes < (uint64_t)MOST_PLACES * SLAB_SLOTS;
}

GraphNeed graph_need_nodes(const Graph *graph, uint64_t n) {
  if (n <= graph->free_slots || !graph_most(graph, n))
    return (GraphNeed){.room = GRAPH_ROOM_ENOUGH};
  uint64_t more = n - graph->free_slots + SLAB_SLOTS - 1;
  uint64_t slots = graph->slots + more / SLAB_SLOTS * SLAB_SLOTS;
  uint32_t number = find_vacant(graph);
  if (number == graph->place_count) return need_places(graph);
  if (slots > graph->work_capacity) return need_work(slots);
  return (GraphNeed){GRAPH_ROOM_SLAB, (int64_t)number + 1, sizeof(GraphSlab),
                     number};
}

/* Marks are kept for the time of a walk, in which no places are given. */
static void give_places(Graph *graph, uint32_t count, void *buffer) {
  size_t old_words = words_for(graph->place_count), words = words_for(count);
  GraphPlace *places = buffer;
  uint64_t *bits = (uint64_t *)(places + count);
  memset(buffer, 0, count * sizeof *places + 2 * words * sizeof *bits);
  if (graph->place_count > 0) {
    memcpy(places, graph->places, graph->place_count * sizeof *places);
    memcpy(bits, graph->roomy, old_words * sizeof *bits);
    memcpy(bits + words, graph->dirty, old_words * sizeof *bits);
  }
  graph->places = places;
  graph->roomy = bits;
  graph->dirty = bits + words;
  graph->marks = bits + 2 * words;
  graph->place_count = count;
}

static void give_work(Graph *graph, uint32_t items, uint32_t *buffer) {
  if (graph->top > 0) memcpy(buffer, graph->work, graph->top * sizeof *buffer);
  graph->work = buffer;
  graph->work_capacity = items;
}

static void give_slab(Graph *graph, uint32_t number, GraphSlab *slab) {
  GraphPlace *place = &graph->places[number];
  memset(slab, 0, offsetof(GraphSlab, state));
  memset(slab->handles, 0, sizeof slab->handles);
  for (uint32_t i = 0; i < SLAB_SLOTS; i++)
    slab->generation[i] = place->generation;
  slab->number = number;
  slab->newest = place->generation;
  place->slab = slab;
  graph->vacant = number + 1;
  if (number == graph->slab_numbers) graph->slab_numbers++;
  graph->slots += SLAB_SLOTS;
  graph->free_slots += SLAB_SLOTS;
  set_roomy(graph, number);
}

/* Of a list of so many slabs. */
static size_t slabs_bytes(uint32_t count) { return count * sizeof(void *); }

static void give_spill_places(Spill *spill, uint32_t count, void *buffer) {
  memset(buffer, 0, slabs_bytes(count));
  if (spill->capacity > 0)
    memcpy(buffer, spill->slabs, slabs_bytes(spill->capacity));
  spill->slabs = buffer;
  spill->capacity = count;
}

void graph_give(Graph *graph, const GraphNeed *need, void *buffer) {
  switch (need->room) {
  case GRAPH_ROOM_ENOUGH: break;
  case GRAPH_ROOM_PLACES: give_places(graph, need->size, buffer); break;
  case GRAPH_ROOM_WORK: give_work(graph, need->size, buffer); break;
  case GRAPH_ROOM_SLAB: give_slab(graph, need->size, buffer); break;
  case GRAPH_ROOM_SPILL_PLACES:
    give_spill_places(&graph->spill, need->size, buffer);
    break;
  case GRAPH_ROOM_SPILL: spill_add(&graph->spill, need->size, buffer); break;
  }
}

static GraphNeed need_spill_places(const Spill *spill) {
  uint32_t count = spill->capacity * 2;
  if (count < FEWEST_SPILL_PLACES) count = FEWEST_SPILL_PLACES;
  return (GraphNeed){GRAPH_ROOM_SPILL_PLACES, KEY_SPILL_PLACES,
                     slabs_bytes(count), count};
}

GraphNeed graph_need_block(const Graph *graph, uint32_t size_class) {
  const Spill *spill = &graph->spill;
  if (size_class < SPILL_CLASSES && spill_has(spill, size_class))
    return (GraphNeed){.room = GRAPH_ROOM_ENOUGH};
  uint32_t number = spill_number(spill);
  if (number == spill->capacity) return need_spill_places(spill);
  size_t bytes = size_class < SPILL_CLASSES && number < SPILL_MOST_SLABS
                     ? spill_slab_bytes(spill, size_class)
                     : TOO_MUCH;
  return (GraphNeed){GRAPH_ROOM_SPILL, KEY_SPILL - (int64_t)number, bytes,
                     size_class};
}

GraphNeed graph_need_less(const Graph *graph) {
  GraphNeed need = need_work(graph->slots);
  if (graph->top > 0 || graph->work_capacity <= 2 * (uint64_t)need.size)
    return (GraphNeed){.room = GRAPH_ROOM_ENOUGH};
  return need;
}

bool graph_next_spare(Graph *graph, int64_t *key) {
  uint32_t number;
  if (graph->spare) {
    GraphSlab *slab = graph->places[graph->spare - 1].slab;
    number = slab->number;
    graph->spare = slab->next_spare;
    graph->places[number] = (GraphPlace){
        .generation = (uint16_t)((slab->newest + 1) & GENERATION_LAST)};
    if (number < graph->vacant) graph->vacant = number;
    *key = (int64_t)number + 1;
    return true;
  }
  if (!spill_next_spare(&graph->spill, &number)) return false;
  *key = KEY_SPILL - (int64_t)number;
  return true;
}

size_t graph_bytes(const Graph *graph) {
  return graph->slots / SLAB_SLOTS * sizeof(GraphSlab) +
         graph->work_capacity * sizeof(uint32_t) +
         places_bytes(graph->place_count) + slabs_bytes(graph->spill.capacity) +
         graph->spill.bytes;
}

void slab_clear_marks(Graph *graph) {
  size_t words = (size_t)graph->slab_numbers * SLAB_WORDS;
  memset(graph->marks, 0, words * sizeof *graph->marks);
}

/* One slab with most of its slots still good. */
static bool may_idle(const Graph *graph, const GraphSlab *slab) {
  return !graph->idle && slab->taken <= SLAB_SLOTS / 2;
}

void slab_retire_empty(Graph *graph, GraphSlab *slab) {
  graph->emptied |= graph->walking;
  if (graph->walking || slab->number + 1 == graph->idle) return;
  if (may_idle(graph, slab)) {
    graph->idle = slab->number + 1;
    return;
  }
  bit_clear(graph->roomy, slab->number);
  bit_clear(graph->dirty, slab->number);
  graph->slots -= SLAB_SLOTS;
  graph->free_slots -= SLAB_SLOTS - slab->taken;
  if (graph->next_slab == slab) slots_forget(graph);
  slab->next_spare = graph->spare;
  graph->spare = slab->number + 1;
}

void graph_retire_empty(Graph *graph) {
  for (uint32_t number = 0; number < graph->slab_numbers; number++) {
    GraphSlab *slab = graph->places[number].slab;
    if (slab && slab->live == 0) slab_retire_empty(graph, slab);
  }
}
