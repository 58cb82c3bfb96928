/* unforked: starts a sandbox where no process can be made, and prints what came
** of it. Whoever is to be killed meanwhile is printed instead. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "host/sandbox/sandbox.h"

/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl*): the linker's names */
int __wrap_kill(pid_t pid, int number);
pid_t __wrap_fork(void);
long __real_syscall(long number, long a, long b, long c, long d, long e);
long __wrap_syscall(long number, long a, long b, long c, long d, long e);

int __wrap_kill(pid_t pid, int number) {
  printf("kill(%d, %d)\n", (int)pid, number);
  return 0;
}

pid_t __wrap_fork(void) {
  errno = EAGAIN;
  return -1;
}

long __wrap_syscall(long number, long a, long b, long c, long d, long e) {
  if (number == SYS_clone) return __wrap_fork();
  return __real_syscall(number, a, b, c, d, e);
}

/* NOLINTEND(bugprone-reserved-identifier,cert-dcl*) */

int main(void) {
  Sandbox sandbox;
  SandboxPolicy policy = {.layers = SANDBOX_ALL, .kept = STDERR_FILENO};
  pid_t pid = sandbox_start(&sandbox, &policy);
  printf("%d %s\n", (int)pid, sandbox.report.message);
  return 0;
}
