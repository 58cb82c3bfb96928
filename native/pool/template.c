#include "native/pool/template.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "native/pool/channel.h"

/* The descriptors of the template and of its workers. They keep the numbers
** that they have in the parent: libuv remembers numbers of its own; in every
** child of fork() it closes those, whoever has them by then, and makes new
** ones. */
typedef struct Ends {
  int control;
  int parent; /* a pidfd */
  int socket; /* of the next worker; a place for it until then */
  int memory;
} Ends;

enum { END_COUNT = sizeof(Ends) / sizeof(int) };

typedef struct Template {
  const TemplateWork *work;
  Ends ends;
  pid_t pids[TEMPLATE_SLOTS]; /* 0: no worker */
  sigset_t unblocked;
} Template;

typedef union Descriptors {
  struct cmsghdr header; /* for its alignment */
  char bytes[CMSG_SPACE(2 * sizeof(int))];
} Descriptors;

static void nothing(int number) { (void)number; }

/* An interrupt is the parent's affair. A handler that does nothing is reset in
** programs that tasks start, as an ignored signal would not be. */
static void reset_signals(void) {
  struct sigaction plain = {.sa_handler = SIG_DFL};
  struct sigaction quiet = {.sa_handler = nothing, .sa_flags = SA_RESTART};
  sigset_t none;
  for (int number = 1; number < NSIG; number++) sigaction(number, &plain, NULL);
  sigaction(SIGINT, &quiet, NULL);
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Standard input is nobody's to read; the streams that are closed are filled,
** so that no other descriptor takes their place. */
static void open_standard(void) {
  int null = open("/dev/null", O_RDWR);
  if (null < 0) return;
  if (null != STDIN_FILENO) dup2(null, STDIN_FILENO);
  for (int fd = STDOUT_FILENO; fd <= STDERR_FILENO; fd++)
    if (fcntl(fd, F_GETFD) < 0) dup2(null, fd);
  if (null > STDERR_FILENO) close(null);
}

static int compare(const void *a, const void *b) {
  return *(const int *)a - *(const int *)b;
}

static bool is_end(const Ends *ends, int fd) {
  return fd == ends->control || fd == ends->parent || fd == ends->socket ||
         fd == ends->memory;
}

/* What the parent has not written to its files is not ours: it goes nowhere. A
** task that opens a pipe would write it, through whatever has the number. */
static void discard_output(const Ends *ends) {
  int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
  DIR *list = opendir("/proc/self/fd");
  for (struct dirent *it; null >= 0 && list && (it = readdir(list));) {
    int fd = (int)strtol(it->d_name, NULL, 10);
    if (fd > STDERR_FILENO && fd != dirfd(list) && !is_end(ends, fd))
      dup2(null, fd);
  }
  if (list) closedir(list);
  __fpurge(stdout);
  __fpurge(stderr);
  fflush(NULL);
}

/* Closes all but the standard streams and what is in `ends`. */
static bool close_others(const Ends *ends) {
  int kept[END_COUNT];
  memcpy(kept, ends, sizeof kept);
  qsort(kept, END_COUNT, sizeof *kept, compare);
  unsigned from = STDERR_FILENO + 1;
  for (int i = 0; i < END_COUNT; i++) {
    unsigned end = (unsigned)kept[i];
    if (from < end && syscall(SYS_close_range, from, end - 1, 0) != 0)
      return false;
    from = end + 1;
  }
  return syscall(SYS_close_range, from, ~0U, 0) == 0;
}

static void kill_all(Template *t) {
  for (uint32_t i = 0; i < TEMPLATE_SLOTS; i++)
    if (t->pids[i]) kill(t->pids[i], SIGKILL);
  for (uint32_t i = 0; i < TEMPLATE_SLOTS; i++)
    while (t->pids[i] && waitpid(t->pids[i], NULL, 0) < 0 && errno == EINTR)
      continue;
}

static _Noreturn void end(Template *t) {
  kill_all(t);
  _exit(0);
}

static void report(const Template *t, uint32_t slot, pid_t pid, int status) {
  TemplateReport report = {slot, (int32_t)pid, status, channel_now()};
  ssize_t n;
  do n = send(t->ends.control, &report, sizeof report, MSG_NOSIGNAL);
  while (n < 0 && channel_passes(errno));
}

static bool has_ended(pid_t pid, int *status) {
  pid_t n;
  do n = waitpid(pid, status, WNOHANG);
  while (n < 0 && errno == EINTR);
  return n > 0;
}

static void reap(Template *t) {
  for (uint32_t i = 0; i < TEMPLATE_SLOTS; i++) {
    int status;
    if (!t->pids[i] || !has_ended(t->pids[i], &status)) continue;
    pid_t pid = t->pids[i];
    t->pids[i] = 0;
    report(t, i, pid, status);
  }
}

static _Noreturn void be_worker(Template *t, pid_t template) {
  close(t->ends.control);
  close(t->ends.parent);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != template) _exit(1);
  prctl(PR_SET_NAME, "pool worker");
  signal(SIGCHLD, SIG_DFL);
  sigprocmask(SIG_SETMASK, &t->unblocked, NULL);
  _exit(t->work->work(t->ends.socket, t->ends.memory, t->work->data));
}

/* A template whose descriptors are not in their places is of no use. */
static void put(Template *t, int from, int to) {
  if (dup3(from, to, O_CLOEXEC) < 0) end(t);
}

/* The two descriptors are put where a worker finds them, then emptied. */
static void start(Template *t, uint32_t slot, const int fds[2]) {
  pid_t self = getpid();
  put(t, fds[0], t->ends.socket);
  put(t, fds[1], t->ends.memory);
  close(fds[0]);
  close(fds[1]);
  pid_t pid = fork();
  if (pid == 0) be_worker(t, self);
  if (pid > 0) t->pids[slot] = pid;
  if (pid < 0) report(t, slot, 0, errno);
  put(t, t->ends.control, t->ends.socket);
  put(t, t->ends.control, t->ends.memory);
}

/* The two descriptors that a packet brought, or -1 each: there may have been
** room for one alone, which is of no use. */
static void take_descriptors(struct msghdr *packet, int fds[2]) {
  fds[0] = fds[1] = -1;
  struct cmsghdr *part = CMSG_FIRSTHDR(packet);
  if (!part || part->cmsg_type != SCM_RIGHTS) return;
  memcpy(fds, CMSG_DATA(part), part->cmsg_len - CMSG_LEN(0));
  if (fds[1] >= 0) return;
  if (fds[0] >= 0) close(fds[0]);
  fds[0] = -1;
}

static void obey(Template *t) {
  TemplateRequest request = {0};
  Descriptors room;
  int fds[2];
  struct iovec bytes = {&request, sizeof request};
  struct msghdr packet = {.msg_iov = &bytes,
                          .msg_iovlen = 1,
                          .msg_control = room.bytes,
                          .msg_controllen = sizeof room.bytes};
  ssize_t n = recvmsg(t->ends.control, &packet,
                      MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
  if (n == 0) end(t);
  if (n != sizeof request || request.slot >= TEMPLATE_SLOTS) return;
  take_descriptors(&packet, fds);
  if (request.order == TEMPLATE_START && fds[0] >= 0)
    start(t, request.slot, fds);
  else if (request.order == TEMPLATE_START)
    report(t, request.slot, 0, EMFILE);
  else if (t->pids[request.slot])
    kill(t->pids[request.slot],
         request.order == TEMPLATE_KILL ? SIGKILL : SIGCONT);
}

static _Noreturn void serve(Template *t) {
  struct pollfd fds[] = {{.fd = t->ends.control, .events = POLLIN},
                         {.fd = t->ends.parent, .events = POLLIN}};
  for (;;) {
    int ready = ppoll(fds, 2, NULL, &t->unblocked);
    reap(t);
    if (ready <= 0) continue;
    if (fds[1].revents) end(t);
    if (fds[0].revents) obey(t);
  }
}

/* SIGCHLD comes only while the template waits. */
static void await_children(Template *t) {
  sigset_t blocked;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGCHLD);
  sigprocmask(SIG_BLOCK, &blocked, &t->unblocked);
  sigaction(SIGCHLD, &(struct sigaction){.sa_handler = nothing}, NULL);
}

static _Noreturn void be_template(const TemplateWork *work, const Ends *ends) {
  static Template template; /* in a worker, a copy of its own template's */
  template = (Template){.work = work, .ends = *ends};
  reset_signals();
  open_standard();
  discard_output(ends);
  if (!close_others(ends)) _exit(1);
  prctl(PR_SET_NAME, "pool template");
  await_children(&template);
  if (!work->prepare(work->data)) _exit(1);
  serve(&template);
}

/* Above the standard streams, which may be closed. */
static int lift(int fd) {
  if (fd < 0 || fd > STDERR_FILENO) return fd;
  int lifted = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  close(fd);
  return lifted;
}

static bool open_ends(Ends *ends, int *control) {
  int pair[2];
  *ends = (Ends){-1, -1, -1, -1};
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
    return false;
  *control = lift(pair[0]);
  ends->control = lift(pair[1]);
  ends->parent = lift((int)syscall(SYS_pidfd_open, getpid(), 0));
  ends->socket = fcntl(ends->control, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  ends->memory = fcntl(ends->control, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  return *control >= 0 && ends->control >= 0 && ends->parent >= 0 &&
         ends->socket >= 0 && ends->memory >= 0;
}

static void close_ends(const Ends *ends) {
  int fds[END_COUNT];
  int error = errno;
  memcpy(fds, ends, sizeof fds);
  for (int i = 0; i < END_COUNT; i++)
    if (fds[i] >= 0) close(fds[i]);
  errno = error;
}

/* A new process waits for the processor of the one that made it, which has more
** to do, though another may be idle: it is sent there. */
static void send_off(pid_t pid) {
  cpu_set_t all, others;
  int cpu = sched_getcpu();
  if (cpu < 0 || sched_getaffinity(pid, sizeof all, &all) != 0) return;
  others = all;
  CPU_CLR((size_t)cpu, &others);
  if (CPU_COUNT(&others) == 0) return;
  sched_setaffinity(pid, sizeof others, &others);
  sched_setaffinity(pid, sizeof all, &all);
}

/* What is not written yet would be the child's as well. */
static pid_t fork_template(const TemplateWork *work, const Ends *ends) {
  fflush(stdout);
  fflush(stderr);
  pid_t pid = fork();
  if (pid == 0) be_template(work, ends);
  if (pid > 0) send_off(pid);
  return pid;
}

bool template_start(const TemplateWork *work, pid_t *pid, int *control) {
  Ends ends;
  *control = *pid = -1;
  if (open_ends(&ends, control)) *pid = fork_template(work, &ends);
  close_ends(&ends);
  if (*pid > 0) return true;
  int error = errno;
  if (*control >= 0) close(*control);
  errno = error;
  *pid = 0;
  return false;
}

static bool sent(int control, const struct msghdr *packet) {
  ssize_t n;
  do n = sendmsg(control, packet, MSG_NOSIGNAL);
  while (n < 0 && channel_passes(errno));
  return n > 0;
}

bool template_spawn(int control, uint32_t slot, int socket, int memory) {
  TemplateRequest request = {TEMPLATE_START, slot};
  Descriptors room = {0};
  int fds[2] = {socket, memory};
  struct iovec bytes = {&request, sizeof request};
  struct msghdr packet = {.msg_iov = &bytes,
                          .msg_iovlen = 1,
                          .msg_control = room.bytes,
                          .msg_controllen = sizeof room.bytes};
  struct cmsghdr *part = CMSG_FIRSTHDR(&packet);
  part->cmsg_level = SOL_SOCKET;
  part->cmsg_type = SCM_RIGHTS;
  part->cmsg_len = CMSG_LEN(sizeof fds);
  memcpy(CMSG_DATA(part), fds, sizeof fds);
  return sent(control, &packet);
}

static bool order(int control, TemplateOrder order, uint32_t slot) {
  TemplateRequest request = {order, slot};
  struct iovec bytes = {&request, sizeof request};
  return sent(control, &(struct msghdr){.msg_iov = &bytes, .msg_iovlen = 1});
}

bool template_kill(int control, uint32_t slot) {
  return order(control, TEMPLATE_KILL, slot);
}

bool template_continue(pid_t pid, int control, uint32_t slot) {
  kill(pid, SIGCONT);
  return order(control, TEMPLATE_CONTINUE, slot);
}

int template_report(int control, TemplateReport *report) {
  ssize_t n;
  do n = recv(control, report, sizeof *report, MSG_DONTWAIT);
  while (n < 0 && channel_passes(errno));
  if (n == (ssize_t)sizeof *report) return 1;
  return n < 0 && errno == EAGAIN ? 0 : -1;
}

/* Shut down, for another process may have our end of the socket, too. Somebody
** may have stopped the template. */
void template_end(pid_t pid, int control) {
  shutdown(control, SHUT_RDWR);
  close(control);
  kill(pid, SIGCONT);
  while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) continue;
}
