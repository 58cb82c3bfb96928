/* How a child ends: by itself, killed by us, and what is said of it. */
#include "host/child/end.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/family.h"
#include "host/seconds.h"

enum {
  DEATH_WAIT = 1,  /* s for a child that has closed its socket to end */
  DEATH_LOOK = 10, /* ms between two looks whether it has */
};

const char *const child_code_names[CHILD_CODES] = {
    [CHILD_OK] = "ok",           [CHILD_ERROR] = "error",
    [CHILD_MEMORY] = "memory",   [CHILD_SYNTAX] = "syntax",
    [CHILD_MISSING] = "missing", [CHILD_CONTRACT] = "contract",
    [CHILD_DATA] = "data",       [CHILD_TIME] = "time",
    [CHILD_OUTPUT] = "output",   [CHILD_EXIT] = "exit",
    [CHILD_CRASH] = "crash",     [CHILD_SYSTEM] = "system",
};

static void set_failure(Child *child, ChildCode code, const char *format,
                        va_list arguments) {
  if (child->code != CHILD_OK) return;
  child->code = code;
  vsnprintf(child->message, sizeof child->message, format, arguments);
}

void child_note(Child *child, ChildCode code, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  set_failure(child, code, format, arguments);
  va_end(arguments);
}

void child_close_descriptor(int *fd) {
  if (*fd > 0) close(*fd);
  *fd = 0;
}

/* Leaves it to be reaped. */
static bool is_dead(pid_t pid) {
  siginfo_t news = {0};
  int failed = waitid(P_PID, (id_t)pid, &news, WEXITED | WNOHANG | WNOWAIT);
  return failed || news.si_pid == pid;
}

/* Whether the child has ended by itself; waits a little, since its socket
** closes before it does. Its descriptor only ends the waiting at once: where
** none can be had, poll sleeps. */
static bool has_ended(const Child *child) {
  double end = seconds_on(CLOCK_MONOTONIC) + DEATH_WAIT;
  struct pollfd death = {(int)syscall(SYS_pidfd_open, child->pid, 0), POLLIN,
                         0};
  bool ended = is_dead(child->pid);
  while (!ended && seconds_on(CLOCK_MONOTONIC) < end) {
    poll(&death, 1, DEATH_LOOK);
    ended = is_dead(child->pid);
  }
  if (death.fd >= 0) close(death.fd);
  return ended;
}

/* Kills what is left of the child's processes and reaps the child itself. Where
** that has processes of its own to reap, it does so first. */
static int reap(Child *child) {
  int status = 0;
  if (child->first > 0 &&
      syscall(SYS_pidfd_send_signal, child->first, SIGKILL, NULL, 0) == 0)
    has_ended(child);
  child_close_descriptor(&child->first);
  family_kill(child->pid);
  while (waitpid(child->pid, &status, 0) < 0 && errno == EINTR) continue;
  child->pid = 0;
  return status;
}

void child_close(Child *child) {
  if (child->owner != getpid()) return;
  if (child->pid != 0) reap(child);
  child_close_descriptor(&child->socket);
  child_close_descriptor(&child->pipe);
}

void child_fail(Child *child, ChildCode code, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  set_failure(child, code, format, arguments);
  va_end(arguments);
  child_drain(child);
  child_close(child);
}

static void describe_death(Child *child, int status) {
  if (WIFEXITED(status)) {
    child_note(child, CHILD_EXIT, "exit status %d", WEXITSTATUS(status));
  } else if (WTERMSIG(status) == SIGXCPU) {
    child_note(child, CHILD_TIME, "stopped after %g s of processor time",
               child->limits.cpu);
  } else {
    const char *name = sigabbrev_np(WTERMSIG(status));
    const char *description = sigdescr_np(WTERMSIG(status));
    child_note(child, CHILD_CRASH, "killed by SIG%s (%s)", name ? name : "?",
               description ? description : "unknown");
  }
}

void child_lost(Child *child) {
  bool ended = has_ended(child);
  child_drain(child);
  int status = reap(child);
  if (ended) describe_death(child, status);
  child_note(child, CHILD_CRASH, "closed its connection");
  child_close(child);
}
