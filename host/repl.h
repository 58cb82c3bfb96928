/* The interactive mode: lua5.4's where standard input is a file or a pipe; at a
** terminal lines are edited, remembered and completed, results shown in full,
** and lines like `:help` are commands (host/lua/perilune/cli/prompt.lua). */
#ifndef PERILUNE_REPL_H
#define PERILUNE_REPL_H

#include "host/perilune.h"

/* Reads, runs and prints until the end of standard input. Clears the stack;
** throws only when memory runs out. */
void repl_run(Perilune *host);

#endif
