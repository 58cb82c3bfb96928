/* What goes to the workers. */
#include <lauxlib.h>

#include "native/pool/crew_lua.h"

enum { PLAIN = 2048 }; /* room for a task that is written in place */

static CrewWorker *worker_of(CrewHandle *handle, uint32_t slot) {
  return &handle->workers[slot];
}

/* What is a crew, as has been checked, is it still open? A finaliser may have
** closed it, or a metamethod of a list. */
static void check_open(lua_State *L) {
  CrewHandle **box = lua_touserdata(L, 1);
  luaL_argcheck(L, *box && !(*box)->closed, 1, "the crew is closed");
}

static void wake(CrewHandle *handle, uint32_t slot) {
  Channel *channel = &worker_of(handle, slot)->channel;
  if (channel->shared) channel_wake(channel);
}

/* Forgets the sheet that was on its way. */
static void empty_outbox(lua_State *L, uint32_t slot) {
  lua_getiuservalue(L, 1, CREW_OUTBOX);
  lua_pushboolean(L, 0);
  lua_rawseti(L, -2, (lua_Integer)slot + 1);
  lua_pop(L, 1);
}

bool crew_send_on(lua_State *L, CrewHandle *handle, uint32_t slot) {
  Outgoing *out = &handle->outgoing[slot];
  CrewWorker *worker = worker_of(handle, slot);
  if (out->left == 0) return true;
  frames_continue(&worker->channel, out);
  if (out->left == 0) empty_outbox(L, slot);
  crew_want_room(worker, out->left > 0);
  return out->left == 0;
}

static bool can_take(lua_State *L, CrewHandle *handle, uint32_t slot) {
  CrewWorker *worker = worker_of(handle, slot);
  return worker->channel.shared && !worker->dead && !handle->distrusted[slot] &&
         !crew_full(worker) && crew_send_on(L, handle, slot);
}

/* pack(self, label, ...) -> a sheet with the values; or nil and the refusal. */
int crew_pack(lua_State *L) {
  Parcel parcel;
  crew_check(L);
  const char *label = luaL_checkstring(L, 2);
  int last = lua_gettop(L);
  parcel_sheet(L);
  if (parcel_write(L, last + 1, 3, last - 2, label, &parcel)) {
    lua_pushvalue(L, last + 1);
    return 1;
  }
  luaL_pushfail(L);
  lua_insert(L, -2);
  return 2;
}

/* The sheet at stack index `sheet` stays in the outbox while it is sent. */
static bool send_parcel(lua_State *L, CrewHandle *handle, uint32_t slot,
                        const Frame *header, const Parcel *parcel, int sheet) {
  Channel *channel = &worker_of(handle, slot)->channel;
  uint64_t position = channel->out.position;
  lua_getiuservalue(L, 1, CREW_OUTBOX);
  lua_pushvalue(L, sheet);
  lua_rawseti(L, -2, (lua_Integer)slot + 1);
  lua_pop(L, 1);
  bool begun = frames_begin(channel, header, parcel, &handle->outgoing[slot]);
  bool rest = handle->outgoing[slot].left > 0;
  crew_want_room(worker_of(handle, slot), !begun || rest);
  if (begun && header->kind == FRAME_TASK)
    crew_note(worker_of(handle, slot), header->job, header->index, position);
  if (begun) channel_wake(channel);
  if (!rest) empty_outbox(L, slot);
  return begun;
}

static Frame task_header(lua_State *L, int first) {
  return (Frame){.kind = FRAME_TASK,
                 .function = (uint32_t)luaL_checkinteger(L, first),
                 .job = (uint32_t)luaL_checkinteger(L, first + 1)};
}

/* send(self, slot, kind, function, job, index, sheet) -> whether the worker has
** taken it. Its kind is a FrameKind. */
int crew_send(lua_State *L) {
  CrewHandle *handle = crew_check(L);
  uint32_t slot = crew_check_slot(L, handle, 2);
  Frame header = task_header(L, 4);
  Parcel parcel = {0};
  header.kind = (uint32_t)luaL_checkinteger(L, 3);
  header.index = (uint64_t)luaL_checkinteger(L, 6);
  if (!lua_isnoneornil(L, 7)) parcel_of_sheet(L, 7, &parcel);
  bool taken = can_take(L, handle, slot) &&
               send_parcel(L, handle, slot, &header, &parcel, 7);
  lua_pushboolean(L, taken);
  return 1;
}

/* Writes values where they are to be read; false: they are not so plain, or
** there is no room. */
static bool write_in_place(lua_State *L, CrewWorker *worker,
                           const Frame *header, int first, int count) {
  char *to = frames_room(&worker->channel, PLAIN);
  size_t size = to ? parcel_write_plain(L, first, count, to, PLAIN) : 0;
  if (size == 0) return false;
  uint64_t position = worker->channel.out.position;
  frames_publish(&worker->channel, header, size);
  crew_note(worker, header->job, header->index, position);
  return true;
}

typedef enum Sent { SENT, NO_ROOM, REFUSED } Sent;

/* Small parcels share a sheet; what is on its way has one of its own. Nothing
** throws once the task has been sent. */
static Sent write_sheet(lua_State *L, CrewHandle *handle, uint32_t slot,
                        const Frame *header, int first, int count) {
  Parcel parcel;
  lua_getiuservalue(L, 1, CREW_SPARE);
  int sheet = lua_gettop(L);
  if (!parcel_write(L, sheet, first, count, "argument", &parcel))
    return REFUSED;
  if (parcel.size > CHANNEL_WHOLE) {
    parcel_sheet(L);
    lua_setiuservalue(L, 1, CREW_SPARE);
  }
  check_open(L);
  if (!can_take(L, handle, slot)) return NO_ROOM;
  bool taken = send_parcel(L, handle, slot, header, &parcel, sheet);
  return taken ? SENT : NO_ROOM;
}

/* Hands out the values from stack index `first` on as a task. */
static Sent hand_out(lua_State *L, CrewHandle *handle, uint32_t slot,
                     const Frame *header, int first, int count) {
  CrewWorker *worker = worker_of(handle, slot);
  if (!can_take(L, handle, slot)) return NO_ROOM;
  if (write_in_place(L, worker, header, first, count)) return SENT;
  return write_sheet(L, handle, slot, header, first, count);
}

/* task(self, slot, function, job, index, ...) -> whether the worker has taken
** it; or nil and why it cannot be sent. */
int crew_task(lua_State *L) {
  CrewHandle *handle = crew_check(L);
  uint32_t slot = crew_check_slot(L, handle, 2);
  Frame header = task_header(L, 3);
  header.index = (uint64_t)luaL_checkinteger(L, 5);
  int count = lua_gettop(L) - 5;
  Sent sent = hand_out(L, handle, slot, &header, 6, count);
  if (sent == SENT) wake(handle, slot);
  if (sent == REFUSED) {
    luaL_pushfail(L);
    lua_insert(L, -2);
    return 2;
  }
  lua_pushboolean(L, sent == SENT);
  return 1;
}

/* Items of a list on their way to a worker. */
typedef struct Feed {
  CrewHandle *handle;
  uint32_t slot;
  Frame header;
  lua_Integer next; /* the first that the worker has not taken */
  lua_Integer to;
} Feed;

/* crew, list, feed -> why the next item cannot be sent, if that is so. */
static int feed_items(lua_State *L) {
  Feed *feed = lua_touserdata(L, 3);
  for (bool first = true; feed->next <= feed->to; first = false) {
    lua_settop(L, 3);
    feed->header.index = (uint64_t)feed->next;
    lua_geti(L, 2, feed->next);
    check_open(L);
    Sent sent = hand_out(L, feed->handle, feed->slot, &feed->header, 4, 1);
    if (sent != SENT) return sent == REFUSED;
    feed->next++;
    if (first) wake(feed->handle, feed->slot);
  }
  return 0;
}

/* feed(self, slot, function, job, list, from, to) -> the first index that the
** worker has not taken; why its item cannot be sent, if that is so; and an
** error that came in the midst, an interrupt say, for the caller to raise once
** it has noted what was sent. */
int crew_feed(lua_State *L) {
  Feed feed = {.handle = crew_check(L)};
  feed.slot = crew_check_slot(L, feed.handle, 2);
  feed.header = task_header(L, 3);
  lua_Integer from = feed.next = luaL_checkinteger(L, 6);
  feed.to = luaL_checkinteger(L, 7);
  lua_settop(L, 7);
  lua_pushcfunction(L, feed_items);
  lua_pushvalue(L, 1);
  lua_pushvalue(L, 5);
  lua_pushlightuserdata(L, &feed);
  int status = lua_pcall(L, 3, 1, 0);
  if (status != LUA_OK && feed.next == from) return lua_error(L);
  check_open(L);
  wake(feed.handle, feed.slot);
  lua_pushinteger(L, feed.next);
  lua_insert(L, -2);
  if (status == LUA_OK) return 2;
  lua_pushnil(L);
  lua_insert(L, -2);
  return 3;
}
