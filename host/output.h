/* A host's standard streams, handed to the embedding program. */
#ifndef PERILUNE_OUTPUT_H
#define PERILUNE_OUTPUT_H

#include <lauxlib.h>
#include <stdio.h>

#include "host/perilune.h"

typedef struct Output {
  PeriluneWrite write;
  void *data;
  int stream;          /* 1 or 2 */
  FILE *file;          /* NULL: not redirected */
  luaL_Stream *target; /* what the script writes to, the state's own */
} Output;

/* Opens `output->file`; false when that fails. */
bool output_open(Output *output, int stream, PeriluneWrite write, void *data);

/* io.stdout, the default output and print, or io.stderr and warn, write to
** `output` from now on. May throw. */
void output_install(lua_State *L, Output *output);

/* What the script still holds writes to the process's own stream again. */
void output_detach(Output *output);

/* Flushes and closes the file, if there is one. After lua_close, or
** output_detach. */
void output_close(Output *output);

#endif
