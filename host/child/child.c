#include "host/child/child.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/child/end.h"
#include "host/family.h"
#include "host/seconds.h"

/* ms between two looks at the processor time */
enum { LONGEST_POLL = 100 };

ChildTimes child_times(const Child *child) {
  ChildTimes times = {.wall = seconds_on(CLOCK_MONOTONIC)};
  if (child->pid == 0) return times;
  times.cpu = seconds_on(child->clock);
  times.family = family_seconds(child->worker);
  return times;
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
      child_close_descriptor(&child->pipe);
    } else if (room) {
      child->printed += (size_t)n;
    } else {
      child_note(child, CHILD_OUTPUT, "more than %zu bytes",
                 child->limits.output);
      child_close(child);
    }
  }
}

static void fail_time(Child *child, double seconds, const char *of) {
  child_fail(child, CHILD_TIME, "stopped after %g s%s", seconds, of);
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
  child_lost(child);
  return false;
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
    child_note(child, CHILD_SYSTEM, "it belongs to another process");
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
