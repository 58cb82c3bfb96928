/* A host's standard streams, handed to the embedding program. */
#ifndef PERILUNE_OUTPUT_H
#define PERILUNE_OUTPUT_H

#include <lua.h>
#include <stdio.h>

#include "host/perilune.h"

typedef struct Output {
  PeriluneWrite write;
  void *data;
  FILE *file;     /* what the script writes to; NULL: the process's own */
  bool warnings;  /* warn is on */
  bool continued; /* the next piece of a warning goes on the same line */
} Output;

/* Opens `output->file`; false when that fails. */
bool output_open(Output *output, PeriluneWrite write, void *data);

/* Flushes and closes the file, if there is one. After lua_close. */
void output_close(Output *output);

/* io.stdout, the default output and print, or io.stderr and warn, write to
** `output` from now on. May throw. */
void output_install(lua_State *L, Output *output, int stream);

#endif
