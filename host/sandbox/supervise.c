/* The supervisor: waits, passes connections on, and leaves nothing behind. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/family.h"
#include "host/sandbox/relay.h"
#include "host/sandbox/sandbox.h"
#include "host/seconds.h"

/* Where each stands in what is polled; the links behind the last listener. */
enum { DEATH, LISTENERS };

/* ms until then; -1: for ever */
static int patience(double end) {
  enum { LONGEST = 60000 };
  if (end == 0) return -1;
  double left = (end - seconds_on(CLOCK_MONOTONIC)) * 1000;
  if (left <= 0) return 0;
  return left < LONGEST ? (int)left + 1 : LONGEST;
}

/* Those who come while there is no room wait. */
static void want_listeners(const Sandbox *sandbox, const Relay *relay,
                           struct pollfd *polls) {
  for (size_t i = 0; i < sandbox->listener_count; i++)
    polls[i] = (struct pollfd){
        .fd = relay_has_room(relay) ? sandbox->listeners[i] : -1,
        .events = POLLIN};
}

typedef enum Outcome { GOES_ON, ENDED, UNWATCHED } Outcome;

/* What is polled are never more than the descriptors that are open, or poll(2)
** would refuse them where RLIMIT_NOFILE is low. */
static Outcome wait_once(Sandbox *sandbox, Relay *relay, double end) {
  struct pollfd polls[LISTENERS + SANDBOX_PORTS + RELAY_POLLS] = {
      {.fd = sandbox->death, .events = POLLIN}};
  struct pollfd *links = polls + LISTENERS + sandbox->listener_count;
  want_listeners(sandbox, relay, polls + LISTENERS);
  size_t count = relay_wants(relay, links);
  if (poll(polls, (size_t)(links - polls) + count, patience(end)) < 0)
    return errno == EINTR ? GOES_ON : UNWATCHED;
  relay_move(relay, links);
  for (size_t i = 0; i < sandbox->listener_count; i++)
    if (polls[LISTENERS + i].revents)
      relay_accept(relay, sandbox->listeners[i], sandbox->ports[i]);
  return polls[DEATH].revents != 0 ? ENDED : GOES_ON;
}

/* Those that lost their parent are the supervisor's where there is no pid
** namespace; their children will be. */
static void end_orphans(void) {
  char self[16];
  snprintf(self, sizeof self, "%d", (int)getpid());
  do {
    pid_t orphan;
    FILE *orphans = family_open(getpid(), self);
    if (!orphans) return;
    while ((orphan = family_next(orphans)) > 0) kill(orphan, SIGKILL);
    fclose(orphans);
  } while (waitpid(-1, NULL, 0) > 0 || errno == EINTR);
}

static void end_child(Sandbox *sandbox) {
  int status = 0;
  kill(sandbox->child, SIGKILL);
  while (waitpid(sandbox->child, &status, 0) < 0 && errno == EINTR) continue;
  if (recv(sandbox->channel, &sandbox->status, sizeof sandbox->status,
           MSG_DONTWAIT) != sizeof sandbox->status)
    sandbox->status = status;
  if (sandbox->adopts) end_orphans();
}

/* To kill -1, which is no child, would be to kill everybody. */
void sandbox_end(Sandbox *sandbox) {
  if (sandbox->child == 0) return;
  if (sandbox->child > 0) end_child(sandbox);
  sandbox->child = 0;
  if (sandbox->death >= 0) close(sandbox->death);
  close(sandbox->channel);
  for (size_t i = 0; i < sandbox->listener_count; i++)
    close(sandbox->listeners[i]);
}

int sandbox_supervise(Sandbox *sandbox, double seconds) {
  Relay relay = {.count = 0};
  double end = seconds > 0 ? seconds_on(CLOCK_MONOTONIC) + seconds : 0;
  Outcome outcome = GOES_ON;
  while (outcome == GOES_ON && patience(end) != 0)
    outcome = wait_once(sandbox, &relay, end);
  int error = errno;
  sandbox_end(sandbox);
  relay_close(&relay);
  errno = error;
  if (outcome == UNWATCHED) return SANDBOX_UNWATCHED;
  return outcome == ENDED ? sandbox->status : SANDBOX_OUT_OF_TIME;
}

int sandbox_end_as(int status) {
  if (status < 0) return EXIT_FAILURE;
  if (WIFEXITED(status)) return WEXITSTATUS(status);
  if (WIFSIGNALED(status)) {
    signal(WTERMSIG(status), SIG_DFL);
    raise(WTERMSIG(status));
  }
  return EXIT_FAILURE;
}
