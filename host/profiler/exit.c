#include "host/profiler/exit.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

enum { PATIENCE = 500, ECHO_TIME = 50, COPY_PATIENCE = 20 }; /* ms; ms; s */

/* SIGINT is the interpreter's, who may hand it on by exit_default. */
static const int watched[] = {SIGTERM, SIGHUP, SIGPIPE};

enum { WATCHED = sizeof watched / sizeof watched[0] };

static struct {
  volatile sig_atomic_t on;
  volatile sig_atomic_t asked; /* the signal that came first; 0: none */
  struct timespec when;        /* it came */
  Hooks *hooks;
  lua_State *spare;
  ExitSave save;
  pid_t owner;
  pthread_t thread;
  timer_t timer; /* sends SIGTERM */
  bool has_timer;
} watch;

static void set_action(int number, const struct sigaction *action) {
  static const struct sigaction plain = {.sa_handler = SIG_DFL};
  sigaction(number, action ? action : &plain, NULL);
}

/* Inside the signal's handler as well. */
static void end_by(int number) {
  sigset_t set;
  set_action(number, NULL);
  sigemptyset(&set);
  sigaddset(&set, number);
  pthread_sigmask(SIG_UNBLOCK, &set, NULL);
  kill(getpid(), number);
}

static void save_and_end(lua_State *L, lua_Debug *ar, void *data) {
  (void)ar;
  (void)data;
  watch.save(L);
  exit_obey();
}

static void on_signal(int number, siginfo_t *info, void *context);

static bool has_action(int number, void (*handler)(int)) {
  struct sigaction now;
  return sigaction(number, NULL, &now) == 0 && !(now.sa_flags & SA_SIGINFO) &&
         now.sa_handler == handler;
}

static bool is_ours(int number) {
  struct sigaction now;
  return sigaction(number, NULL, &now) == 0 && (now.sa_flags & SA_SIGINFO) &&
         now.sa_sigaction == on_signal;
}

static void start_timer(void) {
  const struct itimerspec when = {.it_value.tv_nsec = PATIENCE * 1000000L};
  if (watch.has_timer && is_ours(SIGTERM))
    timer_settime(watch.timer, 0, &when, NULL);
}

static void ask(int number) {
  clock_gettime(CLOCK_MONOTONIC, &watch.when);
  watch.asked = number;
  start_timer();
  hook_urge(watch.hooks, HOOK_EXIT, save_and_end, NULL);
}

/* Whatever the C function has left half done, this process ends anyway. */
static void save_in_copy(void) {
  pid_t copy = fork();
  if (copy == 0) {
    for (int i = 0; i < WATCHED; i++) set_action(watched[i], NULL);
    set_action(SIGALRM, NULL);
    alarm(COPY_PATIENCE);
    watch.owner = getpid();
    lua_gc(watch.spare, LUA_GCSTOP);
    watch.save(watch.spare);
    _exit(0);
  }
  while (copy > 0 && waitpid(copy, NULL, 0) < 0 && errno == EINTR) continue;
}

/* timeout(1) signals its child and then the group that the child is in. */
static bool is_echo(int number, const siginfo_t *info) {
  struct timespec now;
  if (number != watch.asked || info->si_code != SI_USER) return false;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (now.tv_sec - watch.when.tv_sec) * 1000 +
             (now.tv_nsec - watch.when.tv_nsec) / 1000000 <
         ECHO_TIME;
}

/* One write may break a pipe several times. */
static void come_again(int number, const siginfo_t *info) {
  if (number == SIGPIPE || is_echo(number, info)) return;
  if (info->si_code == SI_TIMER) save_in_copy();
  end_by(info->si_code == SI_TIMER ? watch.asked : number);
}

static void on_signal(int number, siginfo_t *info, void *context) {
  int saved = errno;
  (void)context;
  if (!watch.on || getpid() != watch.owner)
    end_by(number);
  else if (!pthread_equal(pthread_self(), watch.thread))
    pthread_kill(watch.thread, number);
  else if (watch.asked)
    come_again(number, info);
  else
    ask(number);
  errno = saved;
}

/* Calls that wait return early, so that the program's next instruction comes.
** A second signal is taken while the first one's handler runs. */
static struct sigaction our_action(void) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_sigaction = on_signal;
  action.sa_flags = SA_SIGINFO | SA_NODEFER;
  sigemptyset(&action.sa_mask);
  return action;
}

static void make_timer(void) {
  struct sigevent event;
  memset(&event, 0, sizeof event);
  event.sigev_notify = SIGEV_THREAD_ID;
  event.sigev_signo = SIGTERM;
  event.sigev_notify_thread_id = gettid();
  watch.has_timer = timer_create(CLOCK_MONOTONIC, &event, &watch.timer) == 0;
}

bool exit_watch(Hooks *hooks, lua_State *spare, ExitSave save) {
  if (watch.on && watch.owner == getpid()) return false;
  const struct sigaction ours = our_action();
  watch.hooks = hooks;
  watch.spare = spare;
  watch.save = save;
  watch.owner = getpid();
  watch.thread = pthread_self();
  watch.asked = 0;
  watch.has_timer = false;
  watch.on = true;
  for (int i = 0; i < WATCHED; i++)
    if (has_action(watched[i], SIG_DFL)) set_action(watched[i], &ours);
  if (is_ours(SIGTERM)) make_timer();
  return true;
}

bool exit_end(void) {
  if (!watch.on || getpid() != watch.owner) return false;
  watch.on = false;
  if (watch.has_timer) timer_delete(watch.timer);
  for (int i = 0; i < WATCHED; i++)
    if (is_ours(watched[i])) set_action(watched[i], NULL);
  if (is_ours(SIGINT)) set_action(SIGINT, NULL);
  hook_calm(watch.hooks, HOOK_EXIT);
  return true;
}

void exit_obey(void) {
  if (watch.asked && watch.owner == getpid()) end_by(watch.asked);
}

void exit_default(int number) {
  const struct sigaction ours = our_action();
  set_action(number, watch.on ? &ours : NULL);
}
