/* A script's run in a sandbox: `perilune run --sandbox`. */
#ifndef PERILUNE_CONFINED_H
#define PERILUNE_CONFINED_H

#include "host/options.h"

/* Returns false in the process that is to run the script, confined, with what
** holds there in the options. Returns true in the one that called, once the
** other has ended or was refused, with the exit code. */
bool confined_run(Options *options, int *exit_code);

#endif
