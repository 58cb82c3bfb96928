#include "host/heap.h"

#include <stdbool.h>
#include <stdlib.h>

static bool fails(Heap *heap) {
  if (heap->failure == HEAP_FAIL_NEVER) return false;
  heap->requests++;
  if (heap->failure == HEAP_FAIL_PERSISTENT)
    return heap->requests >= heap->fail_at;
  return heap->requests == heap->fail_at || heap->requests == heap->fail_at + 1;
}

static bool refuses(Heap *heap, size_t growth) {
  if (heap->limit != 0 &&
      (heap->used > heap->limit || growth > heap->limit - heap->used))
    return true;
  return fails(heap);
}

static void *pass_on(Heap *heap, void *block, size_t old, size_t size) {
  if (heap->next) return heap->next(heap->next_data, block, old, size);
  if (size > 0) return block ? realloc(block, size) : malloc(size);
  free(block);
  return NULL;
}

static void *heap_alloc(void *data, void *block, size_t old, size_t size) {
  Heap *heap = data;
  size_t held = block ? old : 0; /* without a block, `old` is a type tag */
  if (size > held && refuses(heap, size - held)) return NULL;
  void *result = pass_on(heap, block, old, size);
  if (result || size == 0) {
    heap->used = heap->used - held + size;
    if (heap->used > heap->peak) heap->peak = heap->used;
  }
  return result;
}

void heap_attach(Heap *heap, lua_State *L, bool own) {
  if (!own) heap->next = lua_getallocf(L, &heap->next_data);
  heap->used = (size_t)lua_gc(L, LUA_GCCOUNT) * 1024 +
               (size_t)lua_gc(L, LUA_GCCOUNTB);
  heap->peak = heap->used;
  lua_setallocf(L, heap_alloc, heap);
}

void heap_detach(Heap *heap, lua_State *L) {
  if (heap->next) lua_setallocf(L, heap->next, heap->next_data);
}

void heap_limit(Heap *heap, size_t bytes) {
  heap->limit = heap->ceiling = bytes;
}

void heap_fail(Heap *heap, HeapFailure failure, uint64_t n) {
  heap->failure = failure;
  heap->requests = 0;
  heap->fail_at = n;
}
