/* `perilune FILE` and `perilune run`: lua5.4's command line, with a few long
** options of our own before Lua's. */
#ifndef PERILUNE_INTERPRETER_H
#define PERILUNE_INTERPRETER_H

/* Runs argv[first..]; returns the exit code. */
int interpreter_main(int argc, char **argv, int first);

/* Prints what `perilune run -h` does; returns the exit code. */
int interpreter_usage(void);

#endif
