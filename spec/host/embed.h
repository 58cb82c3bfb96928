/* What the tests in C share. */
#ifndef PERILUNE_SPEC_EMBED_H
#define PERILUNE_SPEC_EMBED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/perilune.h"
#include "host/state.h"

#define CHECK(condition) \
  do { \
    if (!(condition)) { \
      fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
      exit(1); \
    } \
  } while (0)

static inline Perilune *open_host(void) {
  Perilune *host = perilune_open(NULL);
  CHECK(host != NULL);
  return host;
}

static inline PeriluneStatus run(Perilune *host, const char *chunk) {
  return perilune_run_string(host, chunk, strlen(chunk), "=chunk");
}

static inline void run_ok(Perilune *host, const char *chunk) {
  if (run(host, chunk) == PERILUNE_OK) return;
  fprintf(stderr, "%s\n", perilune_error(host));
  exit(1);
}

static inline bool failed_with(const Perilune *host, const char *text) {
  return strstr(perilune_error(host), text) != NULL;
}

typedef struct Test {
  const char *name; /* NULL at the end of a list */
  void (*run)(void);
} Test;

extern const Test attach_tests[];  /* embed_attach.c */
extern const Test heap_tests[];    /* embed_heap.c */
extern const Test limit_tests[];   /* embed_limits.c */
extern const Test pool_tests[];    /* embed_pool.c */
extern const Test profile_tests[]; /* embed_profile.c */

#endif
