#include "host/tracker/label.h"

#include <stdlib.h>
#include <string.h>

static void *add_label(void *block, size_t old, size_t size) {
  char *start = realloc(block, size + sizeof(Label));
  if (!start) return NULL;
  if (block) memmove(start + sizeof(Label), start, old < size ? old : size);
  return start + sizeof(Label);
}

void *label_alloc_labelled(void *block, size_t old, size_t size) {
  if (!label_is_on(block)) return add_label(block, old, size);
  if (size > 0) {
    Label *start = realloc(label_of(block), size + sizeof(Label));
    return start ? start + 1 : NULL;
  }
  free(label_of(block));
  return NULL;
}
