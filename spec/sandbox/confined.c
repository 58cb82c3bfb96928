/* confined [OPTION VALUE]... FILE [ARGUMENT]...: runs a Lua file in a sandbox,
** any layer of which can be left out, with the module `system` for raw system
** calls. Prints what is missing on standard error.
**
**   -l LAYER    is left out       -r PATH  can be read    -p PORT
**   -t SECONDS  for the whole     -w PATH  written to     -m BYTES of memory
**   -b yes      takes what it gets  -s PATH  scratch      -h PATH  hidden
**   -u yes      runs without any sandbox */
#include <errno.h>
#include <lauxlib.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/perilune.h"
#include "host/sandbox/sandbox.h"

enum { MISUSE = 2, NOT_STARTED = 125, OUT_OF_TIME = 124, ARGUMENTS = 6 };

typedef struct Settings {
  SandboxPolicy policy;
  double seconds;
  bool unconfined;
} Settings;

static uint32_t layer_named(const char *name) {
  for (int i = 0; i < SANDBOX_LAYERS; i++)
    if (strcmp(sandbox_layer_names[i], name) == 0) return 1u << i;
  fprintf(stderr, "no layer %s\n", name);
  exit(MISUSE);
}

static void take_option(Settings *settings, int option, const char *value) {
  SandboxPolicy *policy = &settings->policy;
  switch (option) {
  case 'l': policy->layers &= ~layer_named(value); break;
  case 'b': policy->whole = !*value; break;
  case 'u': settings->unconfined = true; break;
  case 't': settings->seconds = strtod(value, NULL); break;
  case 'm': policy->memory = strtoull(value, NULL, 10); break;
  case 'p':
    policy->ports[policy->port_count++] = (uint16_t)strtoul(value, NULL, 10);
    break;
  case 'r': sandbox_add_path(policy, value, SANDBOX_READ); break;
  case 'w': sandbox_add_path(policy, value, SANDBOX_WRITE); break;
  case 's': sandbox_add_path(policy, value, SANDBOX_SCRATCH); break;
  case 'h': sandbox_add_path(policy, value, SANDBOX_HIDE); break;
  default: exit(MISUSE);
  }
}

/* An integer, the address of a string or userdata, or nil for 0. */
static long argument(lua_State *L, int index) {
  if (lua_isuserdata(L, index)) return (long)lua_touserdata(L, index);
  if (lua_type(L, index) == LUA_TSTRING) return (long)lua_tostring(L, index);
  return (long)luaL_optinteger(L, index, 0);
}

/* number, arguments... -> result | nil, message, errno */
static int call(lua_State *L) {
  long a[ARGUMENTS];
  for (int i = 0; i < ARGUMENTS; i++) a[i] = argument(L, i + 2);
  long result = syscall((long)luaL_checkinteger(L, 1), a[0], a[1], a[2], a[3],
                        a[4], a[5]);
  if (result == -1) return luaL_fileresult(L, 0, NULL);
  lua_pushinteger(L, result);
  return 1;
}

/* bytes -> userdata, which system calls can fill */
static int buffer(lua_State *L) {
  size_t size;
  const char *bytes = luaL_checklstring(L, 1, &size);
  memcpy(lua_newuserdatauv(L, size, 0), bytes, size);
  return 1;
}

/* userdata -> bytes */
static int bytes(lua_State *L) {
  luaL_checktype(L, 1, LUA_TUSERDATA);
  lua_pushlstring(L, lua_touserdata(L, 1), lua_rawlen(L, 1));
  return 1;
}

/* userdata or string -> address */
static int address(lua_State *L) {
  lua_pushinteger(L, argument(L, 1));
  return 1;
}

static const luaL_Reg functions[] = {
    {"call", call},       {"buffer", buffer}, {"bytes", bytes},
    {"address", address}, {NULL, NULL},
};

static const struct {
  const char *name;
  long number;
} calls[] = {
#define CALL(name) \
  { #name, SYS_##name }
    CALL(add_key),
    CALL(bind),
    CALL(bpf),
    CALL(chroot),
    CALL(clone),
    CALL(clone3),
    CALL(close),
    CALL(connect),
    CALL(dup),
    CALL(execve),
    CALL(execveat),
    CALL(exit_group),
    CALL(getpid),
    CALL(getppid),
    CALL(getuid),
    CALL(inotify_add_watch),
    CALL(inotify_init1),
    CALL(io_uring_setup),
    CALL(ioctl),
    CALL(keyctl),
    CALL(kill),
    CALL(listen),
    CALL(memfd_create),
    CALL(mknodat),
    CALL(mmap),
    CALL(mount),
    CALL(mq_open),
    CALL(msgget),
    CALL(name_to_handle_at),
    CALL(nanosleep),
    CALL(open_by_handle_at),
    CALL(open_tree),
    CALL(perf_event_open),
    CALL(personality),
    CALL(pidfd_getfd),
    CALL(pidfd_open),
    CALL(pivot_root),
    CALL(prctl),
    CALL(prlimit64),
    CALL(process_vm_readv),
    CALL(ptrace),
    CALL(semget),
    CALL(sendto),
    CALL(setns),
    CALL(setsid),
    CALL(shmat),
    CALL(shmctl),
    CALL(shmget),
    CALL(socket),
    CALL(truncate),
    CALL(umount2),
    CALL(unshare),
    CALL(userfaultfd),
    CALL(wait4),
#undef CALL
};

static int open_system(lua_State *L) {
  luaL_newlib(L, functions);
  for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
    lua_pushinteger(L, calls[i].number);
    lua_setfield(L, -2, calls[i].name);
  }
  return 1;
}

static int run(int argc, char **argv) {
  Perilune *host = perilune_open(NULL);
  if (!host) return NOT_STARTED;
  luaL_requiref(perilune_state(host), "system", open_system, 0);
  lua_pop(perilune_state(host), 1);
  PeriluneStatus status = perilune_set_arguments(host, argc,
                                                 (const char *const *)argv, 0);
  if (status == PERILUNE_OK) status = perilune_run_file(host, argv[0]);
  if (status != PERILUNE_OK) fprintf(stderr, "%s\n", perilune_error(host));
  perilune_close(host);
  return status == PERILUNE_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int supervise(Sandbox *sandbox, double seconds) {
  char missing[256];
  sandbox_describe(&sandbox->report, missing, sizeof missing);
  if (*missing) fprintf(stderr, "%s\n", missing);
  int status = sandbox_supervise(sandbox, seconds);
  if (status == SANDBOX_OUT_OF_TIME) return OUT_OF_TIME;
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int main(int argc, char **argv) {
  Settings settings = {
      .policy = {.layers = SANDBOX_ALL, .whole = true, .kept = STDERR_FILENO}};
  int i = 1;
  sandbox_add_system(&settings.policy);
  for (; i + 1 < argc && argv[i][0] == '-'; i += 2)
    take_option(&settings, argv[i][1], argv[i + 1]);
  if (i >= argc) return MISUSE;
  if (settings.unconfined) return run(argc - i, argv + i);
  Sandbox sandbox;
  pid_t pid = sandbox_start(&sandbox, &settings.policy);
  if (pid == 0) return run(argc - i, argv + i);
  if (pid > 0) return supervise(&sandbox, settings.seconds);
  fprintf(stderr, "%s\n", sandbox.report.message);
  return NOT_STARTED;
}
