#include "host/sandbox/relay.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ROOM = 16 << 10 };

/* One way. What has been read and not yet written is bytes[first..last). */
typedef struct Flow {
  size_t first, last;
  bool ended; /* its reader has seen the end */
  char bytes[ROOM];
} Flow;

typedef struct Link {
  int ends[2];   /* inside, outside */
  Flow flows[2]; /* [i] comes from ends[i] */
} Link;

static bool is_empty(const Flow *flow) { return flow->first == flow->last; }

static bool is_over(const Link *link) {
  return link->flows[0].ended && is_empty(&link->flows[0]) &&
         link->flows[1].ended && is_empty(&link->flows[1]);
}

static void close_link(Link *link) {
  close(link->ends[0]);
  close(link->ends[1]);
  free(link);
}

static int connect_to(uint16_t port) {
  struct sockaddr_in address = {.sin_family = AF_INET,
                                .sin_port = htons(port),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return -1;
  if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0 ||
      errno == EINPROGRESS)
    return fd;
  close(fd);
  return -1;
}

bool relay_has_room(const Relay *relay) {
  return relay->count < RELAY_LINKS && !(relay->full && relay->count > 0);
}

/* The way out comes first, so that who is accepted has one. */
void relay_accept(Relay *relay, int listener, uint16_t port) {
  if (!relay_has_room(relay)) return;
  int outside = connect_to(port);
  int inside = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (inside < 0) relay->full = errno == EMFILE || errno == ENFILE;
  Link *link = inside < 0 || outside < 0 ? NULL : calloc(1, sizeof *link);
  if (!link) {
    if (inside >= 0) close(inside);
    if (outside >= 0) close(outside);
    return;
  }
  link->ends[0] = inside;
  link->ends[1] = outside;
  relay->links[relay->count++] = link;
}

/* Of one end: whether its flow has room, and the other's something for it. */
static short events_of(const Link *link, int end) {
  const Flow *out = &link->flows[end], *in = &link->flows[!end];
  int events = 0;
  if (!out->ended && is_empty(out)) events |= POLLIN;
  if (!is_empty(in)) events |= POLLOUT;
  return (short)events;
}

/* An end that nothing is wanted of is left out, or its hang-up would be told
** again and again. */
size_t relay_wants(const Relay *relay, struct pollfd *polls) {
  for (size_t i = 0; i < relay->count; i++)
    for (int end = 0; end < 2; end++) {
      short events = events_of(relay->links[i], end);
      polls[2 * i + (size_t)end] = (struct pollfd){
          .fd = events ? relay->links[i]->ends[end] : -1, .events = events};
    }
  return 2 * relay->count;
}

static bool has_failed(ssize_t n) {
  return n < 0 && errno != EAGAIN && errno != EINTR;
}

static bool fill(Flow *flow, int from, int to) {
  ssize_t n = recv(from, flow->bytes, ROOM, 0);
  if (has_failed(n)) return false;
  flow->first = 0;
  flow->last = n > 0 ? (size_t)n : 0;
  flow->ended = n == 0;
  if (flow->ended) shutdown(to, SHUT_WR);
  return true;
}

static bool drain(Flow *flow, int to) {
  ssize_t n = send(to, flow->bytes + flow->first, flow->last - flow->first,
                   MSG_NOSIGNAL);
  if (n > 0) flow->first += (size_t)n;
  return !has_failed(n);
}

static bool move(Link *link, int end, short events) {
  Flow *out = &link->flows[end], *in = &link->flows[!end];
  bool fine = true;
  if (events && !out->ended && is_empty(out))
    fine = fill(out, link->ends[end], link->ends[!end]);
  if (fine && !is_empty(out)) fine = drain(out, link->ends[!end]);
  if (fine && events && !is_empty(in)) fine = drain(in, link->ends[end]);
  return fine;
}

void relay_move(Relay *relay, const struct pollfd *polls) {
  size_t kept = 0, count = relay->count;
  for (size_t i = 0; i < count; i++) {
    Link *link = relay->links[i];
    bool fine = move(link, 0, polls[2 * i].revents) &&
                move(link, 1, polls[2 * i + 1].revents);
    if (fine && !is_over(link))
      relay->links[kept++] = link;
    else
      close_link(link);
  }
  if (kept < count) relay->full = false;
  relay->count = kept;
}

void relay_close(Relay *relay) {
  for (size_t i = 0; i < relay->count; i++) close_link(relay->links[i]);
  relay->count = 0;
}
