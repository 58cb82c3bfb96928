/* Ending a run from outside: interrupts, and limits of time and instructions.
**
** A request is raised on the thread that runs the host: the sender leaves the
** reason and sends SIGURG to that thread, whose handler urges the hook, as
** lua.c does for SIGINT. SIGURG is ignored by default, debuggers pass it on and
** no library sends it (Go preempts its goroutines with it for the same
** reasons). */
#ifndef PERILUNE_INTERRUPT_H
#define PERILUNE_INTERRUPT_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "host/hook.h"

typedef enum InterruptReason {
  INTERRUPT_NONE,
  INTERRUPT_ASKED,        /* raised once */
  INTERRUPT_TIME,         /* raised until the run ends */
  INTERRUPT_INSTRUCTIONS, /* likewise */
} InterruptReason;

typedef struct Interrupt {
  Hooks *hooks;
  pthread_t runner;        /* the thread that runs the host, while depth > 0 */
  atomic_int depth;        /* runs under way, one inside the other */
  atomic_int senders;      /* in interrupt_send just now */
  atomic_int reason;       /* wanted and not yet raised */
  InterruptReason ended;   /* why the last run ended, when a limit ended it */
  struct Interrupt *outer; /* the host that was running on this thread */
  double time_limit;
  uint64_t instruction_limit;
  uint64_t instructions_left;
  pthread_t watchdog;
  pthread_mutex_t mutex;
  pthread_cond_t finished;
  bool watched;
  bool counted; /* HOOK_LIMIT is claimed */
} Interrupt;

void interrupt_init(Interrupt *interrupt, Hooks *hooks);
void interrupt_destroy(Interrupt *interrupt);

/* Around each run, on the thread that runs it; runs may nest. False when the
** watchdog of a time limit could not be started. */
bool interrupt_begin(Interrupt *interrupt);
void interrupt_end(Interrupt *interrupt);

/* Any thread, any signal handler. No effect without a run under way. */
void interrupt_send(Interrupt *interrupt, InterruptReason reason);

#endif
