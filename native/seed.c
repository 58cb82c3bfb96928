#include "native/seed.h"

#include <string.h>
#include <sys/random.h>
#include <time.h>

#define SIZE (2 * sizeof(uint64_t))

/* Its address names the seed in the registry. */
static const char name;

/* Where the kernel has no random bytes, addresses and the time must do. */
void seed_draw(uint64_t seed[2]) {
  if (getrandom(seed, SIZE, GRND_NONBLOCK) == SIZE) return;
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  seed[0] = (uint64_t)(uintptr_t)seed * UINT64_C(0x9E3779B97F4A7C15);
  seed[1] = (uint64_t)now.tv_nsec * UINT64_C(0xD6E8FEB86659FD93);
}

/* The seed on top of the stack becomes the state's, or gives way to the one
** that a finaliser has made meanwhile. */
static void make_known(lua_State *L) {
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &name) == LUA_TNIL) {
    lua_pop(L, 1);
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &name);
  } else {
    lua_replace(L, -2);
  }
}

void seed_of_state(lua_State *L, uint64_t seed[2]) {
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &name) == LUA_TNIL) {
    lua_pop(L, 1);
    seed_draw(lua_newuserdatauv(L, SIZE, 0));
    make_known(L);
  }
  memcpy(seed, lua_touserdata(L, -1), SIZE);
  lua_pop(L, 1);
}
