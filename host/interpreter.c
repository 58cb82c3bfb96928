#include "host/interpreter.h"

#include <lauxlib.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "host/confined.h"
#include "host/options.h"
#include "host/program.h"
#include "host/repl.h"
#include "host/state.h"

static const char lua_usage[] =
    "usage: perilune [options] [script [args]]\n"
    "Available options are:\n"
    "  -e stat   execute string 'stat'\n"
    "  -i        enter interactive mode after executing 'script'\n"
    "  -l mod    require library 'mod' into global 'mod'\n"
    "  -l g=mod  require library 'mod' into global 'g'\n"
    "  -v        show version information\n"
    "  -E        ignore environment variables\n"
    "  -W        turn warnings on\n"
    "  --        stop handling options\n"
    "  -         stop handling options and execute stdin\n";

static const char run_usage[] =
    "Usage: perilune run [OPTION]... [LUA OPTION]... [FILE [ARGUMENT]...]\n"
    "\n"
    "Runs a script as lua5.4 does, with the same options and exit codes. The\n"
    "word 'run' may be left out when FILE has a '.' or '/' in its name.\n"
    "\n"
    "Options, before Lua's own:\n"
    "  --impl CHOICE         script, native, hashset=script, hashset=mine.lua\n"
    "  --memory-limit SIZE   fail with \"not enough memory\" beyond it: 64M, "
    "1G\n"
    "  --time-limit SECONDS  end the process, with exit code 124\n"
    "  --sandbox[=best]      confine it: no network, no files but the "
    "script's\n"
    "                        folder, to read, and an empty /tmp; `best` takes\n"
    "                        what this machine has of that\n"
    "  --read PATH           in the sandbox, let it read this as well\n"
    "  --profile             save a profile as PERILUNE_PROFILE says; "
    "`perilune\n"
    "                        profile` says it more easily\n"
    "  --track               report on memory, as `perilune memory` wants it\n"
    "  -h, --help            print this\n"
    "\n"
    "Lua's options: -e STAT, -i, -l MODULE, -v, -E, -W, --, - (standard "
    "input)\n";

static PeriluneStatus run_chunk(Perilune *host, const char *text,
                                const char *name) {
  lua_State *L = perilune_state(host);
  if (luaL_loadbuffer(L, text, strlen(text), name) != LUA_OK)
    return host_take_error(host, PERILUNE_SYNTAX);
  return program_call(host, 0, 0);
}

static bool succeeded(Perilune *host, PeriluneStatus status) {
  if (status != PERILUNE_OK) program_report(perilune_error(host));
  return status == PERILUNE_OK;
}

static bool load_file(Perilune *host, const char *path) {
  if (luaL_loadfile(perilune_state(host), path) == LUA_OK) return true;
  return succeeded(host, host_take_error(host, PERILUNE_FILE));
}

/* Runs a file without arguments; NULL is standard input. */
static bool run_file(Perilune *host, const char *path) {
  return load_file(host, path) && succeeded(host, program_call(host, 0, 0));
}

static bool run_init(Perilune *host) {
  const char *name = "=LUA_INIT_5_4";
  const char *init = getenv(name + 1);
  if (!init) init = getenv((name = "=LUA_INIT") + 1);
  if (!init) return true;
  if (init[0] == '@') return run_file(host, init + 1);
  return succeeded(host, run_chunk(host, init, name));
}

/* require(name), whose result is left on the stack. */
static bool require_module(Perilune *host, const char *name) {
  lua_State *L = perilune_state(host);
  lua_getglobal(L, "require");
  lua_pushstring(L, name);
  return succeeded(host, program_call(host, 1, 1));
}

/* Leaves no global behind. */
static bool start_watcher(Perilune *host, const char *name) {
  if (!require_module(host, name)) return false;
  lua_pop(perilune_state(host), 1);
  return true;
}

/* -l MODULE or -l GLOBAL=MODULE */
static bool require_library(Perilune *host, const char *argument) {
  lua_State *L = perilune_state(host);
  const char *equals = strchr(argument, '=');
  if (!require_module(host, equals ? equals + 1 : argument)) return false;
  size_t length = equals ? (size_t)(equals - argument) : strlen(argument);
  lua_pushglobaltable(L);
  lua_pushlstring(L, argument, length);
  lua_rotate(L, -3, -1);
  lua_settable(L, -3);
  lua_pop(L, 1);
  return true;
}

/* Runs -e, -l and -W in their order. */
static bool run_options(Perilune *host, const Options *options) {
  for (int i = options->lua; i < options->script; i++) {
    const char *argument = options->argv[i];
    char letter = argument[1];
    if (letter == 'W') lua_warning(perilune_state(host), "@on", 0);
    if (letter != 'e' && letter != 'l') continue;
    const char *value = argument[2] ? argument + 2 : options->argv[++i];
    bool ok = letter == 'l'
                  ? require_library(host, value)
                  : succeeded(host, run_chunk(host, value, "=(command line)"));
    if (!ok) return false;
  }
  return true;
}

static bool run_script(Perilune *host, const Options *options) {
  const char *path = options->argv[options->script];
  const char *before = options->argv[options->script - 1];
  bool input = strcmp(path, "-") == 0 && strcmp(before, "--") != 0;
  if (!load_file(host, input ? NULL : path)) return false;
  int n = host_push_arguments(perilune_state(host));
  return succeeded(host, program_call(host, n, 0));
}

static void print_version(void) {
  puts(LUA_COPYRIGHT);
  fflush(stdout);
}

static bool run_input(Perilune *host) {
  if (!isatty(STDIN_FILENO)) return run_file(host, NULL);
  print_version();
  repl_run(host);
  return true;
}

static void on_time_limit(int signal) {
  static const char message[] = "perilune: time limit reached\n";
  (void)signal;
  ssize_t written = write(STDERR_FILENO, message, sizeof message - 1);
  (void)written;
  _exit(124);
}

/* The whole process ends, whatever it is doing then. */
static bool end_process_after(double seconds) {
  struct sigaction action = {.sa_handler = on_time_limit};
  struct itimerspec when = {0};
  timer_t timer;
  when.it_value.tv_sec = (time_t)seconds;
  when.it_value.tv_nsec = (long)((seconds - (double)(time_t)seconds) * 1e9);
  return sigaction(SIGALRM, &action, NULL) == 0 &&
         timer_create(CLOCK_MONOTONIC, NULL, &timer) == 0 &&
         timer_settime(timer, 0, &when, NULL) == 0;
}

static bool apply_limits(Perilune *host, const Options *options) {
  if (options->time_limit > 0 && !end_process_after(options->time_limit)) {
    program_report("cannot set the time limit");
    return false;
  }
  perilune_limit_memory(host, options->memory_limit);
  return true;
}

static bool prepare(Perilune *host, const Options *options) {
  int script = options->script;
  PeriluneStatus status = perilune_set_arguments(
      host, options->argc, (const char *const *)options->argv,
      script == options->argc ? 0 : script);
  return succeeded(host, status) && apply_limits(host, options);
}

static bool run_all(Perilune *host, const Options *options) {
  bool has_script = options->script < options->argc;
  if (options->version) print_version();
  if (!prepare(host, options)) return false;
  if (!options->ignore_environment && !run_init(host)) return false;
  if (options->watcher && !start_watcher(host, options->watcher)) return false;
  if (!run_options(host, options)) return false;
  if (has_script && !run_script(host, options)) return false;
  if (options->interactive)
    repl_run(host);
  else if (!has_script && !options->execute && !options->version)
    return run_input(host);
  return true;
}

/* Returns whether all went well; the options and the host are arguments. */
static int protected_main(lua_State *L) {
  Perilune *host = lua_touserdata(L, 1);
  const Options *options = lua_touserdata(L, 2);
  lua_gc(L, LUA_GCGEN, 0, 0);
  lua_pushboolean(L, run_all(host, options));
  return 1;
}

static int run_protected(Perilune *host, Options *options) {
  lua_State *L = perilune_state(host);
  if (!program_choose_impl(host, options->impl)) return 2;
  lua_pushcfunction(L, protected_main);
  lua_pushlightuserdata(L, host);
  lua_pushlightuserdata(L, options);
  if (lua_pcall(L, 2, 1, 0) != LUA_OK) {
    program_report(lua_tostring(L, -1));
    return EXIT_FAILURE;
  }
  return lua_toboolean(L, -1) ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int complain(const Misuse *wrong) {
  program_report(wrong->message);
  if (wrong->of_lua) fputs(lua_usage, stderr);
  return wrong->exit_code;
}

int interpreter_usage(void) {
  return fputs(run_usage, stdout) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

int interpreter_main(int argc, char **argv, int first) {
  Options options;
  int code;
  Misuse wrong = options_parse(&options, argc, argv, first);
  if (wrong.exit_code) return complain(&wrong);
  if (options.help) return interpreter_usage();
  if (options.sandbox && confined_run(&options, &code)) return code;
  PeriluneOptions open = {.ignore_environment = options.ignore_environment};
  Perilune *host = perilune_open(&open);
  if (!host) {
    program_report("cannot create state: not enough memory");
    return EXIT_FAILURE;
  }
  code = run_protected(host, &options);
  /* The limit is the script's: what watched it has still to report. */
  perilune_limit_memory(host, 0);
  perilune_close(host);
  return code;
}
