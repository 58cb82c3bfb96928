/* Runs a script in a host whose allocator is replaced by that of luaL_newstate:
** what counting and tracking are measured against. The rest is the same, the
** objects that the collector looks at among it.
**
**   bare SCRIPT [ARGUMENT]... */
#include <stdio.h>
#include <stdlib.h>

#include "host/perilune.h"

static void *allocate(void *data, void *block, size_t old, size_t size) {
  (void)data;
  (void)old;
  if (size > 0) return realloc(block, size);
  free(block);
  return NULL;
}

int main(int argc, char **argv) {
  Perilune *host = argc < 2 ? NULL : perilune_open(NULL);
  if (!host) {
    fprintf(stderr, "usage: bare SCRIPT [ARGUMENT]...\n");
    return 2;
  }
  lua_setallocf(perilune_state(host), allocate, NULL);
  PeriluneStatus status = perilune_set_arguments(host, argc,
                                                 (const char *const *)argv, 1);
  if (status == PERILUNE_OK) status = perilune_run_file(host, argv[1]);
  if (status != PERILUNE_OK)
    fprintf(stderr, "bare: %s\n", perilune_error(host));
  perilune_close(host);
  return status != PERILUNE_OK;
}
