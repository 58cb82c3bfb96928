/* unstarted fork|watch|poll: starts a sandbox where no process can be made,
** where its end could not be seen, or where that cannot be waited for; prints
** what came of it. Whoever is to be killed meanwhile is printed, too, where
** that is no process of its own. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "host/sandbox/sandbox.h"

static const char *refused;

static bool refuses(const char *what, int error) {
  if (strcmp(refused, what) != 0) return false;
  errno = error;
  return true;
}

/* NOLINTBEGIN(bugprone-reserved-identifier): the linker's names */
int __real_kill(pid_t pid, int number);
int __wrap_kill(pid_t pid, int number);
pid_t __real_fork(void);
pid_t __wrap_fork(void);
int __real_poll(struct pollfd *fds, nfds_t n, int patience);
int __wrap_poll(struct pollfd *fds, nfds_t n, int patience);
long __real_syscall(long number, long a, long b, long c, long d, long e);
long __wrap_syscall(long number, long a, long b, long c, long d, long e);

int __wrap_kill(pid_t pid, int number) {
  if (pid > 0) return __real_kill(pid, number);
  printf("kill(%d, %d)\n", (int)pid, number);
  return 0;
}

pid_t __wrap_fork(void) { return refuses("fork", EAGAIN) ? -1 : __real_fork(); }

int __wrap_poll(struct pollfd *fds, nfds_t n, int patience) {
  return refuses("poll", EINVAL) ? -1 : __real_poll(fds, n, patience);
}

long __wrap_syscall(long number, long a, long b, long c, long d, long e) {
  if (number == SYS_clone && refuses("fork", EAGAIN)) return -1;
  if (number == SYS_pidfd_open && refuses("watch", EMFILE)) return -1;
  return __real_syscall(number, a, b, c, d, e);
}

/* NOLINTEND(bugprone-reserved-identifier) */

int main(int argc, char **argv) {
  Sandbox sandbox;
  SandboxPolicy policy = {.layers = SANDBOX_ALL, .kept = STDERR_FILENO};
  refused = argc > 1 ? argv[1] : "";
  pid_t pid = sandbox_start(&sandbox, &policy);
  if (pid == 0) {
    pause();
    return 0;
  }
  if (pid < 0) return printf("%s\n", sandbox.report.message) < 0;
  int status = sandbox_supervise(&sandbox, 0);
  printf("%d: %s\n", status, strerror(errno));
  return 0;
}
