#include "host/program.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "host/profiler/exit.h"

/* The host that Ctrl-C interrupts. */
static Perilune *volatile interruptible;

/* The next one ends the process. */
static void on_interrupt(int number) {
  exit_default(number);
  if (interruptible) perilune_interrupt(interruptible);
}

static void begin(Perilune *host) {
  struct sigaction action = {.sa_handler = on_interrupt,
                             .sa_flags = SA_RESTART};
  interruptible = host;
  sigaction(SIGINT, &action, NULL);
}

PeriluneStatus program_call(Perilune *host, int nargs, int nresults) {
  begin(host);
  PeriluneStatus status = perilune_call(host, nargs, nresults);
  exit_default(SIGINT);
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
