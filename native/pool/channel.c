#include "native/pool/channel.h"

#include <errno.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
  HEADER = 4096,
  SPIN = 50000,       /* ns without news before a side goes to sleep */
  SHORT_SPIN = 10000, /* where somebody may want the processor */
  LOOKS = 32,         /* between two looks at the clock */
};

_Static_assert(sizeof(ChannelShared) <= HEADER, "the header is one page");

uint64_t channel_now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* Not to be run as a program: a sandbox refuses others. Kernels before 6.3 do
** not know the flag. */
static int create_memory(void) {
  enum { NOEXEC_SEAL = 8 };
  int fd = memfd_create("perilune-pool", MFD_CLOEXEC | NOEXEC_SEAL);
  if (fd >= 0 || errno != EINVAL) return fd;
  return memfd_create("perilune-pool", MFD_CLOEXEC);
}

int channel_memory(void) {
  int fd = create_memory();
  if (fd < 0 || ftruncate(fd, HEADER + 2 * (off_t)CHANNEL_RING) == 0) return fd;
  int error = errno;
  close(fd);
  errno = error;
  return -1;
}

static bool map(char *at, size_t size, int memory, off_t offset) {
  int protection = PROT_READ | PROT_WRITE;
  return mmap(at, size, protection, MAP_SHARED | MAP_FIXED, memory, offset) !=
         MAP_FAILED;
}

static bool map_twice(char *at, int memory, off_t offset) {
  return map(at, CHANNEL_RING, memory, offset) &&
         map(at + CHANNEL_RING, CHANNEL_RING, memory, offset);
}

enum { MAPPED = HEADER + 4 * CHANNEL_RING };

static void connect_ends(Channel *channel, bool owner) {
  ChannelShared *shared = channel->shared;
  char *base = (char *)shared;
  Ring down = {.shared = &shared->down, .bytes = base + HEADER};
  Ring up = {.shared = &shared->up, .bytes = down.bytes + 2 * CHANNEL_RING};
  channel->in = owner ? up : down;
  channel->out = owner ? down : up;
  channel->ours = owner ? &shared->owner_asleep : &shared->worker_asleep;
  channel->theirs = owner ? &shared->worker_asleep : &shared->owner_asleep;
}

/* A process that the owner forks has no business with the rings. */
bool channel_open(Channel *channel, int memory, int socket, bool owner) {
  char *base = mmap(NULL, MAPPED, PROT_NONE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (base == MAP_FAILED) return false;
  off_t up = HEADER + (off_t)CHANNEL_RING;
  if (!map(base, HEADER, memory, 0) ||
      !map_twice(base + HEADER, memory, HEADER) ||
      !map_twice(base + HEADER + 2 * CHANNEL_RING, memory, up)) {
    munmap(base, MAPPED);
    return false;
  }
  madvise(base, MAPPED, MADV_DONTFORK);
  channel->shared = (ChannelShared *)(void *)base;
  channel->socket = socket;
  connect_ends(channel, owner);
  return true;
}

void channel_close(Channel *channel) {
  if (!channel->shared) return;
  munmap(channel->shared, MAPPED);
  close(channel->socket);
  *channel = (Channel){0};
}

void channel_wake(Channel *channel) {
  atomic_thread_fence(memory_order_seq_cst);
  if (!atomic_load_explicit(channel->theirs, memory_order_relaxed)) return;
  if (!atomic_exchange(channel->theirs, 0)) return;
  ssize_t n;
  do n = send(channel->socket, "", 1, MSG_DONTWAIT | MSG_NOSIGNAL);
  while (n < 0 && channel_passes(errno));
}

void channel_doze(Channel *channel) {
  atomic_store(channel->ours, 1);
  atomic_thread_fence(memory_order_seq_cst);
}

bool channel_awake(Channel *channel) {
  char bytes[64];
  atomic_store(channel->ours, 0);
  for (;;) {
    ssize_t n = recv(channel->socket, bytes, sizeof bytes, MSG_DONTWAIT);
    if (n == 0) return false;
    if (n < 0) return errno == EAGAIN || channel_passes(errno);
    if ((size_t)n < sizeof bytes) return true;
  }
}

typedef bool Ready(Channel *channel, size_t need);

static bool is_there(Channel *channel, size_t need) {
  const char *at;
  return ring_there(&channel->in, &at) >= need;
}

static bool is_room(Channel *channel, size_t need) {
  char *at;
  return ring_room(&channel->out, need, &at) >= need;
}

/* Grows while the other side is at it. */
static uint64_t progress(Channel *channel) {
  return atomic_load_explicit(&channel->in.shared->written,
                              memory_order_relaxed) +
         atomic_load_explicit(&channel->out.shared->read, memory_order_relaxed);
}

static bool spin(Channel *channel, Ready *ready, size_t need, uint64_t ns) {
  uint64_t seen = progress(channel);
  uint64_t now = channel_now();
  uint64_t end = now + ns;
  for (; now < end; now = channel_now()) {
    for (int i = 0; i < LOOKS; i++) {
      if (ready(channel, need)) return true;
      channel_relax();
    }
    if (progress(channel) != seen) {
      seen = progress(channel);
      end = now + ns;
    }
  }
  return false;
}

static bool await(Channel *channel, Ready *ready, size_t need, int patience,
                  uint64_t ns) {
  if (ready(channel, need)) return true;
  if (spin(channel, ready, need, ns)) return true;
  for (;;) {
    struct pollfd fd = {.fd = channel->socket, .events = POLLIN};
    channel_doze(channel);
    int woken = ready(channel, need) ? 1 : poll(&fd, 1, patience);
    bool alive = channel_awake(channel);
    if (ready(channel, need)) return true;
    if (!alive || woken == 0) return false;
  }
}

bool channel_await(Channel *channel, size_t need) {
  bool long_spin = atomic_load_explicit(&channel->shared->may_spin,
                                        memory_order_relaxed);
  return await(channel, is_there, need, -1, long_spin ? SPIN : SHORT_SPIN);
}

bool channel_await_more(Channel *channel, size_t need, int patience) {
  return await(channel, is_there, need, patience, SHORT_SPIN);
}

bool channel_await_room(Channel *channel, size_t need, int patience) {
  return await(channel, is_room, need, patience, SHORT_SPIN);
}
