#include "native/fetch/lanes.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

enum {
  ROUNDS = 16,   /* of what is due at once, in a turn */
  KEPT = 64,     /* connections that the first lane keeps, at least */
  CROWD = 32,    /* a host's transfers, after which they take the next lane */
  STREAMS = 100, /* the same, of one connection's: as many as libcurl opens */
  SHARE = 256, /* of the descriptors that we may have: one lane, of them all */
};

#define MILLISECOND UINT64_C(1000000)
#define LONGEST (2 * MILLISECOND) /* of what is due, in a turn */

uint64_t lanes_now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static Transfer *transfer_of(CURL *easy) {
  char *pointer = NULL;
  libcurl.easy_getinfo(easy, CURLINFO_PRIVATE, &pointer);
  return (Transfer *)(void *)pointer;
}

/* What libcurl calls. */

/* Never a failure: after one libcurl does nothing more, for any transfer. */
static int on_socket(CURL *easy, curl_socket_t descriptor, int what, void *data,
                     void *unused) {
  Lane *lane = data;
  (void)unused;
  Sockets *sockets = &lane->lanes->sockets;
  if (sockets_want(sockets, descriptor, what, lane->number)) return 0;
  int error = errno;
  Transfer *t = transfer_of(easy);
  lane->lanes->deaf = true;
  if (t) t->deaf = error;
  return 0;
}

static int on_timer(CURLM *multi, long ms, void *data) {
  Lane *lane = data;
  (void)multi;
  lane->due = ms < 0 ? LANES_NEVER : lanes_now() + (uint64_t)ms * MILLISECOND;
  return 0;
}

/* A lane */

static bool set_callbacks(Lane *lane) {
  CURLM *multi = lane->multi;
  return !libcurl.multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, on_socket) &&
         !libcurl.multi_setopt(multi, CURLMOPT_SOCKETDATA, lane) &&
         !libcurl.multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_timer) &&
         !libcurl.multi_setopt(multi, CURLMOPT_TIMERDATA, lane);
}

static void close_lane(Lane *lane) {
  if (lane->multi) libcurl.multi_cleanup(lane->multi);
  free(lane);
}

/* NULL: no memory. */
static Lane *open_lane(Lanes *lanes) {
  Lane *lane = calloc(1, sizeof *lane);
  if (!lane) return NULL;
  lane->lanes = lanes;
  lane->due = LANES_NEVER;
  lane->number = (uint8_t)lanes->count;
  lane->multi = libcurl.multi_init();
  if (lane->multi && set_callbacks(lane)) {
    lanes->lanes[lanes->count++] = lane;
    return lane;
  }
  close_lane(lane);
  return NULL;
}

/* As many as were in use at once, for they will be again. Those that another
** host's crowd has left take descriptors until then: no more than it had. */
static void keep_connections(Lane *lane) {
  uint32_t least = lane->number == 0 ? KEPT : CROWD;
  if (lane->active < lane->kept) return;
  lane->kept = lane->kept ? 2 * lane->kept : least;
  libcurl.multi_setopt(lane->multi, CURLMOPT_MAXCONNECTS, (long)lane->kept);
}

static void drive(Lane *lane, curl_socket_t descriptor, int what) {
  int running;
  CURLMcode code = libcurl.multi_socket_action(lane->multi, descriptor, what,
                                               &running);
  if (code) lane->problem = code;
}

/* All of them */

/* A lane takes two descriptors for itself, which a crowd may be in need of. */
static uint32_t most_lanes(void) {
  struct rlimit descriptors;
  if (getrlimit(RLIMIT_NOFILE, &descriptors) != 0) return 1;
  rlim_t most = descriptors.rlim_cur / SHARE;
  return most < 1 ? 1 : most < LANES ? (uint32_t)most : LANES;
}

bool lanes_open(Lanes *lanes) {
  *lanes = (Lanes){.most = most_lanes()};
  if (!sockets_open(&lanes->sockets)) return false;
  if (open_lane(lanes)) return true;
  lanes_close(lanes);
  errno = ENOMEM;
  return false;
}

void lanes_close(Lanes *lanes) {
  for (uint32_t i = 0; i < lanes->count; i++) close_lane(lanes->lanes[i]);
  sockets_close(&lanes->sockets);
  lanes->count = 0;
}

/* The first one where the host has room. What may share a connection (by TLS)
** goes on until that is full: libcurl 7.88 would then open another one for each
** transfer, whether it could share that or not (its pull request 10456). */
static Lane *choose(Lanes *lanes, const Transfer *t) {
  uint32_t crowd = t->shares ? STREAMS : CROWD;
  uint32_t most = t->shares ? LANES : lanes->most;
  Lane *best = lanes->lanes[0];
  for (uint32_t i = 0; i < lanes->count; i++) {
    Lane *lane = lanes->lanes[i];
    if (lane->hosts[t->host] < crowd) return lane;
    if (lane->hosts[t->host] < best->hosts[t->host]) best = lane;
  }
  Lane *fresh = lanes->count < most ? open_lane(lanes) : NULL;
  return fresh ? fresh : best;
}

bool lanes_add(Lanes *lanes, Transfer *t) {
  Lane *lane = choose(lanes, t);
  keep_connections(lane);
  if (libcurl.multi_add_handle(lane->multi, t->easy)) return false;
  t->lane = lane->number;
  lane->active++;
  lane->hosts[t->host]++;
  return true;
}

void lanes_remove(Lanes *lanes, Transfer *t) {
  Lane *lane = lanes->lanes[t->lane];
  libcurl.multi_remove_handle(lane->multi, t->easy);
  lane->active--;
  lane->hosts[t->host]--;
}

uint64_t lanes_due(const Lanes *lanes) {
  uint64_t due = LANES_NEVER;
  for (uint32_t i = 0; i < lanes->count; i++)
    if (lanes->lanes[i]->due < due) due = lanes->lanes[i]->due;
  return due;
}

static void act_by(Lanes *lanes, uint64_t time) {
  for (uint32_t i = 0; i < lanes->count; i++) {
    Lane *lane = lanes->lanes[i];
    if (lane->due > time) continue;
    lane->due = LANES_NEVER;
    drive(lane, CURL_SOCKET_TIMEOUT, 0);
  }
}

/* A transfer for which more has come than libcurl reads at once is due again;
** the others must not wait long for it. */
void lanes_act(Lanes *lanes) {
  uint64_t begun = lanes_now(), time = begun;
  for (int i = 0; i < ROUNDS && time - begun < LONGEST; i++) {
    if (lanes_due(lanes) > time) return;
    act_by(lanes, time);
    time = lanes_now();
  }
}

void lanes_turn(Lanes *lanes, int ms) {
  SocketEvent events[SOCKETS_EVENTS];
  size_t count = sockets_wait(&lanes->sockets, events, ms);
  for (size_t i = 0; i < count; i++)
    drive(lanes->lanes[events[i].owner], events[i].descriptor, events[i].what);
  lanes_act(lanes);
}

Transfer *lanes_ended(Lanes *lanes, CURLcode *code) {
  int left;
  for (uint32_t i = 0; i < lanes->count; i++) {
    const CURLMsg *message;
    while ((message = libcurl.multi_info_read(lanes->lanes[i]->multi, &left))) {
      if (message->msg != CURLMSG_DONE) continue;
      *code = message->data.result;
      return transfer_of(message->easy_handle);
    }
  }
  return NULL;
}
