#include "host/tracker/label.h"

#include <stdlib.h>
#include <string.h>

static void *resize(void *start, size_t size) {
  return start ? realloc(start, size) : malloc(size);
}

static void *add_label(void *block, size_t old, size_t size) {
  char *start = resize(block, size + sizeof(Label));
  if (!start) return NULL;
  if (block) memmove(start + sizeof(Label), start, old < size ? old : size);
  return start + sizeof(Label);
}

void *label_alloc(void *block, size_t old, size_t size, bool wanted) {
  if (!block || !label_is_on(block)) {
    if (size > 0)
      return wanted ? add_label(block, old, size) : resize(block, size);
    free(block);
    return NULL;
  }
  if (size > 0) {
    Label *start = realloc(label_of(block), size + sizeof(Label));
    return start ? start + 1 : NULL;
  }
  free(label_of(block));
  return NULL;
}
