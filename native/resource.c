#include "native/resource.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

static Resource *first;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

const void *resource_state(lua_State *L) {
  return lua_topointer(L, LUA_REGISTRYINDEX);
}

void *resource_new(lua_State *L, size_t size,
                   void (*release)(Resource *resource)) {
  Resource *resource = calloc(1, size);
  if (!resource) return NULL;
  resource->state = resource_state(L);
  resource->owner = getpid();
  resource->release = release;
  pthread_mutex_lock(&lock);
  resource->next = first;
  if (first) first->before = resource;
  first = resource;
  pthread_mutex_unlock(&lock);
  return resource;
}

static void unlink_one(Resource *resource) {
  if (resource->before)
    resource->before->next = resource->next;
  else
    first = resource->next;
  if (resource->next) resource->next->before = resource->before;
}

static void release_one(Resource *resource) {
  if (resource->owner == getpid()) resource->release(resource);
  free(resource);
}

void resource_free(void *resource) {
  if (!resource) return;
  pthread_mutex_lock(&lock);
  unlink_one(resource);
  pthread_mutex_unlock(&lock);
  release_one(resource);
}

static Resource *take(const void *state) {
  pthread_mutex_lock(&lock);
  Resource *resource = first;
  while (resource && resource->state != state) resource = resource->next;
  if (resource) unlink_one(resource);
  pthread_mutex_unlock(&lock);
  return resource;
}

void resource_sweep(const void *state) {
  Resource *resource;
  while ((resource = take(state))) release_one(resource);
}
