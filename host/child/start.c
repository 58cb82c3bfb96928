/* How a child starts: the program once more, and the process in its sandbox. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "host/child/end.h"

/* Descriptors from here on are not the child's. */
enum { ABOVE_STANDARD = 10 };

/* Moves a descriptor out of the way of those that the child gets. */
static bool lift(int *fd) {
  if (*fd >= ABOVE_STANDARD) return true;
  int lifted = fcntl(*fd, F_DUPFD_CLOEXEC, ABOVE_STANDARD);
  if (lifted < 0) return false;
  close(*fd);
  *fd = lifted;
  return true;
}

/* [0] is ours, [1] the child's. */
static bool open_ends(int sockets[2], int pipes[2]) {
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) != 0)
    return false;
  return pipe2(pipes, O_CLOEXEC) == 0 && lift(&sockets[0]) &&
         lift(&sockets[1]) && lift(&pipes[0]) && lift(&pipes[1]) &&
         fcntl(pipes[0], F_SETFL, O_NONBLOCK) == 0;
}

static int prepare(posix_spawn_file_actions_t *files,
                   posix_spawnattr_t *attributes, int socket, int pipe) {
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  int error = posix_spawn_file_actions_addopen(files, STDIN_FILENO, "/dev/null",
                                               O_RDONLY, 0);
  if (!error)
    error = posix_spawn_file_actions_adddup2(files, pipe, STDOUT_FILENO);
  if (!error)
    error = posix_spawn_file_actions_adddup2(files, pipe, STDERR_FILENO);
  if (!error)
    error = posix_spawn_file_actions_adddup2(files, socket, CHILD_SOCKET);
  if (!error)
    error = posix_spawn_file_actions_addclosefrom_np(files, CHILD_SOCKET + 1);
  if (!error) error = posix_spawnattr_setsigmask(attributes, &none);
  if (!error) error = posix_spawnattr_setsigdefault(attributes, &all);
  if (error) return error;
  return posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGMASK |
                                                  POSIX_SPAWN_SETSIGDEF |
                                                  POSIX_SPAWN_SETSID);
}

/* "PERILUNE_LUA_DIR=..." with the folder made absolute; NULL when it is unset.
 */
static char *lua_folder(char *text, size_t size) {
  char absolute[PATH_MAX];
  const char *folder = getenv("PERILUNE_LUA_DIR");
  if (!folder || !*folder || !realpath(folder, absolute)) return NULL;
  snprintf(text, size, "PERILUNE_LUA_DIR=%s", absolute);
  return text;
}

/* fork and exec, without copying this process's page tables; in between only
** what is safe after fork runs. Returns an errno. */
static int spawn(pid_t *pid, int socket, int pipe) {
  char folder[PATH_MAX + sizeof "PERILUNE_LUA_DIR="];
  char *arguments[] = {"perilune", CHILD_COMMAND, NULL};
  char *environment[] = {"PATH=/usr/bin:/bin", "LANG=C.UTF-8",
                         lua_folder(folder, sizeof folder), NULL};
  posix_spawn_file_actions_t files;
  posix_spawnattr_t attributes;
  int error = posix_spawn_file_actions_init(&files);
  if (error) return error;
  error = posix_spawnattr_init(&attributes);
  if (!error) {
    error = prepare(&files, &attributes, socket, pipe);
    if (!error)
      error = posix_spawn(pid, "/proc/self/exe", &files, &attributes, arguments,
                          environment);
    posix_spawnattr_destroy(&attributes);
  }
  posix_spawn_file_actions_destroy(&files);
  return error;
}

static atomic_bool announced;

void child_announce(void) { announced = true; }

/* The process that was started confines another one, which goes on with the
** socket. */
static bool confine(Child *child) {
  ChildFrame frame;
  ChildConfined confined;
  if (!child_begin(child) ||
      !child_exchange(child, CHILD_CONFINE, child->policy, child->policy_size,
                      &frame))
    return false;
  if (frame.kind != CHILD_OK || frame.size != sizeof confined) {
    child_fail(child, CHILD_SYSTEM, "sent what is no answer");
    return false;
  }
  if (!child_receive(child, &confined, sizeof confined)) return false;
  child_end(child);
  child->report = confined.report;
  if (confined.pid <= 0) {
    child_fail(child, CHILD_SYSTEM, "%s", confined.report.message);
    return false;
  }
  child->worker = confined.pid;
  child->first = (int)syscall(SYS_pidfd_open, confined.first, 0);
  return true;
}

static bool find_clock(Child *child) {
  int error = clock_getcpuclockid(child->worker, &child->clock);
  if (error)
    child_fail(child, CHILD_SYSTEM, "cannot read its clock: %s",
               strerror(error));
  return !error;
}

/* Returns an errno. */
static int spawn_connected(Child *child) {
  int sockets[2] = {0}, pipes[2] = {0};
  int error = open_ends(sockets, pipes) ? 0 : errno;
  child->socket = sockets[0];
  child->pipe = pipes[0];
  if (!error) error = spawn(&child->pid, sockets[1], pipes[1]);
  child_close_descriptor(&sockets[1]);
  child_close_descriptor(&pipes[1]);
  child->worker = child->pid;
  return error;
}

bool child_start(Child *child) {
  if (!announced) {
    child_note(child, CHILD_SYSTEM,
               "perilune.child needs the perilune program");
    return false;
  }
  child->owner = getpid();
  int error = spawn_connected(child);
  if (error) {
    child_fail(child, CHILD_SYSTEM, "cannot start a process: %s",
               strerror(error));
    return false;
  }
  return find_clock(child) &&
         (!child->policy || (confine(child) && find_clock(child)));
}
