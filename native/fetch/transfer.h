/* One request and its answer. What libcurl hands over is kept in memory of our
** own: in its callbacks nobody may call Lua, whose allocator may raise errors.
**
** A transfer and its easy handle are used again and again; as long as they
** serve the same plan, only the URL changes. */
#ifndef PERILUNE_FETCH_TRANSFER_H
#define PERILUNE_FETCH_TRANSFER_H

#include <stdbool.h>
#include <stdint.h>

#include "native/fetch/settings.h"

/* What requests have in common. Its bytes belong to whoever made it. */
typedef struct TransferPlan {
  uint64_t number;    /* no other plan's, from 1 */
  const char *method; /* upper case */
  const char *body;   /* NULL: none */
  size_t body_size;
  uint64_t most;   /* bytes of a body that are accepted */
  bool streams;    /* the body is taken piece by piece */
  bool writes_jar; /* of cookies */
  bool remembers;  /* libcurl's handle keeps something for the next request */
  size_t count;
  const Setting *settings;
} TransferPlan;

typedef struct TransferBytes {
  char *bytes;
  size_t size, room;
} TransferBytes;

typedef enum TransferFault {
  TRANSFER_SOUND,
  TRANSFER_LARGE,      /* more than the plan accepts */
  TRANSFER_LARGE_HEAD, /* more headers than anybody sends */
  TRANSFER_FOLDED,     /* headers that go on with none before them */
  TRANSFER_FILE,       /* see `error` */
  TRANSFER_MEMORY,
  TRANSFER_DEAF, /* its socket is not watched, see `message` */
} TransferFault;

typedef struct Transfer {
  struct Transfer *next; /* in the list that it is in */
  CURL *easy;
  uint32_t number; /* for as long as there is its fetcher */
  uint8_t host;    /* a hash of the URL's */
  bool shares;     /* a connection with others, perhaps */
  uint8_t lane;    /* while it is active */
  bool active;     /* libcurl has it */
  bool over;       /* `code` is the outcome */
  bool told;       /* it is in the list of news */
  bool paused;
  struct Sockets *sockets; /* its fetcher's */
  int refused;        /* errno, where there was no descriptor left for it */
  int deaf;           /* errno: why its socket is not watched */
  bool used;          /* the handle has had a transfer */
  bool ended;         /* and that one came to its end */
  bool expects_first; /* header of an answer */
  bool in_head;       /* of an answer, whose last line has not come */
  bool adopted;       /* the handle has options of its fetcher's, too */
  uint64_t plan;      /* whose options the handle has; 0: none's */
  SettingLists lists;
  TransferBytes head; /* the lines of the last answer */
  TransferBytes body; /* what has not been taken, or written to the file */
  uint64_t heads;     /* bytes of all answers' lines */
  uint64_t received;  /* bytes of the body */
  uint64_t most;
  bool streams;
  bool writes_jar;  /* at its end */
  const char *sent; /* the body that goes out */
  size_t sent_size, sent_now;
  int file;      /* -1: none */
  char *partial; /* its name until it is whole */
  char *path;
  CURLcode code;
  TransferFault fault;
  int error; /* errno */
  char message[CURL_ERROR_SIZE];
} Transfer;

/* NULL: no memory. */
Transfer *transfer_new(uint32_t number);
void transfer_free(Transfer *transfer);

/* Readies it for a request that goes into a file (path; else NULL). False:
** code, fault and error tell why. What the plan points to must stay until the
** transfer is over, the URL and the path need not. */
bool transfer_prepare(Transfer *transfer, const TransferPlan *plan,
                      const char *url, const char *path);

/* libcurl has done with it: sees to its file. */
void transfer_end(Transfer *transfer, CURLcode code);

/* Lets go of its answer; what was not whole leaves no file. */
void transfer_clear(Transfer *transfer);

/* For a transfer that is over and has failed: what kind of failure, and a
** sentence. */
const char *transfer_fault(const Transfer *transfer);
const char *transfer_message(const Transfer *transfer);

/* Bytes that a transfer holds before it asks the other side to wait. */
enum { TRANSFER_AHEAD = 256 << 10 };

enum { TRANSFER_HOSTS = 64 };

#endif
