#include "host/child/state.h"

#include <lua.h>

#include "host/child/debug.h"
#include "host/child/libraries.h"
#include "host/child/text.h"
#include "host/state.h"

static lua_State *open_worker(void);

static int restrict_state(lua_State *L) {
  child_text(L);
  child_libraries(L);
  host_set_opener(L, open_worker);
  return 0;
}

static int restrict_worker(lua_State *L) {
  restrict_state(L);
  child_debug(L, false);
  return 0;
}

static Perilune *open_restricted(lua_CFunction restrict_it) {
  PeriluneOptions options = {.ignore_environment = true};
  Perilune *host = perilune_open(&options);
  if (!host) return NULL;
  lua_pushcfunction(perilune_state(host), restrict_it);
  if (lua_pcall(perilune_state(host), 0, 0, 0) == LUA_OK) return host;
  perilune_close(host);
  return NULL;
}

static lua_State *open_worker(void) {
  Perilune *host = open_restricted(restrict_worker);
  return host ? perilune_state(host) : NULL;
}

Perilune *child_open_state(void) { return open_restricted(restrict_state); }
