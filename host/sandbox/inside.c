#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/sandbox/layers.h"
#include "host/sandbox/start.h"

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/lsan_interface.h>
#endif

static bool write_file(const char *path, const char *text) {
  int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return false;
  ssize_t n = write(fd, text, strlen(text));
  close(fd);
  return n == (ssize_t)strlen(text);
}

/* Everybody may map themselves; root, when it needs a namespace of users, may
** not do more either. */
static bool map_user(uid_t user, gid_t group) {
  char users[64], groups[64];
  snprintf(users, sizeof users, "%u %u 1", user, user);
  snprintf(groups, sizeof groups, "%u %u 1", group, group);
  return write_file("/proc/self/setgroups", "deny") &&
         write_file("/proc/self/uid_map", users) &&
         write_file("/proc/self/gid_map", groups);
}

/* With the descriptors that the supervisor is to listen at. */
static int send_listeners(const Start *start) {
  const Sandbox *sandbox = start->sandbox;
  size_t size = sandbox->listener_count * sizeof(int);
  union {
    struct cmsghdr header;
    char room[CMSG_SPACE(sizeof sandbox->listeners)];
  } control = {{0}};
  char byte = 0;
  struct iovec bytes = {&byte, 1};
  struct msghdr message = {.msg_iov = &bytes, .msg_iovlen = 1};
  int error = 0;
  if (size == 0) return 0;
  message.msg_control = control.room;
  message.msg_controllen = CMSG_SPACE(size);
  struct cmsghdr *part = CMSG_FIRSTHDR(&message);
  part->cmsg_level = SOL_SOCKET;
  part->cmsg_type = SCM_RIGHTS;
  part->cmsg_len = CMSG_LEN(size);
  memcpy(CMSG_DATA(part), sandbox->listeners, size);
  if (sendmsg(start->channel, &message, MSG_NOSIGNAL) < 0) error = errno;
  for (size_t i = 0; i < sandbox->listener_count; i++)
    close(sandbox->listeners[i]);
  return error;
}

/* Dies with its parent, which may be dead by now. */
static void follow(const Start *start) {
  char byte;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (recv(start->channel, &byte, 1, MSG_DONTWAIT | MSG_PEEK) == 0) _exit(1);
}

static void close_others(const Start *start) {
  unsigned first = (unsigned)start->policy->kept + 1;
  unsigned channel = (unsigned)start->channel;
  syscall(SYS_close_range, first, channel - 1, 0);
  syscall(SYS_close_range, channel + 1, ~0U, 0);
}

/* The numbers of a user outside count as well unless the user is one's own. */
static bool is_shared(const Start *start) {
  return !(start->flags & CLONE_NEWUSER) && geteuid() != 0;
}

/* Whether the sandbox has a root of its own. */
static bool is_rooted(const Start *start) {
  return start_wants(start, SANDBOX_FILES) &&
         !(start->sandbox->report.missing & 1u << SANDBOX_FILES);
}

/* Root's own folders are open to another user only in a root of its own. */
static int drop_identity(const Start *start) {
  return identity_drop(is_rooted(start) ? start->number : 0);
}

static void enter_layers(Start *start) {
  const SandboxPolicy *policy = start->policy;
  if (start_wants(start, SANDBOX_LIMITS))
    start_note(start, SANDBOX_LIMITS, limits_set(policy, is_shared(start)));
  if (start_wants(start, SANDBOX_IDENTITY))
    start_note(start, SANDBOX_IDENTITY, drop_identity(start));
  follow(start);
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  if (start_wants(start, SANDBOX_LANDLOCK))
    start_note(start, SANDBOX_LANDLOCK,
               landlock_enter(policy, is_rooted(start)));
  if (start_wants(start, SANDBOX_SECCOMP))
    start_note(start, SANDBOX_SECCOMP, seccomp_enter(policy->port_count > 0));
}

#ifdef __SANITIZE_ADDRESS__
static bool is_confined;

/* Looking for leaks at the end is tracing oneself, which is refused. */
int __lsan_is_turned_off(void) { return is_confined; }
#endif

/* Returns in the confined process, unless it is not what was asked for. */
static pid_t confine(Start *start) {
  const SandboxPolicy *policy = start->policy;
  const SandboxReport *report = &start->sandbox->report;
  close_others(start);
  if (policy->folder && chdir(policy->folder) != 0 && chdir("/tmp") != 0 &&
      chdir("/") != 0)
    _exit(1);
  enter_layers(start);
  send(start->channel, report, sizeof *report, MSG_NOSIGNAL);
  if (policy->whole && report->missing) _exit(1);
  close(start->channel);
#ifdef __SANITIZE_ADDRESS__
  is_confined = true;
#endif
  return 0;
}

/* Init: reaps, and tells how the confined process has ended. */
static _Noreturn void be_first(Start *start, pid_t confined) {
  int status = 0;
  pid_t pid;
  syscall(SYS_close_range, 0, (unsigned)start->channel - 1, 0);
  syscall(SYS_close_range, (unsigned)start->channel + 1, ~0U, 0);
  if (start_wants(start, SANDBOX_IDENTITY)) drop_identity(start);
  follow(start);
  do pid = waitpid(-1, &status, 0);
  while (pid != confined && (pid > 0 || errno == EINTR));
  send(start->channel, &status, sizeof status, MSG_NOSIGNAL);
  _exit(0);
}

pid_t start_inside(Start *start) {
  const SandboxPolicy *policy = start->policy;
  follow(start);
  if (start->flags & CLONE_NEWUSER && !map_user(start->user, start->group))
    _exit(1);
  write_file("/proc/self/oom_score_adj", "1000");
  if (start->flags & CLONE_NEWNET)
    start_note(start, SANDBOX_NETWORK, ports_open(start->sandbox, policy));
  start_note(start, SANDBOX_NETWORK, send_listeners(start));
  if (start->flags & CLONE_NEWNS)
    start_note(start, SANDBOX_FILES, root_enter(policy));
  if (!(start->flags & CLONE_NEWPID)) return confine(start);
  pid_t confined = fork();
  if (confined < 0) _exit(1);
  if (confined > 0) be_first(start, confined);
  return confine(start);
}
