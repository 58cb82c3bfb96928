#include "host/program.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "host/profiler/exit.h"
#include "host/state.h"

enum { ECHO_TIME = 2 }; /* s */

/* The host that signals interrupt. */
static Perilune *volatile interruptible;

/* The signal that a command is to end by, and when it came; 0: none. */
static volatile sig_atomic_t ending;
static volatile time_t asked;

/* The next one ends the process. */
static void on_interrupt(int number) {
  exit_default(number);
  if (interruptible) perilune_interrupt(interruptible);
}

/* timeout(1) signals its child and then the group that the child is in. */
static void on_ending(int number) {
  time_t now = time(NULL);
  if (ending && now - asked < ECHO_TIME) return;
  ending = number;
  asked = now;
  if (interruptible) perilune_interrupt(interruptible);
}

/* Unlike an ignored signal, one that is caught has its default action again in
** programs that are started. */
static void on_broken_pipe(int number) { (void)number; }

/* Unless somebody has it ignored, as nohup does. */
static void handle(int number, void (*handler)(int)) {
  struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
  struct sigaction before;
  if (sigaction(number, NULL, &before) == 0 && before.sa_handler == SIG_DFL)
    sigaction(number, &action, NULL);
}

void program_unwind(void) {
  handle(SIGTERM, on_ending);
  handle(SIGHUP, on_ending);
  handle(SIGPIPE, on_broken_pipe);
}

int program_code(int code) { return ending ? 128 + ending : code; }

static void begin(Perilune *host) {
  struct sigaction action = {.sa_handler = on_interrupt,
                             .sa_flags = SA_RESTART};
  interruptible = host;
  sigaction(SIGINT, &action, NULL);
}

PeriluneStatus program_call(Perilune *host, int nargs, int nresults) {
  return program_call_with(host, nargs, nresults, host_add_traceback);
}

PeriluneStatus program_call_with(Perilune *host, int nargs, int nresults,
                                 lua_CFunction handler) {
  begin(host);
  PeriluneStatus status = host_call(host, nargs, nresults, handler);
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
