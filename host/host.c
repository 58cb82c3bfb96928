#include <errno.h>
#include <lauxlib.h>
#include <limits.h>
#include <lualib.h>
#include <stdlib.h>
#include <string.h>

#include "host/coroutine.h"
#include "host/debug.h"
#include "host/modules.h"
#include "host/perilune.h"
#include "host/state.h"
#include "host/tracker/tracker.h"
#include "native/native.h"
#include "native/resource.h"

/* registry[&host_key]: the host, as light userdata.
** registry[&error_key]: the last error's message. Its slot is made when the
** host opens, so that storing a message never needs memory. */
static const char host_key, error_key;

static PeriluneStatus fail(Perilune *host, PeriluneStatus status,
                           const char *message) {
  host->error = message;
  return status;
}

PeriluneStatus host_take_error(Perilune *host, PeriluneStatus status) {
  lua_State *L = host->L;
  const char *message = lua_tostring(L, -1);
  host->error = message ? message : "(error object is not a string)";
  if (lua_type(L, -1) == LUA_TSTRING)
    lua_rawsetp(L, LUA_REGISTRYINDEX, &error_key);
  else
    lua_pop(L, 1);
  return status;
}

int host_add_traceback(lua_State *L) {
  const char *message = lua_tostring(L, 1);
  if (!message) {
    if (luaL_callmeta(L, 1, "__tostring") && lua_type(L, -1) == LUA_TSTRING)
      return 1;
    message = lua_pushfstring(L, "(error object is a %s value)",
                              luaL_typename(L, 1));
  }
  luaL_traceback(L, L, message, 1);
  return 1;
}

static PeriluneStatus status_of(const Perilune *host, int status) {
  switch (host->interrupt.ended) {
  case INTERRUPT_TIME: return PERILUNE_TIME;
  case INTERRUPT_INSTRUCTIONS: return PERILUNE_INSTRUCTIONS;
  default: return status == LUA_ERRMEM ? PERILUNE_MEMORY : PERILUNE_ERROR;
  }
}

static PeriluneStatus protected_call(Perilune *host, int nargs, int nresults,
                                     int handler) {
  if (!interrupt_begin(&host->interrupt)) {
    lua_pop(host->L, nargs + 1);
    return fail(host, PERILUNE_ERROR, "cannot start the time limit's thread");
  }
  lua_State *previous = hook_enter(host->hooks, host->L);
  int status = lua_pcall(host->L, nargs, nresults, handler);
  hook_leave(host->hooks, previous);
  interrupt_end(&host->interrupt);
  if (status == LUA_OK) return PERILUNE_OK;
  return host_take_error(host, status_of(host, status));
}

PeriluneStatus host_protected(Perilune *host, int nargs, int nresults) {
  return protected_call(host, nargs, nresults, 0);
}

PeriluneStatus host_call(Perilune *host, int nargs, int nresults,
                         lua_CFunction handler) {
  lua_State *L = host->L;
  int base = lua_gettop(L) - nargs;
  lua_pushcfunction(L, handler);
  lua_insert(L, base);
  PeriluneStatus status = protected_call(host, nargs, nresults, base);
  lua_remove(L, base);
  return status;
}

PeriluneStatus perilune_call(Perilune *host, int nargs, int nresults) {
  return host_call(host, nargs, nresults, host_add_traceback);
}

/* A pool's workers are hosts, too. */
static lua_State *open_worker(void) {
  Perilune *host = perilune_open(NULL);
  return host ? host->L : NULL;
}

void host_set_opener(lua_State *L, lua_State *(*opener)(void)) {
  void *pointer;
  memcpy(&pointer, &opener, sizeof pointer);
  lua_pushlightuserdata(L, pointer);
  lua_setfield(L, LUA_REGISTRYINDEX, PERILUNE_OPENER);
}

/* Everything that may throw when a host opens. */
static int open_libraries(lua_State *L) {
  Perilune *host = lua_touserdata(L, 1);
  const PeriluneOptions *options = lua_touserdata(L, 2);
  lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_MAINTHREAD);
  host->L = lua_tothread(L, -1);
  if (host->owns_state) {
    lua_pushboolean(L, options->ignore_environment);
    lua_setfield(L, LUA_REGISTRYINDEX, "LUA_NOENV");
    luaL_openlibs(L);
  }
  lua_pushlightuserdata(L, host);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &host_key);
  lua_pushboolean(L, 0);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &error_key);
  host->hooks = hook_open(L);
  debug_open(L);
  coroutine_open(L);
  modules_open(L);
  host_set_opener(L, open_worker);
  return 0;
}

static Perilune *open_host(lua_State *L, bool owns_state,
                           const PeriluneOptions *options) {
  Perilune *host = calloc(1, sizeof *host);
  if (!host) {
    if (owns_state) lua_close(L);
    return NULL;
  }
  host->L = L;
  host->owns_state = owns_state;
  host->error = "";
  heap_attach(&host->heap, L, owns_state);
  perilune_limit_memory(host, options->memory_limit);
  lua_pushcfunction(L, open_libraries);
  lua_pushlightuserdata(L, host);
  lua_pushlightuserdata(L, (void *)options);
  if (lua_pcall(L, 2, 0, 0) != LUA_OK) {
    lua_pop(L, 1);
    perilune_close(host);
    return NULL;
  }
  interrupt_init(&host->interrupt, host->hooks);
  return host;
}

Perilune *perilune_open(const PeriluneOptions *options) {
  static const PeriluneOptions defaults;
  lua_State *L = luaL_newstate();
  if (!L) return NULL;
  return open_host(L, true, options ? options : &defaults);
}

Perilune *perilune_attach(lua_State *L) {
  static const PeriluneOptions none;
  if (perilune_of(L)) return NULL;
  return open_host(L, false, &none);
}

static void detach(Perilune *host) {
  lua_State *L = host->L;
  for (int i = 0; i < 2; i++) output_detach(&host->outputs[i]);
  host_drop_profile(host);
  if (host->heap.tracker) tracker_stop(host->heap.tracker);
  if (host->hooks) hook_close(host->hooks);
  heap_detach(&host->heap, L);
  lua_pushnil(L);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &host_key);
}

void perilune_close(Perilune *host) {
  if (!host) return;
  if (host->owns_state) {
    const void *state = resource_state(host->L);
    lua_close(host->L);
    resource_sweep(state);
  } else {
    detach(host);
  }
  if (host->interrupt.hooks) interrupt_destroy(&host->interrupt);
  for (int i = 0; i < 2; i++) output_close(&host->outputs[i]);
  heap_track(&host->heap, NULL);
  free(host);
}

lua_State *perilune_state(Perilune *host) { return host->L; }

Perilune *perilune_of(lua_State *L) {
  lua_rawgetp(L, LUA_REGISTRYINDEX, &host_key);
  Perilune *host = lua_touserdata(L, -1);
  lua_pop(L, 1);
  return host;
}

const char *perilune_error(const Perilune *host) { return host->error; }

static int build_arguments(lua_State *L) {
  int argc = (int)lua_tointeger(L, 1);
  const char *const *argv = lua_touserdata(L, 2);
  int script = (int)lua_tointeger(L, 3);
  lua_createtable(L, argc > script ? argc - script - 1 : 0, script + 1);
  for (int i = 0; i < argc; i++) {
    lua_pushstring(L, argv[i]);
    lua_rawseti(L, -2, i - script);
  }
  lua_setglobal(L, "arg");
  return 0;
}

PeriluneStatus perilune_set_arguments(Perilune *host, int argc,
                                      const char *const *argv, int script) {
  lua_State *L = host->L;
  lua_pushcfunction(L, build_arguments);
  lua_pushinteger(L, argc);
  lua_pushlightuserdata(L, (void *)argv);
  lua_pushinteger(L, script);
  return host_protected(host, 3, 0);
}

static int choose_impl(lua_State *L) {
  const char *choice = lua_touserdata(L, 1);
  lua_getglobal(L, "require");
  lua_pushliteral(L, "perilune.impl");
  lua_call(L, 1, 1);
  lua_getfield(L, -1, "set");
  lua_pushstring(L, choice);
  lua_call(L, 1, 2);
  if (!lua_toboolean(L, -2)) return lua_error(L);
  return 0;
}

PeriluneStatus perilune_set_impl(Perilune *host, const char *choice) {
  lua_pushcfunction(host->L, choose_impl);
  lua_pushlightuserdata(host->L, (void *)choice);
  return host_protected(host, 1, 0);
}

int host_push_arguments(lua_State *L) {
  if (lua_getglobal(L, "arg") != LUA_TTABLE)
    return luaL_error(L, "'arg' is not a table");
  lua_Integer length = luaL_len(L, -1);
  if (length > INT_MAX / 2) luaL_error(L, "too many arguments to script");
  int n = length > 0 ? (int)length : 0;
  luaL_checkstack(L, n + 3, "too many arguments to script");
  for (int i = 1; i <= n; i++) lua_rawgeti(L, -i, i);
  lua_remove(L, -(n + 1));
  return n;
}

/* A host without arguments has no table `arg`, and passes nothing. */
static int push_arguments(lua_State *L) {
  bool none = lua_getglobal(L, "arg") == LUA_TNIL;
  lua_settop(L, 0);
  return none ? 0 : host_push_arguments(L);
}

static PeriluneStatus load_status(int status) {
  switch (status) {
  case LUA_ERRFILE: return PERILUNE_FILE;
  case LUA_ERRMEM: return PERILUNE_MEMORY;
  default: return PERILUNE_SYNTAX;
  }
}

/* path -> chunk or message, load's status */
static int load_file(lua_State *L) {
  lua_pushinteger(L, luaL_loadfile(L, lua_touserdata(L, 1)));
  return 2;
}

/* luaL_loadfile, which throws when there is no memory for the name. */
static int load_safely(lua_State *L, const char *path) {
  lua_pushcfunction(L, load_file);
  lua_pushlightuserdata(L, (void *)path);
  int status = lua_pcall(L, 1, 2, 0);
  if (status != LUA_OK) return status;
  status = (int)lua_tointeger(L, -1);
  lua_pop(L, 1);
  return status;
}

PeriluneStatus perilune_run_file(Perilune *host, const char *path) {
  lua_State *L = host->L;
  int status = load_safely(L, path);
  if (status != LUA_OK) return host_take_error(host, load_status(status));
  int base = lua_gettop(L);
  lua_pushcfunction(L, push_arguments);
  status = lua_pcall(L, 0, LUA_MULTRET, 0);
  if (status != LUA_OK) {
    lua_remove(L, base);
    return host_take_error(host, PERILUNE_ERROR);
  }
  return perilune_call(host, lua_gettop(L) - base, 0);
}

PeriluneStatus perilune_run_string(Perilune *host, const char *chunk,
                                   size_t length, const char *name) {
  int status = luaL_loadbuffer(host->L, chunk, length, name);
  if (status != LUA_OK) return host_take_error(host, load_status(status));
  return perilune_call(host, 0, 0);
}

static int install_output(lua_State *L) {
  output_install(L, lua_touserdata(L, 1));
  return 0;
}

PeriluneStatus perilune_redirect(Perilune *host, int stream,
                                 PeriluneWrite write, void *data) {
  if (stream != 1 && stream != 2)
    return fail(host, PERILUNE_ERROR, "a stream is 1 or 2");
  Output *output = &host->outputs[stream - 1];
  if (output->file) {
    output->write = write;
    output->data = data;
    return PERILUNE_OK;
  }
  if (!output_open(output, stream, write, data))
    return fail(host, PERILUNE_MEMORY, strerror(errno));
  lua_pushcfunction(host->L, install_output);
  lua_pushlightuserdata(host->L, output);
  PeriluneStatus status = host_protected(host, 1, 0);
  if (status != PERILUNE_OK) {
    output_detach(output);
    output_close(output);
  }
  return status;
}

void perilune_limit_memory(Perilune *host, size_t bytes) {
  heap_limit(&host->heap, bytes);
}

void perilune_limit_time(Perilune *host, double seconds) {
  host->interrupt.time_limit = seconds;
}

void perilune_limit_instructions(Perilune *host, uint64_t count) {
  host->interrupt.instruction_limit = count;
}

size_t perilune_memory_used(const Perilune *host) { return host->heap.used; }

size_t perilune_memory_peak(const Perilune *host) { return host->heap.peak; }

void perilune_interrupt(Perilune *host) {
  interrupt_send(&host->interrupt, INTERRUPT_ASKED);
}
