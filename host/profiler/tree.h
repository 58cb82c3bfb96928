/* The calling-context tree: a node for each chain of calls.
**
** Its size is bounded. Recursion below a depth, or in a tree that has grown
** large, is folded onto the ancestor that runs the same function; a full tree
** takes no new nodes, and a call then counts for a node of its function
** elsewhere. Counts and times by function stay exact; chains become shorter. */
#ifndef PERILUNE_TREE_H
#define PERILUNE_TREE_H

#include <stdbool.h>
#include <stdint.h>

#include "host/profiler/index.h"

typedef struct Node {
  const void *key;   /* its function's, of `age` (callinfo.h) */
  struct Node *last; /* the child that was called last; never NULL */
  uint64_t self;     /* ticks */
  uint64_t calls;
  unsigned age;
  uint32_t function;
  struct Node *parent; /* NULL: the root */
  uint32_t number, depth;
  uint64_t tail;            /* calls that were tail calls */
  uint64_t wait, suspended; /* ticks */
  uint64_t samples, bytes, blocks;
} Node;

typedef struct Tree {
  Node **chunks;
  uint32_t count;
  Index by_place;    /* parent and function -> number + 1 */
  Index by_function; /* function -> number + 1 of its first node */
  bool full;         /* nodes were left out, for there were too many */
  bool starved;      /* nodes were left out, for want of memory */
} Tree;

bool tree_open(Tree *tree);
void tree_close(Tree *tree);
Node *tree_node(const Tree *tree, uint32_t number);

/* The child of `parent` for a function: found, made, or folded. Never NULL. */
Node *tree_child(Tree *tree, Node *parent, uint32_t function);

/* A node that is no child of any: what `last` is at first. */
extern Node tree_no_node;

#endif
