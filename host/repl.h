/* The interactive mode of lua5.4. */
#ifndef PERILUNE_REPL_H
#define PERILUNE_REPL_H

#include "host/perilune.h"

/* Reads, runs and prints until the end of standard input. Clears the stack;
** throws only when memory runs out. */
void repl_run(Perilune *host);

#endif
