#include "native/fetch/sockets.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

/* A descriptor's flags: what epoll tells of it, and
** OURS    libcurl opens and closes it through us
** IDLE    libcurl wants to hear nothing of it at the moment. It often changes
**         its mind between two transfers, so epoll is told when something
**         comes.
** WANTED  what libcurl wants to hear, where epoll has refused it: EVENTS,
**         shifted */
enum {
  READ = 1,
  WRITE = 2,
  OURS = 4,
  IDLE = 8,
  EVENTS = READ | WRITE,
  WANTED_SHIFT = 4,
  WANTED = EVENTS << WANTED_SHIFT,
};

static bool reserve(Sockets *s, size_t descriptor) {
  if (descriptor < s->room) return true;
  size_t room = 2 * descriptor + 64;
  SocketState *longer = realloc(s->states, room * sizeof *longer);
  if (!longer) return false;
  memset(longer + s->room, 0, (room - s->room) * sizeof *longer);
  s->states = longer;
  s->room = room;
  return true;
}

/* False with errno: all is as before. A descriptor that libcurl closes may be
** gone already. */
static bool watch(Sockets *s, int descriptor, int events) {
  uint8_t *flags = &s->states[descriptor].flags;
  struct epoll_event event = {.data.fd = descriptor};
  event.events = (events & READ ? EPOLLIN : 0u) |
                 (events & WRITE ? EPOLLOUT : 0u);
  int order = !events           ? EPOLL_CTL_DEL
              : *flags & EVENTS ? EPOLL_CTL_MOD
                                : EPOLL_CTL_ADD;
  bool failed = epoll_ctl(s->epoll, order, descriptor, &event) != 0;
  if (failed && (events || *flags & OURS)) return false;
  *flags = (uint8_t)((*flags & OURS) | events);
  return true;
}

bool sockets_open(Sockets *s) {
  *s = (Sockets){.epoll = epoll_create1(EPOLL_CLOEXEC)};
  return s->epoll >= 0;
}

void sockets_close(Sockets *s) {
  if (s->epoll >= 0) close(s->epoll);
  free(s->states);
  *s = (Sockets){.epoll = -1};
}

curl_socket_t sockets_make(void *data, curlsocktype purpose,
                           struct curl_sockaddr *address) {
  Sockets *s = data;
  (void)purpose;
  int descriptor = socket(address->family, address->socktype | SOCK_CLOEXEC,
                          address->protocol);
  if (descriptor < 0) return CURL_SOCKET_BAD;
  if (!reserve(s, (size_t)descriptor)) {
    close(descriptor);
    return CURL_SOCKET_BAD;
  }
  s->states[descriptor] = (SocketState){.flags = OURS};
  return descriptor;
}

int sockets_drop(void *data, curl_socket_t descriptor) {
  Sockets *s = data;
  /* A process that was forked meanwhile may keep it open, and so in epoll. */
  if (s->states[descriptor].flags & EVENTS) watch(s, descriptor, 0);
  s->states[descriptor].flags = 0;
  return close(descriptor);
}

bool sockets_want(Sockets *s, int descriptor, int what, uint8_t owner) {
  bool removes = what == CURL_POLL_REMOVE;
  int events = removes ? 0 : what & (CURL_POLL_IN | CURL_POLL_OUT);
  if (!reserve(s, (size_t)descriptor)) return removes;
  SocketState *state = &s->states[descriptor];
  state->owner = owner;
  state->flags &= (uint8_t) ~(IDLE | WANTED);
  if (removes && state->flags & OURS) {
    state->flags |= IDLE;
    return true;
  }
  if ((state->flags & EVENTS) == events || watch(s, descriptor, events))
    return true;
  state->flags |= (uint8_t)(events << WANTED_SHIFT);
  return false;
}

bool sockets_want_again(Sockets *s, uint8_t *owner) {
  for (size_t i = 0; i < s->room; i++) {
    int events = (s->states[i].flags & WANTED) >> WANTED_SHIFT;
    if (!events || watch(s, (int)i, events)) continue;
    s->states[i].flags &= (uint8_t)~WANTED;
    *owner = s->states[i].owner;
    return false;
  }
  return true;
}

static int meaning(uint32_t events) {
  return (events & (EPOLLIN | EPOLLHUP | EPOLLRDHUP) ? CURL_CSELECT_IN : 0) |
         (events & EPOLLOUT ? CURL_CSELECT_OUT : 0) |
         (events & EPOLLERR ? CURL_CSELECT_ERR : 0);
}

size_t sockets_wait(Sockets *s, SocketEvent *events, int ms) {
  struct epoll_event ready[SOCKETS_EVENTS];
  size_t count = 0;
  int n = epoll_wait(s->epoll, ready, SOCKETS_EVENTS, ms);
  for (int i = 0; i < n; i++) {
    int descriptor = ready[i].data.fd;
    const SocketState *state = &s->states[descriptor];
    if (state->flags & IDLE) {
      watch(s, descriptor, 0);
    } else {
      events[count++] = (SocketEvent){descriptor, meaning(ready[i].events),
                                      state->owner};
    }
  }
  return count;
}
