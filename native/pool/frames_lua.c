#include "native/pool/frames_lua.h"

#include <lauxlib.h>
#include <string.h>

enum {
  STEP = 32 << 10, /* bytes after which the other side hears of a stream */
};

Frame *frames_next(Channel *channel) {
  const char *at;
  size_t there = ring_there(&channel->in, &at);
  return there < sizeof(Frame) ? NULL : (Frame *)(void *)(uintptr_t)at;
}

/* A frame that is being read. What is before source.at has been used. */
typedef struct Reading {
  ParcelSource source;
  Channel *channel;
  const char *from; /* where what was not yet released begins */
  size_t padding;
  int patience;
  int count; /* of its values; -1: it could not be read */
  bool whole;
  bool broken;
} Reading;

/* Releases what has been read and shows what there is now. */
static void advance(Reading *reading) {
  ParcelSource *source = &reading->source;
  Ring *in = &reading->channel->in;
  size_t shown = (size_t)(source->end - source->at);
  ring_release(in, (size_t)(source->at - reading->from));
  size_t there = ring_there(in, &source->at);
  if (there <= CHANNEL_RING / 2) channel_wake(reading->channel);
  size_t ahead = there - shown;
  if (ahead > source->rest) ahead = source->rest;
  if (ahead > STEP) ahead = STEP;
  source->rest -= ahead;
  source->end = source->at + shown + ahead;
  reading->from = source->at;
}

static bool more(ParcelSource *source, size_t need) {
  Reading *reading = source->data;
  if (reading->whole || reading->broken) return false;
  advance(reading);
  if ((size_t)(source->end - source->at) >= need) return true;
  if (!channel_await_more(reading->channel, need, reading->patience)) {
    reading->broken = true;
    return false;
  }
  advance(reading);
  return true;
}

static void begin(Reading *reading, Channel *channel, const Frame *frame,
                  int patience) {
  size_t size = frame->size;
  *reading = (Reading){.channel = channel,
                       .padding = frame_padded(size) - size,
                       .patience = patience,
                       .whole = frame_is_whole(frame)};
  ParcelSource *source = &reading->source;
  size_t there = size;
  source->at = (const char *)(frame + 1);
  if (!reading->whole) {
    ring_release(&channel->in, sizeof *frame);
    there = ring_there(&channel->in, &source->at);
    if (there > size) there = size;
  }
  reading->from = source->at;
  source->end = source->at + there;
  source->rest = size - there;
  source->more = more;
  source->data = reading;
}

/* Lets go of what the reader has left of a frame that streams. */
static void drop_rest(Reading *reading) {
  ParcelSource *source = &reading->source;
  Channel *channel = reading->channel;
  source->at = source->end;
  while (source->rest > 0 && more(source, 1)) source->at = source->end;
  if (reading->broken) return;
  ring_release(&channel->in, (size_t)(source->at - reading->from));
  if (channel_await_more(channel, reading->padding, reading->patience))
    ring_release(&channel->in, reading->padding);
  else
    reading->broken = true;
  channel_wake(channel);
}

static void drop(Reading *reading, const Frame *frame) {
  if (reading->whole)
    ring_release(&reading->channel->in,
                 sizeof *frame + frame_padded(frame->size));
  else
    drop_rest(reading);
}

static int read_values(lua_State *L) {
  Reading *reading = lua_touserdata(L, 1);
  lua_settop(L, 0);
  reading->count = parcel_read(L, &reading->source);
  return reading->count < 0 ? 1 : reading->count;
}

/* The rest must go whatever happens: the next frame comes after it. */
static void read_stream(lua_State *L, Reading *reading) {
  lua_pushcfunction(L, read_values);
  lua_pushlightuserdata(L, reading);
  int status = lua_pcall(L, 1, LUA_MULTRET, 0);
  drop_rest(reading);
  if (status != LUA_OK) lua_error(L);
}

int frames_read(lua_State *L, Channel *channel, int patience, bool *broken) {
  Frame *frame = frames_next(channel);
  Reading reading;
  begin(&reading, channel, frame, patience);
  if (reading.whole) {
    reading.count = parcel_read(L, &reading.source);
    drop(&reading, frame);
  } else {
    read_stream(L, &reading);
  }
  *broken = reading.broken;
  return reading.count;
}

bool frames_skip(Channel *channel, int patience) {
  Frame *frame = frames_next(channel);
  Reading reading;
  begin(&reading, channel, frame, patience);
  drop(&reading, frame);
  return !reading.broken;
}

static void write_header(char *at, const Frame *header, size_t size) {
  Frame *frame = (Frame *)(void *)at;
  atomic_store_explicit(&frame->claim, FRAME_FREE, memory_order_relaxed);
  frame->kind = header->kind;
  frame->size = size;
  frame->job = header->job;
  frame->function = header->function;
  frame->index = header->index;
}

char *frames_room(Channel *channel, size_t size) {
  char *at;
  size_t need = sizeof(Frame) + frame_padded(size);
  if (ring_room(&channel->out, need, &at) < need) return NULL;
  return at + sizeof(Frame);
}

void frames_publish(Channel *channel, const Frame *header, size_t size) {
  Ring *out = &channel->out;
  write_header(out->bytes + out->position % CHANNEL_RING, header, size);
  ring_publish(out, sizeof(Frame) + frame_padded(size));
}

static void write_whole(Channel *channel, const Frame *header,
                        const Parcel *parcel, char *to) {
  for (int i = 0; i < parcel->count; i++) {
    memcpy(to, parcel->pieces[i].bytes, parcel->pieces[i].size);
    to += parcel->pieces[i].size;
  }
  frames_publish(channel, header, parcel->size);
}

bool frames_begin(Channel *channel, const Frame *header, const Parcel *parcel,
                  Outgoing *out) {
  *out = (Outgoing){0};
  bool whole = parcel->size <= CHANNEL_WHOLE;
  char *to = frames_room(channel, whole ? parcel->size : 0);
  if (!to) return false;
  if (whole) {
    write_whole(channel, header, parcel, to);
    return true;
  }
  write_header(to - sizeof(Frame), header, parcel->size);
  ring_publish(&channel->out, sizeof(Frame));
  *out = (Outgoing){.parcel = *parcel, .left = frame_padded(parcel->size)};
  frames_continue(channel, out);
  return true;
}

/* Copies up to `room` bytes; the last ones are padding. */
static size_t copy_out(Outgoing *out, char *to, size_t room) {
  size_t copied = 0;
  while (copied < room && out->piece < out->parcel.count) {
    const ParcelPiece *piece = &out->parcel.pieces[out->piece];
    size_t n = piece->size - out->done;
    if (n > room - copied) n = room - copied;
    memcpy(to + copied, piece->bytes + out->done, n);
    copied += n;
    out->done += n;
    if (out->done < piece->size) break;
    out->piece++;
    out->done = 0;
  }
  if (out->piece == out->parcel.count && out->left - copied <= room - copied)
    copied = out->left;
  return copied;
}

size_t frames_continue(Channel *channel, Outgoing *out) {
  size_t sent = 0;
  while (out->left > 0) {
    char *to;
    size_t room = ring_room(&channel->out, STEP, &to);
    if (room > STEP) room = STEP;
    size_t n = copy_out(out, to, room);
    if (n == 0) break;
    ring_publish(&channel->out, n);
    channel_wake(channel);
    out->left -= n;
    sent += n;
  }
  return sent;
}
