#include "native/fetch/fetcher.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* A descriptor's byte: what epoll tells of it, and
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

enum {
  AT_ONCE = 256, /* events of a turn */
  ROUNDS = 16,   /* of what is due at once, in a turn */
  KEPT = 64,     /* connections that nobody uses, at least */
};

#define MILLISECOND UINT64_C(1000000)
#define LONGEST (2 * MILLISECOND) /* of what is due, in a turn */

static uint64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static bool reserve(Fetcher *f, size_t descriptor) {
  if (descriptor < f->watched_room) return true;
  size_t room = 2 * descriptor + 64;
  unsigned char *longer = realloc(f->watched, room);
  if (!longer) return false;
  memset(longer + f->watched_room, 0, room - f->watched_room);
  f->watched = longer;
  f->watched_room = room;
  return true;
}

/* False with errno: all is as before. A descriptor that libcurl closes may be
** gone already. */
static bool watch(Fetcher *f, int descriptor, int events) {
  unsigned char *state = &f->watched[descriptor];
  struct epoll_event event = {.data.fd = descriptor};
  event.events = (events & READ ? EPOLLIN : 0u) |
                 (events & WRITE ? EPOLLOUT : 0u);
  int order = !events           ? EPOLL_CTL_DEL
              : *state & EVENTS ? EPOLL_CTL_MOD
                                : EPOLL_CTL_ADD;
  bool failed = epoll_ctl(f->epoll, order, descriptor, &event) != 0;
  if (failed && (events || *state & OURS)) return false;
  *state = (unsigned char)((*state & OURS) | events);
  return true;
}

static Transfer *transfer_of(CURL *easy) {
  char *pointer = NULL;
  libcurl.easy_getinfo(easy, CURLINFO_PRIVATE, &pointer);
  return (Transfer *)(void *)pointer;
}

/* What libcurl calls. */

/* errno tells why the socket that a transfer needs is not watched. */
static void note_deafness(Fetcher *f, CURL *easy) {
  int error = errno;
  Transfer *t = transfer_of(easy);
  f->deaf = true;
  if (t) t->deaf = error;
}

/* Never a failure: after one libcurl does nothing more, for any transfer. */
static int on_socket(CURL *easy, curl_socket_t descriptor, int what, void *data,
                     void *unused) {
  Fetcher *f = data;
  bool removes = what == CURL_POLL_REMOVE;
  int events = removes ? 0 : what & (CURL_POLL_IN | CURL_POLL_OUT);
  (void)unused;
  if (!reserve(f, (size_t)descriptor)) {
    if (!removes) note_deafness(f, easy);
    return 0;
  }
  unsigned char *state = &f->watched[descriptor];
  *state &= (unsigned char)~(IDLE | WANTED);
  if (removes && *state & OURS) {
    *state |= IDLE;
  } else if ((*state & EVENTS) != events && !watch(f, descriptor, events)) {
    *state |= (unsigned char)(events << WANTED_SHIFT);
    note_deafness(f, easy);
  }
  return 0;
}

static int on_timer(CURLM *multi, long ms, void *data) {
  Fetcher *f = data;
  (void)multi;
  f->due = ms < 0 ? FETCHER_NEVER : now() + (uint64_t)ms * MILLISECOND;
  return 0;
}

static curl_socket_t open_socket(void *data, curlsocktype purpose,
                                 struct curl_sockaddr *address) {
  Fetcher *f = data;
  (void)purpose;
  int descriptor = socket(address->family, address->socktype | SOCK_CLOEXEC,
                          address->protocol);
  if (descriptor < 0) return CURL_SOCKET_BAD;
  if (!reserve(f, (size_t)descriptor)) {
    close(descriptor);
    return CURL_SOCKET_BAD;
  }
  f->watched[descriptor] = OURS;
  return descriptor;
}

static int close_socket(void *data, curl_socket_t descriptor) {
  Fetcher *f = data;
  if ((size_t)descriptor < f->watched_room) {
    /* A process that was forked meanwhile may keep it open, and so in epoll. */
    if (f->watched[descriptor] & EVENTS) watch(f, descriptor, 0);
    f->watched[descriptor] = 0;
  }
  return close(descriptor);
}

static bool set_callbacks(Fetcher *f) {
  return !libcurl.multi_setopt(f->multi, CURLMOPT_SOCKETFUNCTION, on_socket) &&
         !libcurl.multi_setopt(f->multi, CURLMOPT_SOCKETDATA, f) &&
         !libcurl.multi_setopt(f->multi, CURLMOPT_TIMERFUNCTION, on_timer) &&
         !libcurl.multi_setopt(f->multi, CURLMOPT_TIMERDATA, f);
}

/* As many as were in use at once, for they will be again. */
static void keep_connections(Fetcher *f) {
  if (f->active < f->kept) return;
  f->kept = f->kept ? 2 * f->kept : KEPT;
  libcurl.multi_setopt(f->multi, CURLMOPT_MAXCONNECTS, (long)f->kept);
}

/* All is done by one thread: there is nothing to lock. */
static bool share(Fetcher *f, bool cookies) {
  f->shared = libcurl.share_init();
  if (!f->shared || libcurl.share_setopt(f->shared, CURLSHOPT_SHARE,
                                         CURL_LOCK_DATA_SSL_SESSION))
    return false;
  return !cookies || !libcurl.share_setopt(f->shared, CURLSHOPT_SHARE,
                                           CURL_LOCK_DATA_COOKIE);
}

bool fetcher_open(Fetcher *f, bool cookies) {
  *f = (Fetcher){.due = FETCHER_NEVER};
  f->epoll = epoll_create1(EPOLL_CLOEXEC);
  if (f->epoll < 0) return false;
  f->multi = libcurl.multi_init();
  if (f->multi && set_callbacks(f) && share(f, cookies)) return true;
  fetcher_close(f);
  errno = ENOMEM;
  return false;
}

static void remove_from_multi(Fetcher *f, Transfer *t) {
  libcurl.multi_remove_handle(f->multi, t->easy);
  f->active--;
  f->streaming -= t->streams;
  t->active = false;
}

void fetcher_close(Fetcher *f) {
  for (uint32_t i = 0; i < f->count; i++) {
    if (f->transfers[i]->active) remove_from_multi(f, f->transfers[i]);
    transfer_free(f->transfers[i]);
  }
  if (f->multi) libcurl.multi_cleanup(f->multi);
  if (f->shared) libcurl.share_cleanup(f->shared);
  if (f->epoll >= 0) close(f->epoll);
  free(f->transfers);
  free(f->watched);
  *f = (Fetcher){.epoll = -1};
}

static Transfer *make(Fetcher *f) {
  if (f->count == f->room) {
    uint32_t room = f->room ? 2 * f->room : 16;
    Transfer **longer = realloc(f->transfers, room * sizeof(Transfer *));
    if (!longer) return NULL;
    f->transfers = longer;
    f->room = room;
  }
  Transfer *t = transfer_new(f->count);
  if (t) f->transfers[f->count++] = t;
  return t;
}

Transfer *fetcher_spare(Fetcher *f) {
  if (!f->spare) f->spare = make(f);
  return f->spare;
}

static CURLcode set_owner(Fetcher *f, Transfer *t) {
  CURL *easy = t->easy;
  CURLcode code = libcurl.easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION,
                                      open_socket);
  if (!code) code = libcurl.easy_setopt(easy, CURLOPT_OPENSOCKETDATA, f);
  if (!code)
    code = libcurl.easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, close_socket);
  if (!code) code = libcurl.easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, f);
  if (!code) code = libcurl.easy_setopt(easy, CURLOPT_SHARE, f->shared);
  return code;
}

bool fetcher_start(Fetcher *f, Transfer *t) {
  keep_connections(f);
  if (!t->adopted) t->code = set_owner(f, t);
  if (t->code) return false;
  t->adopted = true;
  t->code = CURLE_OUT_OF_MEMORY;
  if (libcurl.multi_add_handle(f->multi, t->easy) != CURLM_OK) return false;
  t->code = CURLE_OK;
  f->spare = t->next;
  t->next = NULL;
  t->active = true;
  f->active++;
  f->streaming += t->streams;
  return true;
}

static void tell(Fetcher *f, Transfer *t) {
  if (t->told) return;
  t->told = true;
  t->next = NULL;
  if (f->news.last)
    f->news.last->next = t;
  else
    f->news.first = t;
  f->news.last = t;
}

static void untell(Fetcher *f, Transfer *t) {
  Transfer *before = NULL;
  if (!t->told) return;
  for (Transfer *it = f->news.first; it != t; it = it->next) before = it;
  if (before)
    before->next = t->next;
  else
    f->news.first = t->next;
  if (f->news.last == t) f->news.last = before;
  t->told = false;
}

void fetcher_give_back(Fetcher *f, Transfer *t) {
  untell(f, t);
  if (t->active) remove_from_multi(f, t);
  transfer_clear(t);
  t->next = f->spare;
  f->spare = t;
}

static void end(Fetcher *f, Transfer *t, CURLcode code) {
  remove_from_multi(f, t);
  transfer_end(t, code);
  tell(f, t);
}

/* What libcurl had kept comes at once, and may be refused: nobody but us knows
** of that. */
void fetcher_resume(Fetcher *f, Transfer *t) {
  if (!t->paused || !t->active) return;
  t->paused = false;
  CURLcode code = libcurl.easy_pause(t->easy, CURLPAUSE_CONT);
  if (code) {
    end(f, t, code);
  } else if (t->body.size > 0) {
    tell(f, t);
  }
}

static void note_ends(Fetcher *f) {
  CURLMsg *message;
  int left;
  while ((message = libcurl.multi_info_read(f->multi, &left)) != NULL) {
    if (message->msg != CURLMSG_DONE) continue;
    end(f, transfer_of(message->easy_handle), message->data.result);
  }
}

static void give_up(Fetcher *f, Transfer *t, TransferFault fault,
                    const char *why, const char *cause) {
  end(f, t, CURLE_ABORTED_BY_CALLBACK);
  t->fault = fault;
  snprintf(t->message, sizeof t->message, "%s: %s", why, cause);
}

static void end_deaf(Fetcher *f, Transfer *t, int error) {
  give_up(f, t, TRANSFER_DEAF, "the connection cannot be watched",
          strerror(error));
}

/* Whether what was refused is watched now, or wanted no more. */
static bool watch_again(Fetcher *f) {
  for (size_t i = 0; i < f->watched_room; i++) {
    int events = (f->watched[i] & WANTED) >> WANTED_SHIFT;
    if (events && !watch(f, (int)i, events)) return false;
  }
  return true;
}

/* A transfer whose socket is not watched would wait for ever. It ends; but
** others may share that socket, nobody knows which: where it is still wanted,
** and refused again, all end. */
static void note_deaf(Fetcher *f) {
  for (uint32_t i = 0; i < f->count; i++) {
    Transfer *t = f->transfers[i];
    if (t->active && t->deaf) end_deaf(f, t, t->deaf);
  }
  bool again = watch_again(f);
  int error = errno;
  for (uint32_t i = 0; !again && i < f->count; i++)
    if (f->transfers[i]->active) end_deaf(f, f->transfers[i], error);
  f->deaf = false;
}

/* Nobody knows what libcurl has not done, and for which transfers. */
static void note_problem(Fetcher *f) {
  bool memory = f->problem == CURLM_OUT_OF_MEMORY;
  TransferFault fault = memory ? TRANSFER_MEMORY : TRANSFER_SOUND;
  const char *cause = libcurl.multi_strerror(f->problem);
  for (uint32_t i = 0; i < f->count; i++) {
    Transfer *t = f->transfers[i];
    if (t->active) give_up(f, t, fault, "libcurl has failed", cause);
  }
  f->problem = CURLM_OK;
}

static void settle(Fetcher *f) {
  note_ends(f);
  if (f->problem) note_problem(f);
  if (f->deaf) note_deaf(f);
}

static void note_streams(Fetcher *f) {
  for (uint32_t i = 0; f->streaming && i < f->count; i++) {
    Transfer *t = f->transfers[i];
    if (t->active && t->streams && t->body.size > 0) tell(f, t);
  }
}

static void drive(Fetcher *f, curl_socket_t descriptor, int what) {
  int running;
  CURLMcode code = libcurl.multi_socket_action(f->multi, descriptor, what,
                                               &running);
  if (code) f->problem = code;
}

static void act(Fetcher *f, const struct epoll_event *event) {
  int descriptor = event->data.fd;
  int what = 0;
  if (f->watched[descriptor] & IDLE) {
    watch(f, descriptor, 0);
    return;
  }
  if (event->events & (EPOLLIN | EPOLLHUP | EPOLLRDHUP))
    what |= CURL_CSELECT_IN;
  if (event->events & EPOLLOUT) what |= CURL_CSELECT_OUT;
  if (event->events & EPOLLERR) what |= CURL_CSELECT_ERR;
  drive(f, descriptor, what);
}

uint64_t fetcher_patience(const Fetcher *f) {
  if (f->news.first || f->deaf) return 0;
  if (f->due == FETCHER_NEVER) return FETCHER_NEVER;
  uint64_t time = now();
  return f->due > time ? f->due - time : 0;
}

/* Rounded up, or a turn that comes a little early would find nothing due. */
static int milliseconds(uint64_t ns) {
  const uint64_t longest = 1000000000; /* some ten days */
  if (ns == FETCHER_NEVER) return -1;
  uint64_t ms = (ns + MILLISECOND - 1) / MILLISECOND;
  return (int)(ms < longest ? ms : longest);
}

/* A transfer for which more has come than libcurl reads at once is due again;
** the others must not wait long for it. */
static void do_what_is_due(Fetcher *f) {
  uint64_t begun = now(), time = begun;
  for (int i = 0; i < ROUNDS && time - begun < LONGEST; i++) {
    if (f->due == FETCHER_NEVER || f->due > time) return;
    f->due = FETCHER_NEVER;
    drive(f, CURL_SOCKET_TIMEOUT, 0);
    time = now();
  }
}

void fetcher_send(Fetcher *f) {
  do_what_is_due(f);
  settle(f);
}

void fetcher_turn(Fetcher *f, uint64_t patience) {
  struct epoll_event events[AT_ONCE];
  uint64_t own = fetcher_patience(f);
  int n = epoll_wait(f->epoll, events, AT_ONCE,
                     milliseconds(own < patience ? own : patience));
  for (int i = 0; i < n; i++) act(f, &events[i]);
  do_what_is_due(f);
  settle(f);
  note_streams(f);
}

Transfer *fetcher_news(Fetcher *f) {
  Transfer *t = f->news.first;
  if (!t) return NULL;
  f->news.first = t->next;
  if (!t->next) f->news.last = NULL;
  t->next = NULL;
  t->told = false;
  return t;
}
