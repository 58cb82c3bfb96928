/* What a worker sends, and when its owner hears of it. */
#include <string.h>
#include <unistd.h>

#include "native/pool/working_lua.h"

#define MILLISECOND UINT64_C(1000000)
#define SECONDS(ns) ((double)(ns)*1e-9)

void worker_tell(Worker *w) {
  w->woken = w->now;
  channel_wake(&w->channel);
}

static size_t used(const Ring *ring) {
  uint64_t read = atomic_load_explicit(&ring->shared->read,
                                       memory_order_relaxed);
  return (size_t)(ring->position - read);
}

void worker_tell_in_time(Worker *w) {
  ChannelShared *shared = w->channel.shared;
  if (w->now - w->woken > MILLISECOND ||
      used(&w->channel.out) > CHANNEL_RING / 2) {
    worker_tell(w);
  } else if (atomic_load_explicit(&shared->room_wanted, memory_order_relaxed)) {
    const char *at;
    if (ring_there(&w->channel.in, &at) < CHANNEL_RING / 4) worker_tell(w);
  }
}

char *worker_await_room(Worker *w, size_t size) {
  char *to = frames_room(&w->channel, size);
  while (!to) {
    worker_tell(w);
    size_t need = sizeof(Frame) + frame_padded(size);
    if (!channel_await_room(&w->channel, need, FOREVER)) _exit(0);
    to = frames_room(&w->channel, size);
  }
  return to;
}

void worker_send(Worker *w, const Frame *header, const Parcel *parcel) {
  Outgoing out;
  size_t size = parcel->size <= CHANNEL_WHOLE ? parcel->size : 0;
  worker_await_room(w, size);
  frames_begin(&w->channel, header, parcel, &out);
  while (out.left > 0) {
    worker_tell(w);
    if (!channel_await_room(&w->channel, CHANNEL_RING / 2, FOREVER)) _exit(0);
    frames_continue(&w->channel, &out);
  }
}

static double processor_time(void) {
  struct timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

void worker_end_span(Worker *w) {
  if (w->span.tasks == 0) return;
  double cpu = processor_time();
  w->span.start = SECONDS(w->span_start);
  w->span.stop = SECONDS(w->now);
  w->span.cpu = cpu - w->span_cpu;
  Frame header = {
      .kind = FRAME_SPAN, .job = w->span_job, .index = w->span_index};
  memcpy(worker_await_room(w, sizeof w->span), &w->span, sizeof w->span);
  frames_publish(&w->channel, &header, sizeof w->span);
  w->span.tasks = 0;
}

void worker_begin_span(Worker *w) {
  if (w->span.tasks > 0) return;
  w->span_job = w->frame.job;
  w->span_index = w->frame.index;
  w->span_start = w->now;
  w->span_cpu = processor_time();
}

void worker_extend_span(Worker *w) {
  w->span.tasks++;
  if (w->now - w->span_start >= MILLISECOND) worker_end_span(w);
}
