/* The `perilune` program: a command, or a script run as lua5.4 runs it. */
#include <fcntl.h>
#include <lauxlib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/child/child.h"
#include "host/interpreter.h"
#include "host/perilune.h"
#include "host/program.h"

/* require("perilune.cli").main{argv[1], ...} -> exit code */
static int call_cli(lua_State *L) {
  int argc = (int)lua_tointeger(L, 1);
  char **argv = lua_touserdata(L, 2);
  lua_gc(L, LUA_GCGEN, 0, 0);
  lua_getglobal(L, "require");
  lua_pushliteral(L, "perilune.cli");
  lua_call(L, 1, 1);
  lua_getfield(L, -1, "main");
  lua_createtable(L, argc, 0);
  for (int i = 1; i < argc; i++) {
    lua_pushstring(L, argv[i]);
    lua_rawseti(L, -2, i);
  }
  lua_call(L, 1, 1);
  return 1;
}

static int run_command(Perilune *host, int argc, char **argv) {
  lua_State *L = perilune_state(host);
  lua_pushcfunction(L, call_cli);
  lua_pushinteger(L, argc);
  lua_pushlightuserdata(L, argv);
  if (program_call(host, 2, 1) != PERILUNE_OK) {
    program_report(perilune_error(host));
    return EXIT_FAILURE;
  }
  return (int)lua_tointeger(L, -1);
}

/* The event loop that commands use must not take a standard stream's number. */
static void fill_standard_streams(void) {
  int fd = open("/dev/null", O_RDWR);
  while (fd >= 0 && fd <= STDERR_FILENO) fd = open("/dev/null", O_RDWR);
  if (fd >= 0) close(fd);
}

static int command_main(int argc, char **argv) {
  fill_standard_streams();
  program_unwind();
  Perilune *host = perilune_open(NULL);
  if (!host) {
    program_report("cannot create state: not enough memory");
    return EXIT_FAILURE;
  }
  int code = EXIT_FAILURE;
  if (!program_choose_impl(host, NULL))
    code = 2;
  else if (perilune_set_arguments(host, argc, (const char *const *)argv, 0) ==
           PERILUNE_OK)
    code = run_command(host, argc, argv);
  perilune_close(host);
  return program_code(code);
}

/* A Lua option, or a name that only a file can have. */
static int is_script(const char *argument) {
  if (argument[0] == '-')
    return strcmp(argument, "-h") != 0 && strcmp(argument, "--help") != 0;
  return strpbrk(argument, "./") != NULL;
}

static int print_version(void) {
  printf("perilune %s (%s)\n", PERILUNE_VERSION, LUA_RELEASE);
  return EXIT_SUCCESS;
}

int main(int argc, char **argv) {
  if (argc < 2) return interpreter_main(argc, argv, argc);
  if (strcmp(argv[1], CHILD_COMMAND) == 0) return child_main(argc, argv);
  child_announce();
  if (strcmp(argv[1], "--version") == 0) return print_version();
  if (strcmp(argv[1], "run") == 0) return interpreter_main(argc, argv, 2);
  if (argc == 3 && strcmp(argv[1], "help") == 0 && strcmp(argv[2], "run") == 0)
    return interpreter_usage();
  if (is_script(argv[1])) return interpreter_main(argc, argv, 1);
  return command_main(argc, argv);
}
