/* The frames of a channel: a header, then `size` bytes, then up to 7 that make
** the next header aligned. */
#ifndef PERILUNE_POOL_FRAME_H
#define PERILUNE_POOL_FRAME_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

/* Payloads are parcels (native/parcel.h) unless something else is said. */
typedef enum FrameKind {
  /* to the worker */
  FRAME_CALL = 1, /* a function and its arguments, called before tasks */
  FRAME_ASK,      /* the same at any time; the owner wants what it returns */
  FRAME_DEFINE,   /* `function` is from now on the function in the parcel */
  FRAME_FORGET,   /* empty: `function` is not needed any more */
  FRAME_TASK,     /* the arguments of `function` */
  FRAME_QUIT,     /* empty: the worker ends */
  /* to the owner; job and index are the task's. Job 0: of a FRAME_ASK with
  ** this index; index 0, too: of a FRAME_CALL */
  FRAME_RESULT,
  FRAME_SPAN, /* not a parcel: a WorkerSpan; job and index of its first task */
  FRAME_FAILURE, /* what worker_lua.c says of it */
} FrameKind;

/* Who has the task: the worker takes it before it runs, unless the owner has
** taken it back. */
typedef enum FrameClaim { FRAME_FREE, FRAME_TAKEN, FRAME_REVOKED } FrameClaim;

typedef struct Frame {
  _Atomic uint32_t claim;
  uint32_t kind;
  uint64_t size;
  uint32_t job;
  uint32_t function;
  uint64_t index;
} Frame;

static inline size_t frame_padded(uint64_t size) {
  return (size_t)((size + 7) & ~UINT64_C(7));
}

#endif
