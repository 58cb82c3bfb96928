/* The processes of a sandbox. The supervisor is whoever called. The first
** process of the pid namespace builds the surroundings, forks the one that is
** confined, and stays as the namespace's init: its end is everybody's. Without
** that namespace it is itself the one that is confined. */
#include "host/sandbox/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "host/sandbox/start.h"

enum {
  ABOVE_KEPT = 10, /* the channel's number is none that the confined keeps */
};

static const unsigned namespaces[SANDBOX_LAYERS] = {
    [SANDBOX_PROCESSES] = CLONE_NEWPID,
    [SANDBOX_NETWORK] = CLONE_NEWNET,
    [SANDBOX_IPC] = CLONE_NEWIPC | CLONE_NEWUTS,
    [SANDBOX_FILES] = CLONE_NEWNS,
};

static pid_t fail(SandboxReport *report, const char *what) {
  snprintf(report->message, sizeof report->message, "%s: %s", what,
           strerror(errno));
  return -1;
}

static pid_t clone_with(unsigned flags) {
  return (pid_t)syscall(SYS_clone, flags | SIGCHLD, NULL, NULL, NULL, NULL);
}

static unsigned wanted_namespaces(const Start *start) {
  unsigned flags = 0;
  for (int i = 0; i < SANDBOX_LAYERS; i++)
    if (start_wants(start, (SandboxLayer)i)) flags |= namespaces[i];
  return flags;
}

static void give_up_namespaces(Start *start, int error) {
  start->flags = 0;
  for (int i = 0; i < SANDBOX_LAYERS; i++)
    if (start_wants(start, (SandboxLayer)i) && namespaces[i])
      start_note(start, (SandboxLayer)i, error);
}

/* Root needs no namespace of users to make the others, where it is allowed to
** make any; all others do. */
static pid_t clone_namespaces(Start *start) {
  unsigned flags = wanted_namespaces(start);
  for (int users = geteuid() != 0; flags && users < 2; users++) {
    start->flags = flags | (users ? CLONE_NEWUSER : 0);
    pid_t child = clone_with(start->flags);
    if (child >= 0) return child;
  }
  if (flags) give_up_namespaces(start, errno);
  return fork();
}

/* Receives a packet, who sent it, and the descriptors that came with it. */
static ssize_t receive(Sandbox *sandbox, void *packet, size_t size) {
  union {
    struct cmsghdr header;
    char room[CMSG_SPACE(sizeof sandbox->listeners) +
              CMSG_SPACE(sizeof(struct ucred))];
  } control;
  struct iovec bytes = {packet, size};
  struct msghdr message = {.msg_iov = &bytes,
                           .msg_iovlen = 1,
                           .msg_control = control.room,
                           .msg_controllen = sizeof control.room};
  ssize_t n;
  do n = recvmsg(sandbox->channel, &message, MSG_CMSG_CLOEXEC);
  while (n < 0 && errno == EINTR);
  struct cmsghdr *part = n > 0 ? CMSG_FIRSTHDR(&message) : NULL;
  for (; part; part = CMSG_NXTHDR(&message, part)) {
    struct ucred sender;
    size_t length = part->cmsg_len - CMSG_LEN(0);
    if (part->cmsg_type == SCM_RIGHTS) {
      memcpy(sandbox->listeners, CMSG_DATA(part), length);
      sandbox->listener_count = length / sizeof(int);
    } else if (part->cmsg_type == SCM_CREDENTIALS) {
      memcpy(&sender, CMSG_DATA(part), sizeof sender);
      sandbox->pid = sender.pid;
    }
  }
  return n;
}

static pid_t refuse(Sandbox *sandbox) {
  SandboxReport *report = &sandbox->report;
  char missing[192];
  sandbox_describe(report, missing, sizeof missing);
  snprintf(report->message, sizeof report->message,
           "the sandbox is not whole here: %s", missing);
  sandbox_end(sandbox);
  return -1;
}

/* What the child has become; the listeners come first. False: it has ended. */
static bool hear(Sandbox *sandbox) {
  ssize_t n;
  do n = receive(sandbox, &sandbox->report, sizeof sandbox->report);
  while (n == 1);
  if (n == 0) errno = ECONNRESET;
  return n == sizeof sandbox->report;
}

/* [0] is the supervisor's, which is told who sends. */
static bool open_channel(int ends[2]) {
  int on = 1;
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
    return false;
  int lifted = fcntl(ends[1], F_DUPFD_CLOEXEC, ABOVE_KEPT);
  close(ends[1]);
  ends[1] = lifted;
  if (lifted >= 0 &&
      setsockopt(ends[0], SOL_SOCKET, SO_PASSCRED, &on, sizeof on) == 0)
    return true;
  close(ends[0]);
  if (lifted >= 0) close(lifted);
  return false;
}

/* Whether its end will be seen. */
static bool watch(Sandbox *sandbox) {
  sandbox->death = (int)syscall(SYS_pidfd_open, sandbox->child, 0);
  return sandbox->death >= 0;
}

/* Returns 0 in the child; else whether it has said what it has become. */
static pid_t start_child(Start *start, pid_t (*split)(Start *start)) {
  Sandbox *sandbox = start->sandbox;
  int ends[2];
  if (!open_channel(ends)) return fail(&sandbox->report, "no socket");
  start->channel = ends[1];
  sandbox->channel = ends[0];
  sandbox->death = -1;
  sandbox->status = -1;
  sandbox->listener_count = 0;
  sandbox->child = split(start);
  if (sandbox->child == 0) {
    close(ends[0]);
    return start_inside(start);
  }
  close(ends[1]);
  sandbox->adopts = !(start->flags & CLONE_NEWPID);
  if (sandbox->adopts) prctl(PR_SET_CHILD_SUBREAPER, 1);
  if (sandbox->child > 0 && hear(sandbox) && watch(sandbox))
    return sandbox->pid;
  fail(&sandbox->report, "the confined process did not start");
  sandbox_end(sandbox);
  return -1;
}

/* Where namespaces can be made but not be used. */
static pid_t split_without(Start *start) {
  give_up_namespaces(start, EPERM);
  return fork();
}

pid_t sandbox_start(Sandbox *sandbox, const SandboxPolicy *policy) {
  memset(sandbox, 0, sizeof *sandbox);
  Start start = {.sandbox = sandbox,
                 .policy = policy,
                 .number = getpid(),
                 .user = geteuid(),
                 .group = getegid()};
  memcpy(sandbox->ports, policy->ports, sizeof sandbox->ports);
  pid_t pid = start_child(&start, clone_namespaces);
  if (pid < 0 && start.flags) pid = start_child(&start, split_without);
  if (pid <= 0) return pid;
  prctl(PR_SET_DUMPABLE, 0);
  return policy->whole && sandbox->report.missing ? refuse(sandbox) : pid;
}
