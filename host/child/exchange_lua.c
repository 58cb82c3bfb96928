/* A request to a child and its reply, as Lua values. */
#include <lauxlib.h>
#include <string.h>

#include "host/child/child_lua.h"
#include "native/message.h"

static const size_t FIRST_PAYLOAD = 1 << 20;

Child *child_check(lua_State *L) {
  Child *child = luaL_checkudata(L, 1, CHILD_NAME);
  luaL_argcheck(L, child->pid != 0 || child->code != CHILD_OK, 1,
                "the child is closed");
  return child;
}

int exchange_failed(lua_State *L, const Child *child) {
  luaL_pushfail(L);
  lua_pushstring(L, child->message);
  lua_pushstring(L, child_code_names[child->code]);
  return 3;
}

/* The message is on the top. */
static int fail_with(lua_State *L, ChildCode code) {
  luaL_pushfail(L);
  lua_insert(L, -2);
  lua_pushstring(L, child_code_names[code]);
  return 3;
}

static int nothing(lua_State *L) {
  (void)L;
  return 0;
}

/* A signal came: calling a function lets the hook that its handler may have set
** raise its error. The child is then torn, and the next request ends it. */
static void signalled(void *data) {
  lua_State *L = data;
  lua_pushcfunction(L, nothing);
  lua_call(L, 0, 0);
}

/* Pushes the bytes of a reply in a userdata, which grows as they come: their
** number is only a claim. */
static const char *push_payload(lua_State *L, Child *child, size_t size) {
  size_t capacity = size < FIRST_PAYLOAD ? size : FIRST_PAYLOAD;
  char *bytes = lua_newuserdatauv(L, capacity, 0);
  if (!child_receive(child, bytes, capacity)) return NULL;
  while (capacity < size) {
    size_t larger = size - capacity < capacity ? size : 2 * capacity;
    char *more = lua_newuserdatauv(L, larger, 0);
    memcpy(more, bytes, capacity);
    lua_replace(L, -2);
    bytes = more;
    if (!child_receive(child, bytes + capacity, larger - capacity)) return NULL;
    capacity = larger;
  }
  return bytes;
}

int exchange(lua_State *L, Child *child, ChildRequest kind, const char *bytes,
             size_t size, Reply *reply) {
  ChildFrame frame;
  child->signalled = signalled;
  child->data = L;
  if (!child_begin(child) || !child_exchange(child, kind, bytes, size, &frame))
    return exchange_failed(L, child);
  reply->size = frame.size;
  reply->bytes = push_payload(L, child, frame.size);
  if (!reply->bytes) return exchange_failed(L, child);
  child_end(child);
  if (frame.kind == CHILD_OK) return 0;
  lua_pushlstring(L, reply->bytes, reply->size);
  return fail_with(L, (ChildCode)frame.kind);
}

int exchange_broken(lua_State *L, Child *child) {
  child_fail(child, CHILD_CRASH, "sent what is no answer");
  return exchange_failed(L, child);
}

int exchange_values(lua_State *L, Child *child, ChildRequest kind, int first,
                    int count, Reply *reply) {
  size_t size;
  const char *bytes = message_encode(L, first, count, &size);
  if (!bytes) return fail_with(L, CHILD_DATA);
  return exchange(L, child, kind, bytes, size, reply);
}

int exchange_take(lua_State *L, Child *child, int *count) {
  Reply reply;
  int failed = exchange(L, child, CHILD_TAKE, NULL, 0, &reply);
  if (failed) return failed;
  *count = message_decode(L, reply.bytes, reply.size);
  return *count < 0 ? exchange_broken(L, child) : 0;
}
