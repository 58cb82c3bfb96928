#include "host/child/child.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/family.h"
#include "host/seconds.h"

enum {
  ABOVE_STANDARD = 10, /* descriptors from here on are not the child's */
  LONGEST_POLL = 100,  /* ms between two looks at the processor time */
  DEATH_WAIT = 1,      /* s for a child that has closed its socket to end */
  DEATH_LOOK = 10,     /* ms between two looks whether it has */
};

const char *const child_code_names[CHILD_CODES] = {
    [CHILD_OK] = "ok",           [CHILD_ERROR] = "error",
    [CHILD_MEMORY] = "memory",   [CHILD_SYNTAX] = "syntax",
    [CHILD_MISSING] = "missing", [CHILD_CONTRACT] = "contract",
    [CHILD_DATA] = "data",       [CHILD_TIME] = "time",
    [CHILD_OUTPUT] = "output",   [CHILD_EXIT] = "exit",
    [CHILD_CRASH] = "crash",     [CHILD_SYSTEM] = "system",
};

ChildTimes child_times(const Child *child) {
  ChildTimes times = {.wall = seconds_on(CLOCK_MONOTONIC)};
  if (child->pid == 0) return times;
  times.cpu = seconds_on(child->clock);
  times.family = family_seconds(child->worker);
  return times;
}

static void set_failure(Child *child, ChildCode code, const char *format,
                        va_list arguments) {
  if (child->code != CHILD_OK) return;
  child->code = code;
  vsnprintf(child->message, sizeof child->message, format, arguments);
}

__attribute__((format(printf, 3, 4))) static void
note_failure(Child *child, ChildCode code, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  set_failure(child, code, format, arguments);
  va_end(arguments);
}

static void close_descriptor(int *fd) {
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
  close_descriptor(&child->first);
  family_kill(child->pid);
  while (waitpid(child->pid, &status, 0) < 0 && errno == EINTR) continue;
  child->pid = 0;
  return status;
}

void child_close(Child *child) {
  if (child->owner != getpid()) return;
  if (child->pid != 0) reap(child);
  close_descriptor(&child->socket);
  close_descriptor(&child->pipe);
}

void child_fail(Child *child, ChildCode code, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  set_failure(child, code, format, arguments);
  va_end(arguments);
  child_drain(child);
  child_close(child);
}

static void fail_time(Child *child, double seconds, const char *of) {
  child_fail(child, CHILD_TIME, "stopped after %g s%s", seconds, of);
}

static void describe_death(Child *child, int status) {
  if (WIFEXITED(status)) {
    note_failure(child, CHILD_EXIT, "exit status %d", WEXITSTATUS(status));
  } else if (WTERMSIG(status) == SIGXCPU) {
    note_failure(child, CHILD_TIME, "stopped after %g s of processor time",
                 child->limits.cpu);
  } else {
    const char *name = sigabbrev_np(WTERMSIG(status));
    const char *description = sigdescr_np(WTERMSIG(status));
    note_failure(child, CHILD_CRASH, "killed by SIG%s (%s)", name ? name : "?",
                 description ? description : "unknown");
  }
}

/* The socket has closed. */
static bool fail_closed(Child *child) {
  bool ended = has_ended(child);
  child_drain(child);
  int status = reap(child);
  if (ended) describe_death(child, status);
  note_failure(child, CHILD_CRASH, "closed its connection");
  child_close(child);
  return false;
}

void child_drain(Child *child) {
  while (child->pipe > 0 && child->owner == getpid()) {
    char spare;
    size_t room = child->limits.output - child->printed;
    char *to = room ? child->output + child->printed : &spare;
    ssize_t n = read(child->pipe, to, room ? room : 1);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EAGAIN) return;
    if (n <= 0) {
      close_descriptor(&child->pipe);
    } else if (room) {
      child->printed += (size_t)n;
    } else {
      note_failure(child, CHILD_OUTPUT, "more than %zu bytes",
                   child->limits.output);
      child_close(child);
    }
  }
}

/* ms until a limit can have been met, or a look at the clocks is due. */
static int patience(const Child *child) {
  double wall = child->wall_end - seconds_on(CLOCK_MONOTONIC);
  double cpu = child->cpu_end - seconds_on(child->clock);
  double left = (wall < cpu ? wall : cpu) * 1000;
  if (left <= 0) return 0;
  return left < LONGEST_POLL ? (int)left + 1 : LONGEST_POLL;
}

static bool within_limits(Child *child) {
  if (seconds_on(child->clock) >= child->cpu_end)
    fail_time(child, child->limits.cpu, " of processor time");
  else if (seconds_on(CLOCK_MONOTONIC) >= child->wall_end)
    fail_time(child, child->limits.wall, "");
  return child->code == CHILD_OK;
}

/* Waits until the socket is ready, and keeps the pipe empty meanwhile. */
static bool wait_for(Child *child, short events) {
  for (;;) {
    struct pollfd fds[] = {
        {.fd = child->socket, .events = events},
        {.fd = child->pipe > 0 ? child->pipe : -1, .events = POLLIN}};
    int ready = poll(fds, 2, patience(child));
    if (ready < 0 && child->signalled) child->signalled(child->data);
    if (ready > 0 && fds[1].revents) child_drain(child);
    if (child->code != CHILD_OK) return false;
    if (ready > 0 && fds[0].revents) return true;
    if (!within_limits(child)) return false;
  }
}

/* What to do after a send or recv that returned `n`. */
static bool go_on(Child *child, ssize_t n, short events) {
  if (n > 0 || (n < 0 && child_passes(errno))) return true;
  if (n < 0 && errno == EAGAIN) return wait_for(child, events);
  return fail_closed(child);
}

static bool send_all(Child *child, const char *bytes, size_t size) {
  while (size > 0) {
    int flags = MSG_NOSIGNAL | MSG_DONTWAIT;
    ssize_t n = send(child->socket, bytes, size, flags);
    if (!go_on(child, n, POLLOUT)) return false;
    if (n > 0) {
      bytes += n;
      size -= (size_t)n;
    }
  }
  return true;
}

bool child_receive(Child *child, void *bytes, size_t size) {
  char *at = bytes;
  while (size > 0) {
    ssize_t n = recv(child->socket, at, size, MSG_DONTWAIT);
    if (!go_on(child, n, POLLIN)) return false;
    if (n > 0) {
      at += n;
      size -= (size_t)n;
    }
  }
  return true;
}

/* The kernel's own limit is for a judge that cannot look at the clocks. */
static void limit_processor_time(const Child *child) {
  struct rlimit limit = {(rlim_t)child->cpu_end + 2, RLIM_INFINITY};
  prlimit(child->worker, RLIMIT_CPU, &limit, NULL);
}

bool child_begin(Child *child) {
  if (child->owner != getpid())
    note_failure(child, CHILD_SYSTEM, "it belongs to another process");
  if (child->busy)
    child_fail(child, CHILD_CRASH, "an earlier call was interrupted");
  if (child->code != CHILD_OK) return false;
  child->busy = true;
  child->wall_end = seconds_on(CLOCK_MONOTONIC) + child->limits.wall;
  child->cpu_end = seconds_on(child->clock) + child->limits.cpu;
  limit_processor_time(child);
  return true;
}

void child_end(Child *child) { child->busy = false; }

bool child_exchange(Child *child, ChildRequest request, const void *bytes,
                    size_t size, ChildFrame *reply) {
  ChildFrame frame = {.kind = request, .size = size};
  if (getrandom(&frame.nonce, sizeof frame.nonce, 0) < 0) {
    child_fail(child, CHILD_SYSTEM, "no random bytes: %s", strerror(errno));
    return false;
  }
  if (!send_all(child, (const char *)&frame, sizeof frame) ||
      !send_all(child, bytes, size) ||
      !child_receive(child, reply, sizeof *reply))
    return false;
  if (reply->nonce != frame.nonce || reply->kind >= CHILD_TIME)
    child_fail(child, CHILD_CRASH, "sent what is no answer");
  else if (reply->size > child->limits.reply)
    child_fail(child, CHILD_DATA, "an answer of more than %zu bytes",
               child->limits.reply);
  return child->code == CHILD_OK;
}

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

bool child_start(Child *child) {
  if (!announced) {
    note_failure(child, CHILD_SYSTEM,
                 "perilune.child needs the perilune program");
    return false;
  }
  int sockets[2] = {0}, pipes[2] = {0};
  child->owner = getpid();
  int error = open_ends(sockets, pipes) ? 0 : errno;
  child->socket = sockets[0];
  child->pipe = pipes[0];
  if (!error) error = spawn(&child->pid, sockets[1], pipes[1]);
  close_descriptor(&sockets[1]);
  close_descriptor(&pipes[1]);
  child->worker = child->pid;
  if (error) {
    child_fail(child, CHILD_SYSTEM, "cannot start a process: %s",
               strerror(error));
    return false;
  }
  return find_clock(child) &&
         (!child->policy || (confine(child) && find_clock(child)));
}
