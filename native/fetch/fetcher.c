#include "native/fetch/fetcher.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MILLISECOND UINT64_C(1000000)

/* All is done by one thread: there is nothing to lock. */
static bool share(Fetcher *f, bool cookies) {
  f->shared = libcurl.share_init();
  if (!f->shared ||
      libcurl.share_setopt(f->shared, CURLSHOPT_SHARE, CURL_LOCK_DATA_DNS) ||
      libcurl.share_setopt(f->shared, CURLSHOPT_SHARE,
                           CURL_LOCK_DATA_SSL_SESSION))
    return false;
  return !cookies || !libcurl.share_setopt(f->shared, CURLSHOPT_SHARE,
                                           CURL_LOCK_DATA_COOKIE);
}

bool fetcher_open(Fetcher *f, bool cookies) {
  *f = (Fetcher){0};
  if (!lanes_open(&f->lanes)) return false;
  if (share(f, cookies)) return true;
  fetcher_close(f);
  errno = ENOMEM;
  return false;
}

static void detach(Fetcher *f, Transfer *t) {
  lanes_remove(&f->lanes, t);
  f->streaming -= t->streams;
  t->active = false;
}

void fetcher_close(Fetcher *f) {
  for (uint32_t i = 0; i < f->count; i++) {
    if (f->transfers[i]->active) detach(f, f->transfers[i]);
    transfer_free(f->transfers[i]);
  }
  lanes_close(&f->lanes);
  if (f->shared) libcurl.share_cleanup(f->shared);
  free(f->transfers);
  f->shared = NULL;
  f->transfers = NULL;
  f->count = f->room = 0;
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

/* Other errors are of one address of several, and libcurl's to tell. */
static bool is_out_of_descriptors(int error) {
  return error == EMFILE || error == ENFILE;
}

static curl_socket_t open_socket(void *data, curlsocktype purpose,
                                 struct curl_sockaddr *address) {
  Transfer *t = data;
  curl_socket_t descriptor = sockets_make(t->sockets, purpose, address);
  if (descriptor == CURL_SOCKET_BAD && is_out_of_descriptors(errno))
    t->refused = errno;
  return descriptor;
}

static CURLcode set_owner(Fetcher *f, Transfer *t) {
  CURL *easy = t->easy;
  Sockets *sockets = t->sockets = &f->lanes.sockets;
  CURLcode code = libcurl.easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION,
                                      open_socket);
  if (!code) code = libcurl.easy_setopt(easy, CURLOPT_OPENSOCKETDATA, t);
  if (!code)
    code = libcurl.easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, sockets_drop);
  if (!code) code = libcurl.easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, sockets);
  if (!code) code = libcurl.easy_setopt(easy, CURLOPT_SHARE, f->shared);
  return code;
}

bool fetcher_start(Fetcher *f, Transfer *t) {
  if (!t->adopted) t->code = set_owner(f, t);
  if (t->code) return false;
  t->adopted = true;
  t->code = CURLE_OUT_OF_MEMORY;
  if (!lanes_add(&f->lanes, t)) return false;
  t->code = CURLE_OK;
  f->spare = t->next;
  t->next = NULL;
  t->active = true;
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
  if (t->active) detach(f, t);
  transfer_clear(t);
  t->next = f->spare;
  f->spare = t;
}

static void end(Fetcher *f, Transfer *t, CURLcode code) {
  detach(f, t);
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
  CURLcode code;
  for (Transfer *t; (t = lanes_ended(&f->lanes, &code)) != NULL;)
    end(f, t, code);
}

static void give_up(Fetcher *f, Transfer *t, TransferFault fault,
                    const char *why, const char *cause) {
  end(f, t, CURLE_ABORTED_BY_CALLBACK);
  t->fault = fault;
  snprintf(t->message, sizeof t->message, "%s: %s", why, cause);
}

static void end_lane(Fetcher *f, const Lane *lane, TransferFault fault,
                     const char *why, const char *cause) {
  for (uint32_t i = 0; i < f->count; i++) {
    Transfer *t = f->transfers[i];
    if (t->active && t->lane == lane->number) give_up(f, t, fault, why, cause);
  }
}

static const char UNWATCHED[] = "the connection cannot be watched";

/* A transfer whose socket is not watched would wait for ever. It ends; but
** others may share that socket, nobody knows which: where it is still wanted,
** and refused again, all of its lane end. */
static void note_deaf(Fetcher *f) {
  uint8_t number;
  for (uint32_t i = 0; i < f->count; i++) {
    Transfer *t = f->transfers[i];
    if (t->active && t->deaf)
      give_up(f, t, TRANSFER_DEAF, UNWATCHED, strerror(t->deaf));
  }
  while (!sockets_want_again(&f->lanes.sockets, &number))
    end_lane(f, f->lanes.lanes[number], TRANSFER_DEAF, UNWATCHED,
             strerror(errno));
  f->lanes.deaf = false;
}

/* Nobody knows what libcurl has not done, and for which transfers. */
static void note_problem(Fetcher *f, Lane *lane) {
  bool memory = lane->problem == CURLM_OUT_OF_MEMORY;
  end_lane(f, lane, memory ? TRANSFER_MEMORY : TRANSFER_SOUND,
           "libcurl has failed", libcurl.multi_strerror(lane->problem));
  lane->problem = CURLM_OK;
}

static void settle(Fetcher *f) {
  note_ends(f);
  for (uint32_t i = 0; i < f->lanes.count; i++)
    if (f->lanes.lanes[i]->problem) note_problem(f, f->lanes.lanes[i]);
  if (f->lanes.deaf) note_deaf(f);
}

static void note_streams(Fetcher *f) {
  for (uint32_t i = 0; f->streaming && i < f->count; i++) {
    Transfer *t = f->transfers[i];
    if (t->active && t->streams && t->body.size > 0) tell(f, t);
  }
}

uint64_t fetcher_patience(const Fetcher *f) {
  if (f->news.first || f->lanes.deaf) return 0;
  uint64_t due = lanes_due(&f->lanes);
  if (due == LANES_NEVER) return FETCHER_NEVER;
  uint64_t time = lanes_now();
  return due > time ? due - time : 0;
}

/* Rounded up, or a turn that comes a little early would find nothing due. */
static int milliseconds(uint64_t ns) {
  const uint64_t longest = 1000000000; /* some ten days */
  if (ns == FETCHER_NEVER) return -1;
  uint64_t ms = (ns + MILLISECOND - 1) / MILLISECOND;
  return (int)(ms < longest ? ms : longest);
}

void fetcher_send(Fetcher *f) {
  lanes_act(&f->lanes);
  settle(f);
}

void fetcher_turn(Fetcher *f, uint64_t patience) {
  uint64_t own = fetcher_patience(f);
  lanes_turn(&f->lanes, milliseconds(own < patience ? own : patience));
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
