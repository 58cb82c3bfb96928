/* Command lines: an input's lines are arguments. What is parsed points into the
** arguments, and a misuse says what is wrong. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "host/options.h"

enum { MOST = 64 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const Options *options, const Misuse *misuse, int argc) {
  if (misuse->exit_code) {
    if (!misuse->of_lua && misuse->message[0] == '\0') abort();
    return;
  }
  if (options->help) return;
  if (options->script < 1 || options->script > argc) abort();
  if (options->lua < 1 || options->lua > argc) abort();
  if (!(options->time_limit >= 0)) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  char *argv[MOST + 2] = {"perilune"};
  int argc = 1;
  char *text = malloc(size + 1);
  if (!text) abort();
  memcpy(text, data, size);
  text[size] = '\0';
  for (char *at = text; at && argc <= MOST; argc++)
    argv[argc] = strsep(&at, "\n");
  Options options;
  Misuse misuse = options_parse(&options, argc, argv, 1);
  check(&options, &misuse, argc);
  free(text);
  return 0;
}
