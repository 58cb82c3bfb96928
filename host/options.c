#include "host/options.h"

#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static Misuse misuse(int exit_code, bool of_lua, const char *format, ...) {
  Misuse wrong = {.exit_code = exit_code, .of_lua = of_lua};
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(wrong.message, sizeof wrong.message, format, arguments);
  va_end(arguments);
  return wrong;
}

static const Misuse fine;

/* "64M" -> bytes; 0 when it is no size. */
static size_t parse_size(const char *text) {
  char *end;
  double number = strtod(text, &end);
  const char *units = "KMG";
  const char *unit = *end ? strchr(units, *end) : NULL;
  if (unit) number *= (double)(UINT64_C(1) << 10 * (unit - units + 1));
  if (unit) end++;
  if (end == text || *end || !(number >= 1) || number > 9e15) return 0;
  return (size_t)number;
}

/* 0 when it is no time; below a microsecond it would be none for a timer. */
static double parse_seconds(const char *text) {
  char *end;
  double number = strtod(text, &end);
  bool whole = end != text && (!*end || strcmp(end, "s") == 0);
  return whole && number >= 1e-6 && number < 1e9 ? number : 0;
}

/* The value of a long option: what follows '=', or the next argument. */
static const char *value_of(Options *options, const char *name, int *i) {
  const char *argument = options->argv[*i];
  size_t length = strlen(name);
  if (argument[length] == '=') return argument + length + 1;
  if (*i + 1 < options->argc) return options->argv[++*i];
  return NULL;
}

static bool is_option(const char *argument, const char *name) {
  size_t length = strlen(name);
  return strncmp(argument, name, length) == 0 &&
         (argument[length] == '\0' || argument[length] == '=');
}

/* --sandbox or --sandbox=best */
static Misuse parse_sandbox(Options *options, const char *argument) {
  const char *value = strchr(argument, '=');
  if (value && strcmp(value, "=best") != 0)
    return misuse(2, false,
                  "'%s' is no sandbox: write --sandbox or "
                  "--sandbox=best",
                  value + 1);
  options->sandbox = true;
  options->best = value != NULL;
  return fine;
}

static Misuse add_read(Options *options, const char *path) {
  if (options->read_count == OPTIONS_READS)
    return misuse(2, false, "more than %d times --read", OPTIONS_READS);
  options->reads[options->read_count++] = path;
  return fine;
}

static Misuse parse_long(Options *options, int *i) {
  static const char *const names[] = {"--impl", "--memory-limit",
                                      "--time-limit", "--read"};
  const char *argument = options->argv[*i];
  size_t which = 0;
  if (is_option(argument, "--sandbox")) return parse_sandbox(options, argument);
  while (which < 4 && !is_option(argument, names[which])) which++;
  if (which == 4)
    return misuse(2, false, "unknown option '%s' (perilune run -h)", argument);
  const char *value = value_of(options, names[which], i);
  if (!value) return misuse(2, false, "'%s' needs a value", names[which]);
  if (which == 3) return add_read(options, value);
  if (which == 0) options->impl = value;
  if (which == 1) options->memory_limit = parse_size(value);
  if (which == 2) options->time_limit = parse_seconds(value);
  if (which == 1 && !options->memory_limit)
    return misuse(2, false, "'%s' is no size: write 64M or 1G", value);
  if (which == 2 && options->time_limit == 0)
    return misuse(2, false, "'%s' is no time: write seconds, as 2.5", value);
  return fine;
}

/* One of lua5.4's options, at argv[*i]; false in `*more` at the last one. */
static Misuse parse_short(Options *options, int *i, bool *more) {
  const char *argument = options->argv[*i];
  const Misuse unknown = misuse(1, true, "unrecognized option '%s'", argument);
  switch (argument[1]) {
  case '-':
    *more = false;
    if (argument[2]) return unknown;
    options->script = *i + 1;
    return fine;
  case '\0': *more = false; return fine;
  case 'E':
    if (argument[2]) return unknown;
    options->ignore_environment = true;
    return fine;
  case 'i':
    options->interactive = options->version = true;
    return argument[2] ? unknown : fine;
  case 'v': options->version = true; return argument[2] ? unknown : fine;
  case 'W': return argument[2] ? unknown : fine;
  case 'e': options->execute = true; /* fall through */
  case 'l':
    if (argument[2]) return fine;
    if (*i + 1 >= options->argc || options->argv[*i + 1][0] == '-')
      return misuse(1, true, "'%s' needs argument", argument);
    ++*i;
    return fine;
  default: return unknown;
  }
}

static Misuse parse_lua(Options *options) {
  bool more = true;
  int i = options->lua;
  for (; more && i < options->argc && options->argv[i][0] == '-'; i++) {
    options->script = i;
    Misuse wrong = parse_short(options, &i, &more);
    if (wrong.exit_code) return wrong;
    if (!more) return fine;
  }
  options->script = i;
  return fine;
}

static const char *watcher_of(const char *argument) {
  if (strcmp(argument, "--profile") == 0) return "perilune.auto";
  if (strcmp(argument, "--track") == 0) return "perilune.heap.auto";
  return NULL;
}

Misuse options_parse(Options *options, int argc, char **argv, int first) {
  *options = (Options){.argc = argc, .argv = argv, .script = argc};
  int i = first;
  for (; i < argc && strncmp(argv[i], "--", 2) == 0 && argv[i][2]; i++) {
    if (strcmp(argv[i], "--help") == 0) return options->help = true, fine;
    const char *watcher = watcher_of(argv[i]);
    if (watcher) {
      options->watcher = watcher;
      continue;
    }
    Misuse wrong = parse_long(options, &i);
    if (wrong.exit_code) return wrong;
  }
  if (i < argc && strcmp(argv[i], "-h") == 0) return options->help = true, fine;
  options->lua = i;
  return parse_lua(options);
}
