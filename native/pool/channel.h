/* Frames between a pool's owner and one of its workers: a ring of shared memory
** each way, with one writer and one reader, and a socket that wakes whoever
** sleeps and closes when the other side is gone.
**
** What a side has published is there for the other even if it dies at that
** moment: a worker's results are not lost with it. Positions count bytes ever
** written and read. Each ring is mapped twice in a row, so that what lies in it
** is contiguous. */
#ifndef PERILUNE_POOL_CHANNEL_H
#define PERILUNE_POOL_CHANNEL_H

#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define CHANNEL_RING ((size_t)256 << 10)

/* A frame up to this size is published as a whole; a larger one streams. */
#define CHANNEL_WHOLE (CHANNEL_RING / 4)

typedef struct RingShared {
  _Alignas(64) _Atomic uint64_t written;
  _Alignas(64) _Atomic uint64_t read;
} RingShared;

/* What the worker tells of itself. */
typedef struct ChannelState {
  _Atomic int32_t pid;      /* 0: it has not begun */
  _Atomic uint32_t served;  /* tasks done */
  _Atomic uint64_t started; /* ns of the monotonic clock; 0: no task runs */
  _Atomic uint64_t busy;    /* ns in tasks */
  _Atomic uint64_t bytes;   /* of its Lua state */
  _Atomic uint32_t ready;   /* what it had to call first has succeeded */
} ChannelState;

typedef struct ChannelShared {
  RingShared down; /* to the worker */
  RingShared up;
  _Alignas(64) _Atomic uint32_t owner_asleep;
  _Atomic uint32_t room_wanted; /* the owner waits for room in `down` */
  _Alignas(64) _Atomic uint32_t worker_asleep;
  _Atomic uint32_t may_spin; /* a processor is free for who waits */
  _Alignas(64) ChannelState state;
} ChannelShared;

/* One side's view of a ring. */
typedef struct Ring {
  RingShared *shared;
  char *bytes;
  uint64_t position; /* ours */
  uint64_t other;    /* the other side's, as last seen */
} Ring;

/* Zeroed is a channel that was never opened. */
typedef struct Channel {
  ChannelShared *shared;
  Ring in, out;
  _Atomic uint32_t *ours, *theirs; /* asleep */
  int socket;
} Channel;

/* Makes the memory: a descriptor, or -1 with errno. */
int channel_memory(void);

/* Maps it, as the owner or as the worker. The socket becomes the channel's.
** False with errno. */
bool channel_open(Channel *channel, int memory, int socket, bool owner);
void channel_close(Channel *channel);

uint64_t channel_now(void); /* ns */

/* Whether an errno is over when the same is asked again. */
static inline bool channel_passes(int number) {
  return number == EINTR || number == ENOBUFS;
}

/* Between two looks of who spins. */
static inline void channel_relax(void) {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#endif
}

/* For the reader: how many bytes lie at *at. */
static inline size_t ring_there(Ring *ring, const char **at) {
  ring->other = atomic_load_explicit(&ring->shared->written,
                                     memory_order_acquire);
  *at = ring->bytes + ring->position % CHANNEL_RING;
  uint64_t there = ring->other - ring->position;
  return there <= CHANNEL_RING ? (size_t)there : 0;
}

static inline void ring_release(Ring *ring, size_t size) {
  ring->position += size;
  atomic_store_explicit(&ring->shared->read, ring->position,
                        memory_order_release);
}

/* For the writer: how many bytes may be written at *at. */
static inline size_t ring_room(Ring *ring, size_t need, char **at) {
  *at = ring->bytes + ring->position % CHANNEL_RING;
  uint64_t used = ring->position - ring->other;
  if (CHANNEL_RING - used < need) {
    ring->other = atomic_load_explicit(&ring->shared->read,
                                       memory_order_acquire);
    used = ring->position - ring->other;
  }
  return used <= CHANNEL_RING ? CHANNEL_RING - (size_t)used : 0;
}

static inline void ring_publish(Ring *ring, size_t size) {
  ring->position += size;
  atomic_store_explicit(&ring->shared->written, ring->position,
                        memory_order_release);
}

/* Wakes the other side, after something was published or released, if it
** sleeps. */
void channel_wake(Channel *channel);

/* Says that this side sleeps until it is woken; look at the rings once more
** before you do. channel_awake takes it back, and what the other side has sent
** meanwhile out of the socket; false when that side is gone. */
void channel_doze(Channel *channel);
bool channel_awake(Channel *channel);

/* Waits until `need` bytes are there; false when the other side is gone and
** they are not. It may spin for a moment first. */
bool channel_await(Channel *channel, size_t need);

/* The same for more of what the other side is about to write, and for room in
** what it is about to read: worth a longer spin. False also when `patience` ms
** have passed; -1: no end. */
bool channel_await_more(Channel *channel, size_t need, int patience);
bool channel_await_room(Channel *channel, size_t need, int patience);

#endif
