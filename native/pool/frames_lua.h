/* Values in the frames of a channel. */
#ifndef PERILUNE_POOL_FRAMES_LUA_H
#define PERILUNE_POOL_FRAMES_LUA_H

#include <lua.h>
#include <stdbool.h>
#include <stdint.h>

#include "native/parcel.h"
#include "native/pool/channel.h"
#include "native/pool/frame.h"

/* The next frame, or NULL: none has come. One that is longer than CHANNEL_WHOLE
** may be still on its way. It stands in the ring. */
Frame *frames_next(Channel *channel);

/* Pushes the next frame's values and lets go of it; returns how many, or -1:
** pushes what is wrong. Waits `patience` ms for more of a frame that is on its
** way; *broken: the rest will not come. It may throw: then the frame is still
** there if it is whole, else let go of. */
int frames_read(lua_State *L, Channel *channel, int patience, bool *broken);

/* Lets go of the next frame. False: its rest will not come. */
bool frames_skip(Channel *channel, int patience);

static inline bool frame_is_whole(const Frame *frame) {
  return frame->size <= CHANNEL_WHOLE;
}

/* Room for a frame of up to `size` bytes, to write in place; NULL: there is
** none. Then publish it, with its real size. */
char *frames_room(Channel *channel, size_t size);
void frames_publish(Channel *channel, const Frame *header, size_t size);

/* A parcel on its way. Zeroed: none. */
typedef struct Outgoing {
  Parcel parcel;
  size_t left; /* bytes, with what aligns the next header */
  int piece;
  size_t done; /* of that piece */
} Outgoing;

/* Begins to send a parcel, whose bytes must stay where they are until all has
** gone: out->left is 0. False: there is no room for its beginning. */
bool frames_begin(Channel *channel, const Frame *header, const Parcel *parcel,
                  Outgoing *out);

/* Sends on as far as there is room; returns how many bytes. */
size_t frames_continue(Channel *channel, Outgoing *out);

#endif
