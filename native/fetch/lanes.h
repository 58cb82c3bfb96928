/* libcurl's multi handles. One would do, but to find a connection that is free
** it looks at all of that host's: with a thousand under way that is a fifth of
** what a request takes. So a crowd of requests to one host is spread over
** lanes, and each lane has connections of its own; one, where HTTP/2 is
** spoken. */
#ifndef PERILUNE_FETCH_LANES_H
#define PERILUNE_FETCH_LANES_H

#include <stdbool.h>
#include <stdint.h>

#include "native/fetch/sockets.h"
#include "native/fetch/transfer.h"

enum { LANES = 64 };

typedef struct Lane {
  CURLM *multi;
  struct Lanes *lanes;
  uint64_t due; /* ns of the monotonic clock */
  uint8_t number;
  CURLMcode problem; /* libcurl's, in this turn */
  uint32_t active;
  uint32_t kept;                  /* connections */
  uint32_t hosts[TRANSFER_HOSTS]; /* active, of each */
} Lane;

typedef struct Lanes {
  Sockets sockets;
  Lane *lanes[LANES];
  uint32_t count; /* the first is always there */
  uint32_t most;  /* but for transfers that may share a connection */
  bool deaf;      /* a socket is not watched, see Transfer */
} Lanes;

#define LANES_NEVER UINT64_MAX

/* ns of the monotonic clock */
uint64_t lanes_now(void);

/* False with errno; then they are closed. */
bool lanes_open(Lanes *lanes);
void lanes_close(Lanes *lanes);

/* False: libcurl has no memory. */
bool lanes_add(Lanes *lanes, Transfer *transfer);
void lanes_remove(Lanes *lanes, Transfer *transfer);

/* When the first of them has something to do; LANES_NEVER. */
uint64_t lanes_due(const Lanes *lanes);

/* Waits for up to so many ms (-1: without end) and does what can be done; with
** lanes_act only what is due. */
void lanes_turn(Lanes *lanes, int ms);
void lanes_act(Lanes *lanes);

/* The next transfer that libcurl has done with, and its outcome; NULL. */
Transfer *lanes_ended(Lanes *lanes, CURLcode *code);

#endif
