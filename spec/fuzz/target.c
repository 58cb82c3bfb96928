/* A fuzz target in Lua: spec/fuzz/NAME.lua, NAME being the program's, returns a
** function, which is called with each input in one host, and with another one
** after so many inputs. What it raises is a finding, but for memory and
** instructions that have run out. Run from the checkout's folder. */
#include <errno.h>
#include <lauxlib.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/perilune.h"

enum { INPUTS_A_HOST = 2000, MOST_MEMORY = 256 << 20 };

static Perilune *host;
static int inputs;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void stop(void) {
  fprintf(stderr, "fuzz: %s\n", perilune_error(host));
  abort();
}

static int open_target(lua_State *L) {
  const char *path = lua_pushfstring(L, "spec/fuzz/%s.lua",
                                     program_invocation_short_name);
  if (luaL_loadfile(L, path) != LUA_OK) return lua_error(L);
  lua_call(L, 0, 1);
  lua_setfield(L, LUA_REGISTRYINDEX, "fuzz");
  return 0;
}

static void open_host(void) {
  host = perilune_open(&(PeriluneOptions){.ignore_environment = true});
  if (!host) abort();
  lua_pushcfunction(perilune_state(host), open_target);
  if (perilune_call(host, 0, 0) != PERILUNE_OK) stop();
  perilune_limit_memory(host, MOST_MEMORY);
  perilune_limit_instructions(host, 100000000);
}

static void close_host(void) {
  perilune_close(host);
  host = NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (!host) {
    open_host();
    if (inputs == 0) atexit(close_host);
  }
  lua_State *L = perilune_state(host);
  lua_getfield(L, LUA_REGISTRYINDEX, "fuzz");
  lua_pushlstring(L, (const char *)data, size);
  PeriluneStatus status = perilune_call(host, 1, 0);
  if (status == PERILUNE_ERROR) stop();
  if (++inputs % INPUTS_A_HOST == 0) close_host();
  return 0;
}

/* Bytecode comes from the process itself, and Lua does not check it: functions
** of parcels are refused, the rest of Lua's own loads goes on.
** NOLINTBEGIN(bugprone-reserved-identifier): the linker's names */
int __real_lua_load(lua_State *L, lua_Reader reader, void *data,
                    const char *name, const char *mode);
int __wrap_lua_load(lua_State *L, lua_Reader reader, void *data,
                    const char *name, const char *mode);
int __wrap_lua_load(lua_State *L, lua_Reader reader, void *data,
                    const char *name, const char *mode) {
  if (strcmp(name, "=parcel") != 0)
    return __real_lua_load(L, reader, data, name, mode);
  lua_pushliteral(L, "no functions here");
  return LUA_ERRSYNTAX;
}
/* NOLINTEND(bugprone-reserved-identifier) */
