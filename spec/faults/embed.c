#include "spec/faults/embed.h"

#include <lauxlib.h>
#include <lualib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/perilune.h"

static const char program[] =
    "local function leaf() return {} end\n"
    "local co = coroutine.wrap(function() coroutine.yield(leaf()) end)\n"
    "co() print(#tostring(leaf())) io.stderr:write('x') warn('@on', 'y')\n";

static bool drop(void *data, const char *bytes, size_t length) {
  (void)bytes;
  *(size_t *)data += length;
  return true;
}

static PeriluneStatus run(Perilune *host, const char *chunk) {
  return perilune_run_string(host, chunk, strlen(chunk), "=chunk");
}

static PeriluneStatus redirect(Perilune *host, size_t *written) {
  PeriluneStatus status = perilune_redirect(host, 1, drop, written);
  return status ? status : perilune_redirect(host, 2, drop, written);
}

static PeriluneStatus set_up(Perilune *host, size_t *written) {
  const char *const argv[] = {"program", "script", "one"};
  perilune_limit_time(host, 30);
  perilune_limit_instructions(host, 100000000);
  perilune_limit_memory(host, 64 << 20);
  PeriluneStatus status = perilune_set_arguments(host, 3, argv, 1);
  if (!status) status = perilune_set_impl(host, "hashset=script");
  return status ? status : redirect(host, written);
}

static PeriluneStatus save(Perilune *host) {
  char path[] = "/tmp/perilune-faults-XXXXXX.json";
  int fd = mkstemps(path, 5);
  if (fd < 0) abort();
  close(fd);
  PeriluneStatus status = perilune_profile_save(host, path, NULL);
  remove(path); /* not a call that fails here */
  return status;
}

static PeriluneStatus profile(Perilune *host, PeriluneProfileMode mode) {
  PeriluneProfileOptions options = {.mode = mode};
  PeriluneStatus status = perilune_profile_start(host, &options);
  if (status) return status;
  status = run(host, program);
  if (status) return status;
  status = perilune_profile_stop(host);
  return status ? status : save(host);
}

/* Failures that the caller has caused tell why whatever else happens. */
static PeriluneStatus fail(Perilune *host) {
  PeriluneStatus status = run(host, "error(42)");
  if (status != PERILUNE_ERROR) return status;
  if (strncmp(perilune_error(host), "42", 2) != 0) return status;
  status = run(host, "error(setmetatable({}, {__tostring = function()\n"
                     "  return 'text' end}))");
  if (status != PERILUNE_ERROR || strcmp(perilune_error(host), "text") != 0)
    return status;
  status = perilune_run_file(host, "no/such.lua");
  return status == PERILUNE_FILE ? PERILUNE_OK : status;
}

static PeriluneStatus use(Perilune *host, size_t *written) {
  PeriluneStatus status = set_up(host, written);
  if (!status) status = run(host, program);
  if (!status) status = fail(host);
  for (int i = 0; !status && i <= PERILUNE_PROFILE_MEMORY; i++)
    status = profile(host, (PeriluneProfileMode)i);
  if (status) return status;
  /* One that goes on when the host closes. */
  return perilune_profile_start(host, NULL);
}

static int outcome(Perilune *host, PeriluneStatus status) {
  return status ? faults_outcome(perilune_error(host)) : EXIT_SUCCESS;
}

static int use_own(void) {
  size_t written = 0;
  Perilune *host = perilune_open(NULL);
  if (!host) return faults_outcome("not enough memory");
  int code = outcome(host, use(host, &written));
  perilune_close(host);
  return code;
}

static void *allocate(void *data, void *block, size_t old_size, size_t size) {
  (void)data;
  (void)old_size;
  if (size > 0) return realloc(block, size);
  free(block);
  return NULL;
}

static int open_libraries(lua_State *L) {
  luaL_openlibs(L);
  return 0;
}

/* The state goes on without its host. */
static int use_after(lua_State *L, int code) {
  if (luaL_dostring(L, "return #tostring(print)") == LUA_OK || code)
    return code;
  return faults_outcome(lua_tostring(L, -1));
}

static int attach_to(lua_State *L) {
  size_t written = 0;
  lua_pushcfunction(L, open_libraries);
  if (lua_pcall(L, 0, 0, 0) != LUA_OK)
    return faults_outcome("not enough memory");
  Perilune *host = perilune_attach(L);
  if (!host) return use_after(L, faults_outcome("not enough memory"));
  int code = outcome(host, use(host, &written));
  perilune_close(host);
  return use_after(L, code);
}

static int attach(void) {
  lua_State *L = lua_newstate(allocate, NULL);
  if (!L) return faults_outcome("not enough memory");
  int code = attach_to(L);
  lua_close(L);
  return code;
}

int embed_hosts(void) {
  int code = use_own();
  return code ? code : attach();
}
