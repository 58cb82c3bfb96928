/* The command line of a script's run, parsed. */
#ifndef PERILUNE_OPTIONS_H
#define PERILUNE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

enum { OPTIONS_READS = 16 };

typedef struct Options {
  int argc;
  char **argv;
  int lua;    /* index of the first of Lua's options */
  int script; /* index of the script; argc when there is none */
  bool interactive, version, execute, ignore_environment, help;
  const char *watcher; /* the module to load first, which watches the script */
  const char *impl;
  size_t memory_limit; /* bytes; 0: none */
  double time_limit;   /* seconds; 0: none */
  bool sandbox;
  bool best; /* the sandbox that there is, though it may not be whole */
  const char *reads[OPTIONS_READS]; /* paths that are open in the sandbox */
  size_t read_count;
} Options;

/* What is wrong with a command line; `exit_code` is 0 when nothing is. */
typedef struct Misuse {
  int exit_code;
  bool of_lua; /* lua5.4 would answer with its usage */
  char message[256];
} Misuse;

/* Parses argv[first..]; the strings stay the caller's. */
Misuse options_parse(Options *options, int argc, char **argv, int first);

#endif
