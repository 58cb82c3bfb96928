#include "host/profiler/tree.h"

#include <stdlib.h>
#include <string.h>

enum {
  CHUNK = 1024,
  MOST_NODES = 1 << 19,
  LARGE = 1 << 16, /* nodes from which on all recursion is folded */
  DEEP = 256       /* depth from which on it is */
};

Node tree_no_node;

Node *tree_node(const Tree *tree, uint32_t number) {
  return &tree->chunks[number / CHUNK][number % CHUNK];
}

static bool reserve(Tree *tree) {
  if (tree->count % CHUNK) return true;
  Node **chunk = &tree->chunks[tree->count / CHUNK];
  if (!*chunk) *chunk = calloc(CHUNK, sizeof **chunk);
  return *chunk != NULL;
}

static uint32_t place_hash(const Node *parent, uint32_t function) {
  return index_hash(parent->number, function);
}

static Node *find(const Tree *tree, const Node *parent, uint32_t function) {
  uint32_t hash = place_hash(parent, function), position = hash, number;
  while ((number = index_next(&tree->by_place, hash, &position))) {
    Node *node = tree_node(tree, number - 1);
    if (node->parent == parent && node->function == function) return node;
  }
  return NULL;
}

static Node *find_anywhere(const Tree *tree, uint32_t function) {
  uint32_t hash = index_hash(function, 0), position = hash, number;
  while ((number = index_next(&tree->by_function, hash, &position)))
    if (tree_node(tree, number - 1)->function == function)
      return tree_node(tree, number - 1);
  return NULL;
}

/* NULL when memory runs out or the tree is full. */
static Node *add(Tree *tree, Node *parent, uint32_t function) {
  if (tree->count == MOST_NODES || !reserve(tree)) return NULL;
  uint32_t number = tree->count;
  if (parent &&
      !index_add(&tree->by_place, place_hash(parent, function), number + 1))
    return NULL;
  if (!find_anywhere(tree, function))
    index_add(&tree->by_function, index_hash(function, 0), number + 1);
  Node *node = tree_node(tree, number);
  *node = (Node){.last = &tree_no_node,
                 .function = function,
                 .parent = parent,
                 .number = number,
                 .depth = parent ? parent->depth + 1 : 0};
  tree->count++;
  return node;
}

/* The ancestor to fold a call onto, or NULL. */
static Node *fold(const Tree *tree, Node *parent, uint32_t function) {
  if (parent->depth < DEEP && tree->count < LARGE) return NULL;
  for (Node *node = parent; node; node = node->parent)
    if (node->function == function) return node;
  return NULL;
}

Node *tree_child(Tree *tree, Node *parent, uint32_t function) {
  Node *node = find(tree, parent, function);
  if (!node) node = fold(tree, parent, function);
  if (!node) node = add(tree, parent, function);
  if (node) return node;
  *(tree->count == MOST_NODES ? &tree->full : &tree->starved) = true;
  node = find_anywhere(tree, function);
  return node ? node : parent;
}

bool tree_open(Tree *tree) {
  tree->chunks = calloc(MOST_NODES / CHUNK, sizeof(Node *));
  return tree->chunks && add(tree, NULL, 0) != NULL;
}

void tree_close(Tree *tree) {
  for (uint32_t i = 0; tree->chunks && i < MOST_NODES / CHUNK; i++)
    free(tree->chunks[i]);
  free(tree->chunks);
  index_free(&tree->by_place);
  index_free(&tree->by_function);
  *tree = (Tree){0};
}
