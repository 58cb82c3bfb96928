#include "host/interrupt.h"

#include <errno.h>
#include <lauxlib.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <time.h>

#define CARRIER SIGURG

/* The innermost host that runs on this thread. */
static _Thread_local Interrupt *_Atomic current;

static struct sigaction previous_action;
static pthread_once_t handler_installed = PTHREAD_ONCE_INIT;

static const char *message_of(InterruptReason reason) {
  switch (reason) {
  case INTERRUPT_TIME: return "time limit reached";
  case INTERRUPT_INSTRUCTIONS: return "instruction limit reached";
  default: return "interrupted!";
  }
}

static void raise_again(lua_State *L, lua_Debug *ar, void *data) {
  (void)ar;
  const Interrupt *interrupt = data;
  luaL_error(L, message_of(interrupt->ended));
}

/* A limit outlives pcall: every instruction from now on raises again, until
** the run ends. */
static void end_run(Interrupt *interrupt, InterruptReason reason) {
  interrupt->ended = reason;
  interrupt->counted = true;
  hook_claim(interrupt->hooks, HOOK_LIMIT, LUA_MASKCOUNT, 1, raise_again,
             interrupt);
}

static void raise_request(lua_State *L, lua_Debug *ar, void *data) {
  (void)ar;
  Interrupt *interrupt = data;
  InterruptReason reason = (InterruptReason)atomic_exchange(&interrupt->reason,
                                                            INTERRUPT_NONE);
  if (reason == INTERRUPT_NONE) return;
  if (reason != INTERRUPT_ASKED) end_run(interrupt, reason);
  luaL_error(L, message_of(reason));
}

static void pass_on(int signal, siginfo_t *info, void *context) {
  if (previous_action.sa_flags & SA_SIGINFO)
    previous_action.sa_sigaction(signal, info, context);
  else if (previous_action.sa_handler != SIG_IGN &&
           previous_action.sa_handler != SIG_DFL)
    previous_action.sa_handler(signal);
}

static void on_signal(int signal, siginfo_t *info, void *context) {
  int saved = errno;
  bool ours = false;
  for (Interrupt *i = current; i; i = i->outer) {
    if (atomic_load(&i->reason) == INTERRUPT_NONE) continue;
    hook_urge(i->hooks, HOOK_INTERRUPT, raise_request, i);
    ours = true;
  }
  if (!ours) pass_on(signal, info, context);
  errno = saved;
}

static void install_handler(void) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_sigaction = on_signal;
  action.sa_flags = SA_RESTART | SA_SIGINFO;
  sigemptyset(&action.sa_mask);
  sigaction(CARRIER, &action, &previous_action);
}

/* A limit is sent once, so nothing that is asked meanwhile may replace it. */
static void request(Interrupt *interrupt, InterruptReason reason) {
  int none = INTERRUPT_NONE;
  if (reason == INTERRUPT_ASKED)
    atomic_compare_exchange_strong(&interrupt->reason, &none, (int)reason);
  else
    atomic_store(&interrupt->reason, (int)reason);
}

/* The second look at the depth is made where interrupt_end waits for us, the
** first one keeps senders that come all the time from delaying it. */
void interrupt_send(Interrupt *interrupt, InterruptReason reason) {
  if (atomic_load(&interrupt->depth) == 0) return;
  atomic_fetch_add(&interrupt->senders, 1);
  if (atomic_load(&interrupt->depth) > 0) {
    request(interrupt, reason);
    pthread_kill(interrupt->runner, CARRIER);
  }
  atomic_fetch_sub(&interrupt->senders, 1);
}

static void count_down(lua_State *L, lua_Debug *ar, void *data);

/* Counts in steps: a coroutine that ends within one counts nothing, and the
** code around it does. */
static void claim_step(Interrupt *interrupt) {
  enum { STEP = 1000 };
  int step = interrupt->instructions_left < STEP
                 ? (int)interrupt->instructions_left
                 : STEP;
  interrupt->instructions_left -= (uint64_t)step;
  hook_claim(interrupt->hooks, HOOK_LIMIT, LUA_MASKCOUNT, step, count_down,
             interrupt);
}

static void count_down(lua_State *L, lua_Debug *ar, void *data) {
  Interrupt *interrupt = data;
  if (interrupt->instructions_left > 0) {
    claim_step(interrupt);
    return;
  }
  end_run(interrupt, INTERRUPT_INSTRUCTIONS);
  raise_again(L, ar, data);
}

static struct timespec deadline_after(double seconds) {
  enum { LONGEST = 1000000000 };
  struct timespec when;
  if (seconds > LONGEST) seconds = LONGEST;
  clock_gettime(CLOCK_MONOTONIC, &when);
  time_t whole = (time_t)seconds;
  when.tv_sec += whole;
  when.tv_nsec += (long)((seconds - (double)whole) * 1e9);
  if (when.tv_nsec >= 1000000000L) {
    when.tv_sec++;
    when.tv_nsec -= 1000000000L;
  }
  return when;
}

static void *watch(void *data) {
  Interrupt *interrupt = data;
  struct timespec deadline = deadline_after(interrupt->time_limit);
  int error = 0;
  pthread_mutex_lock(&interrupt->mutex);
  while (interrupt->watched && error != ETIMEDOUT)
    error = pthread_cond_timedwait(&interrupt->finished, &interrupt->mutex,
                                   &deadline);
  bool late = interrupt->watched;
  pthread_mutex_unlock(&interrupt->mutex);
  if (late) interrupt_send(interrupt, INTERRUPT_TIME);
  return NULL;
}

/* The watchdog takes no signals: they are for the program's own threads. */
static bool start_watchdog(Interrupt *interrupt) {
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  interrupt->watched = true;
  int error = pthread_create(&interrupt->watchdog, NULL, watch, interrupt);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  if (error) interrupt->watched = false;
  return !error;
}

static void stop_watchdog(Interrupt *interrupt) {
  pthread_mutex_lock(&interrupt->mutex);
  interrupt->watched = false;
  pthread_cond_signal(&interrupt->finished);
  pthread_mutex_unlock(&interrupt->mutex);
  pthread_join(interrupt->watchdog, NULL);
}

void interrupt_init(Interrupt *interrupt, Hooks *hooks) {
  pthread_once(&handler_installed, install_handler);
  interrupt->hooks = hooks;
  pthread_mutex_init(&interrupt->mutex, NULL);
  pthread_condattr_t attributes;
  pthread_condattr_init(&attributes);
  pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
  pthread_cond_init(&interrupt->finished, &attributes);
  pthread_condattr_destroy(&attributes);
}

void interrupt_destroy(Interrupt *interrupt) {
  pthread_cond_destroy(&interrupt->finished);
  pthread_mutex_destroy(&interrupt->mutex);
}

bool interrupt_begin(Interrupt *interrupt) {
  if (atomic_load(&interrupt->depth) > 0) {
    atomic_fetch_add(&interrupt->depth, 1);
    return true;
  }
  interrupt->ended = INTERRUPT_NONE;
  interrupt->runner = pthread_self();
  interrupt->outer = current;
  current = interrupt;
  atomic_store(&interrupt->depth, 1);
  interrupt->counted = interrupt->instruction_limit > 0;
  if (interrupt->counted) {
    interrupt->instructions_left = interrupt->instruction_limit;
    claim_step(interrupt);
  }
  if (interrupt->time_limit > 0 && !start_watchdog(interrupt)) {
    interrupt_end(interrupt);
    return false;
  }
  return true;
}

void interrupt_end(Interrupt *interrupt) {
  if (atomic_fetch_sub(&interrupt->depth, 1) > 1) return;
  if (interrupt->watched) stop_watchdog(interrupt);
  while (atomic_load(&interrupt->senders) > 0) sched_yield();
  atomic_store(&interrupt->reason, INTERRUPT_NONE);
  if (interrupt->counted) hook_release(interrupt->hooks, HOOK_LIMIT);
  current = interrupt->outer;
}
