/* What passes on the socket between a judge and its child: a frame each way a
** request, then `size` bytes. A reply repeats the request's nonce. */
#ifndef PERILUNE_CHILD_WIRE_H
#define PERILUNE_CHILD_WIRE_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>

#include "host/sandbox/sandbox.h"

/* The child's end. */
#define CHILD_SOCKET 3

typedef struct ChildFrame {
  uint64_t nonce;
  uint64_t kind; /* a ChildRequest; in a reply a ChildCode */
  uint64_t size;
} ChildFrame;

/* Payloads are messages (native/message.h) where nothing else is said. */
typedef enum ChildRequest {
  CHILD_OPEN,    /* {file, cwd, memory, forbidden, late, driver}
                    -> names of functions */
  CHILD_PUT,     /* the arguments -> nothing */
  CHILD_CALL,    /* a name, as it stands -> nothing */
  CHILD_COUNT,   /* likewise -> instructions, a uint64_t */
  CHILD_CALLS,   /* likewise -> as call_count_bytes has it, uint64_t */
  CHILD_EACH,    /* likewise, called for each item of the list that the argument
                    is, with what that packs -> nothing; the result is a list of
                    packed results */
  CHILD_TAKE,    /* nothing -> the results */
  CHILD_CONFINE, /* before all others: a SandboxPolicy, then its
                    strings with their final zeros -> a ChildConfined */
} ChildRequest;

typedef struct ChildConfined {
  int32_t pid;   /* of the process that runs the solution */
  int32_t first; /* whose end is the end of all */
  SandboxReport report;
} ChildConfined;

/* Whether an errno is over when the same is asked again. */
static inline bool child_passes(int number) {
  return number == EINTR || number == ENOBUFS;
}

#endif
