/* Many transfers at once: libcurl's multi interface behind one descriptor of
** epoll's. Whoever has a loop watches that descriptor and rings at the time
** that is due; whoever has none waits here. */
#ifndef PERILUNE_FETCH_FETCHER_H
#define PERILUNE_FETCH_FETCHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "native/fetch/lanes.h"
#include "native/fetch/transfer.h"

typedef struct FetcherList {
  Transfer *first, *last;
} FetcherList;

typedef struct Fetcher {
  Lanes lanes;
  CURLSH *shared; /* addresses, TLS sessions, and cookies if there are any */
  Transfer **transfers; /* by number */
  uint32_t count, room;
  uint32_t streaming;
  Transfer *spare;  /* a stack */
  FetcherList news; /* transfers that are over or have bytes to take */
} Fetcher;

#define FETCHER_NEVER UINT64_MAX

/* False with errno; then it is closed. */
bool fetcher_open(Fetcher *fetcher, bool cookies);

/* Ends all transfers and connections. */
void fetcher_close(Fetcher *fetcher);

/* A transfer that does nothing yet, the same one until it is started; NULL: no
** memory. */
Transfer *fetcher_spare(Fetcher *fetcher);

/* Starts the spare one, which is prepared; it goes on in fetcher_turn. */
bool fetcher_start(Fetcher *fetcher, Transfer *transfer);

/* Ends one that was started, wherever it is, and makes it the spare one. */
void fetcher_give_back(Fetcher *fetcher, Transfer *transfer);

/* Lets one that streams go on, after its bytes have been taken. */
void fetcher_resume(Fetcher *fetcher, Transfer *transfer);

/* Waits for up to `patience` ns, less when something is due or a signal comes,
** and does what can be done. */
void fetcher_turn(Fetcher *fetcher, uint64_t patience);

/* Sends what was started since the last turn, as the next one would. */
void fetcher_send(Fetcher *fetcher);

/* Takes the next of the news, or NULL. */
Transfer *fetcher_news(Fetcher *fetcher);

/* ns until fetcher_turn must be called; 0: now. */
uint64_t fetcher_patience(const Fetcher *fetcher);

#endif
