#include "host/program.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

/* The host that Ctrl-C interrupts. */
static Perilune *volatile interruptible;

static void set_handler(void (*handler)(int)) {
  struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
  sigaction(SIGINT, &action, NULL);
}

static void on_interrupt(int number) {
  (void)number;
  set_handler(SIG_DFL);
  if (interruptible) perilune_interrupt(interruptible);
}

static void begin(Perilune *host) {
  interruptible = host;
  set_handler(on_interrupt);
}

PeriluneStatus program_call(Perilune *host, int nargs, int nresults) {
  begin(host);
  PeriluneStatus status = perilune_call(host, nargs, nresults);
  set_handler(SIG_DFL);
  return status;
}

bool program_choose_impl(Perilune *host, const char *choice) {
  if (!choice) choice = getenv("PERILUNE_IMPL");
  if (!choice || perilune_set_impl(host, choice) == PERILUNE_OK) return true;
  program_report(perilune_error(host));
  return false;
}

void program_report(const char *message) {
  fflush(stdout);
  fprintf(stderr, "perilune: %s\n", message);
}
