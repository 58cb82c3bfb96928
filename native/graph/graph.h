/* An object graph kept alive by reference counts, with a collector for the
** cycles that counting cannot free.
**
** A node's references are its handles, which are its owner's, and the strong
** edges to it. A node without any dies, and its edges with it. One that loses a
** reference and keeps others may have become part of a cycle that nothing leads
** to: it is a candidate, which the next collection begins from.
**
** Nodes stand in slabs of 4,096. One takes 23 bytes: 8 for two edges, 15 for
** itself and its part of the list for those who walk. Further edges are in
** blocks of the spill. All of it is memory that the caller gives, on
** request (graph_need_*, graph_give) and takes back when a slab has emptied
** (graph_next_spare). Nothing else here needs memory: a release, and a
** collection, cannot fail. No function recurses over the graph. */
#ifndef PERILUNE_NATIVE_GRAPH_GRAPH_H
#define PERILUNE_NATIVE_GRAPH_GRAPH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "native/graph/spill.h"

typedef struct GraphSlab GraphSlab; /* slab.h */

/* A slab's place in the graph, by its number. */
typedef struct GraphPlace {
  GraphSlab *slab;     /* NULL: none now */
  uint16_t generation; /* that the next one's nodes begin with */
} GraphPlace;

/* What only the caller can do; `context` is as the current call has it. */
typedef struct GraphEvents {
  /* A node with GRAPH_VALUED or GRAPH_LABELLED is gone. */
  void (*forget)(void *context, uint32_t slot);
  /* A node is about to go; it may use the graph, but not collect. NULL: there
  ** is no finalizer. */
  void (*finalize)(void *context, uint64_t id);
  void *context;
} GraphEvents;

typedef struct GraphReport {
  uint64_t candidates, edges, freed, resurrected, uncollectable;
  uint64_t survivors; /* nodes that were looked at, and live */
  uint64_t nanoseconds;
} GraphReport;

/* A zeroed graph is valid and empty. */
typedef struct Graph {
  GraphPlace *places;
  uint64_t *roomy;       /* a bit a slab: it has a free slot */
  uint64_t *dirty;       /* a bit a slab: it has candidates */
  uint64_t *marks;       /* a bit a slot: for those who walk */
  uint32_t place_count;  /* numbers that there is room for */
  uint32_t slab_numbers; /* numbers that were ever used */
  uint32_t vacant;       /* no number below it is free */
  uint32_t roomy_word;   /* no word of `roomy` below it has a bit */
  GraphSlab *next_slab;  /* where the next nodes go: */
  uint32_t next_word;    /* the word of 64 slots, */
  uint64_t next_bits;    /* and which of them are free */
  uint64_t slots;        /* of all slabs */
  uint64_t free_slots;

  uint32_t *work;         /* a list for those who walk; as long as `slots` */
  uint64_t work_capacity; /* items */
  uint64_t top;           /* items in use */
  uint64_t dying; /* of them, the last: nodes that wait for their death */

  Spill spill;

  uint32_t spare; /* number + 1 of the first slab to be taken back */
  uint32_t idle;  /* number + 1 of the one empty slab that is kept */

  uint64_t nodes, edges, candidates;
  uint64_t died;        /* of a count that went to 0 */
  uint64_t resurrected; /* though it did */
  bool draining; /* nodes are dying: others that die wait for their turn */
  bool walking;  /* a list in `work` is in use: slabs stay */
  bool emptied;  /* one has emptied meanwhile */
  bool closing;  /* new nodes get no finalizer call */
  bool save_all; /* garbage is kept, with a handle that stands for it */
  GraphEvents events;
} Graph;

enum { GRAPH_VALUED = 1 << 4, GRAPH_LABELLED = 1 << 5 };

/* Memory */

typedef enum GraphRoom {
  GRAPH_ROOM_ENOUGH,
  GRAPH_ROOM_PLACES,
  GRAPH_ROOM_WORK,
  GRAPH_ROOM_SLAB,
  GRAPH_ROOM_SPILL_PLACES,
  GRAPH_ROOM_SPILL
} GraphRoom;

/* A buffer that is wanted, aligned for any type. `key` names what it is for: a
** buffer replaces the one that had the same key. */
typedef struct GraphNeed {
  GraphRoom room;
  int64_t key;
  size_t bytes;
  uint32_t size; /* the room's own measure */
} GraphNeed;

/* What is wanted first for n more nodes; GRAPH_ROOM_ENOUGH when they can be
** made, or when there cannot be as many (graph_most). */
GraphNeed graph_need_nodes(const Graph *graph, uint64_t n);
bool graph_most(const Graph *graph, uint64_t n);

/* What is wanted first for `entries` more edges out of a node, which has room
** for them where nothing is; a weak edge is two entries. Lets go of weak edges
** whose target is dead. O(1), amortised. */
GraphNeed graph_need_edges(Graph *graph, uint32_t slot, uint32_t entries);

/* Moves into the buffer; the one it replaces is free then. */
void graph_give(Graph *graph, const GraphNeed *need, void *buffer);

/* A smaller buffer that would do for what is now too large a one. */
GraphNeed graph_need_less(const Graph *graph);

/* Turns the slabs away that no node stands in, but for one. There must be no
** spare buffer: those are turned away already. */
void graph_retire_empty(Graph *graph);

/* The key of a buffer that is not used any more; false: none. */
bool graph_next_spare(Graph *graph, int64_t *key);

/* Bytes of all buffers in use. */
size_t graph_bytes(const Graph *graph);

/* Nodes: a slot, and an id that no other node ever has. */

bool graph_find(const Graph *graph, uint64_t id, uint32_t *slot);
uint64_t graph_id(const Graph *graph, uint32_t slot);

/* node_make, node_release and node_link (nodes.h) do what is done most. */

/* Up to n new nodes with a handle each, in slots one after the other; there
** must be room for one. Returns how many. */
uint32_t graph_make_run(Graph *graph, uint64_t n, uint32_t *first);

/* The upper halves of a run's ids. */
const uint16_t *graph_generations(const Graph *graph, uint32_t first);

typedef enum GraphStatus {
  GRAPH_OK,
  GRAPH_DEAD,        /* no node has the id */
  GRAPH_DEAD_TARGET, /* nor the second one */
  GRAPH_NO_HANDLE,
  GRAPH_NO_ROOM /* graph_need_edges(graph, from, 1) says what is wanted */
} GraphStatus;

void graph_retain(Graph *graph, uint32_t slot);

/* Ids that stand `stride` bytes apart. */
typedef struct GraphIds {
  const void *first;
  size_t stride;
  size_t n;
} GraphIds;

uint64_t graph_id_at(const GraphIds *ids, size_t k);

/* Whether all name live nodes; else *at is the first that does not. */
bool graph_all_alive(const Graph *graph, const GraphIds *ids, size_t *at);

/* A handle less for each, or, where that is wrong for item *at, for none. */
GraphStatus graph_release_all(Graph *graph, const GraphIds *ids, size_t *at);

uint32_t graph_handles(const Graph *graph, uint32_t slot);
uint64_t graph_references(const Graph *graph, uint32_t slot);

/* GRAPH_VALUED, GRAPH_LABELLED */
void graph_flag(Graph *graph, uint32_t slot, uint32_t flag, bool on);
bool graph_flagged(const Graph *graph, uint32_t slot, uint32_t flag);

/* The first node from *slot on; false: there is none. */
bool graph_next(const Graph *graph, uint64_t *slot);

/* Strong edges from item to next item, from pair *at on; stops with *at at the
** first that cannot be. */
GraphStatus graph_link_all(Graph *graph, const GraphIds *ids, size_t *at);

/* A weak edge; there must be room for two entries. O(1) */
void graph_weaken(Graph *graph, uint32_t from, uint32_t to);

/* O(edges out of the node) */
bool graph_unlink(Graph *graph, uint32_t from, uint32_t to);
uint32_t graph_clear(Graph *graph, uint32_t slot);

/* The next edge out of a node: *entry is 0 at first. Skips dead weak ones. */
bool graph_next_edge(const Graph *graph, uint32_t slot, uint32_t *entry,
                     uint32_t *to, bool *weak);

/* The next edge to a node: both *from and *entry are 0 at first. O(edges) in
** all. */
bool graph_next_referrer(const Graph *graph, uint32_t to, uint64_t *from,
                         uint32_t *entry, bool *weak);

/* Collection */

/* Frees what no handle leads to. Events may be called in the midst of it. */
void graph_collect(Graph *graph, GraphReport *report);

/* What was saved: whether this node is; lets all go. */
bool graph_saved(const Graph *graph, uint32_t slot);
void graph_drop_saved(Graph *graph);

/* Calls the finalizer, while there is one, of every node that had no call. */
void graph_finalize_all(Graph *graph);

/* A node that a search has met, and the place of the one that led to it. */
typedef struct GraphStep {
  uint32_t slot, parent;
} GraphStep;

/* A shortest path of strong edges from a node with a handle. */
typedef struct GraphPath {
  const GraphStep *steps;
  uint32_t position;
  uint32_t length; /* nodes that are still to come */
} GraphPath;

/* `steps` has room for graph->slots items. False: there is no path.
** O(nodes + edges). */
bool graph_path(Graph *graph, uint32_t to, GraphStep *steps, GraphPath *path);

/* The path's next node, from its end to its beginning. */
uint32_t graph_path_back(GraphPath *path);

#endif
