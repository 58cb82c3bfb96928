#include "host/confined.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/program.h"
#include "host/sandbox/sandbox.h"

enum { OUT_OF_TIME = 124 };

/* The script's real path. */
static char script_path[PATH_MAX];

/* What a script may see of the environment: names, or their beginnings. */
static const char *const shown[] = {
    "PATH=",    "LANG=",  "LC_",       "TZ=",  "TERM=",
    "COLUMNS=", "LINES=", "NO_COLOR=", "LUA_", "PERILUNE_"};

static bool is_shown(const char *variable) {
  for (size_t i = 0; i < sizeof shown / sizeof *shown; i++)
    if (strncmp(variable, shown[i], strlen(shown[i])) == 0) return true;
  return false;
}

/* Other variables may be secrets: they are wiped out where they stand. */
static void clear_environment(const SandboxReport *report) {
  char **kept = environ;
  for (char **it = environ; *it; it++) {
    if (is_shown(*it))
      *kept++ = *it;
    else
      explicit_bzero(*it, strlen(*it));
  }
  *kept = NULL;
  if (!(report->missing & 1u << SANDBOX_FILES)) setenv("TMPDIR", "/tmp", 1);
}

/* A folder that has more in it than a program and its data. */
static bool is_shared(const char *folder) {
  struct stat status, home;
  const char *name = getenv("HOME");
  if (strcmp(folder, "/") == 0 || stat(folder, &status) != 0) return true;
  if (status.st_mode & S_ISVTX) return true;
  return name && stat(name, &home) == 0 && home.st_ino == status.st_ino &&
         home.st_dev == status.st_dev;
}

static bool add_real(SandboxPolicy *policy, const char *path, char *real) {
  if (!realpath(path, real)) {
    fprintf(stderr, "perilune: %s: %s\n", path, strerror(errno));
    return false;
  }
  if (sandbox_add_path(policy, real, SANDBOX_READ)) return true;
  fprintf(stderr, "perilune: a sandbox cannot be given %s\n", real);
  return false;
}

/* The script, with its folder unless that is shared with others. */
static bool add_script(SandboxPolicy *policy, const char *script) {
  static char folder[PATH_MAX];
  if (!add_real(policy, script, script_path)) return false;
  snprintf(folder, sizeof folder, "%s", script_path);
  *strrchr(folder, '/') = '\0';
  return !*folder || is_shared(folder) ||
         sandbox_add_path(policy, folder, SANDBOX_READ);
}

static bool has_file(const Options *options) {
  return options->script < options->argc &&
         strcmp(options->argv[options->script], "-") != 0;
}

static bool add_paths(SandboxPolicy *policy, const Options *options) {
  static char modules[PATH_MAX], reads[OPTIONS_READS][PATH_MAX];
  const char *folder = getenv("PERILUNE_LUA_DIR");
  if (!sandbox_add_system(policy)) return false;
  if (folder && *folder && !add_real(policy, folder, modules)) return false;
  if (has_file(options) && !add_script(policy, options->argv[options->script]))
    return false;
  for (size_t i = 0; i < options->read_count; i++)
    if (!add_real(policy, options->reads[i], reads[i])) return false;
  return true;
}

/* Without a limit of the user's: half of what there is. */
static uint64_t memory_of(const Options *options) {
  if (options->memory_limit) return options->memory_limit + SANDBOX_BESIDES;
  return (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE) /
         2;
}

/* A relative path may lead nowhere from where the script runs. */
static void find_script(const Options *options) {
  char **script = &options->argv[options->script];
  if (has_file(options) && access(*script, R_OK) != 0) *script = script_path;
}

static int exit_code_of(int status) {
  if (status == SANDBOX_OUT_OF_TIME) {
    program_report("time limit reached");
    return OUT_OF_TIME;
  }
  if (status == SANDBOX_UNWATCHED)
    fprintf(stderr, "perilune: the sandbox was not watched: %s\n",
            strerror(errno));
  return sandbox_end_as(status);
}

static void tell_missing(const SandboxReport *report) {
  char text[256];
  if (!report->missing) return;
  sandbox_describe(report, text, sizeof text);
  fprintf(stderr, "perilune: the sandbox has %s\n", text);
}

/* Keys that interrupt reach the script itself. */
static int supervise(Sandbox *sandbox, double seconds) {
  tell_missing(&sandbox->report);
  signal(SIGINT, SIG_IGN);
  signal(SIGQUIT, SIG_IGN);
  return exit_code_of(sandbox_supervise(sandbox, seconds));
}

bool confined_run(Options *options, int *exit_code) {
  char folder[PATH_MAX];
  Sandbox sandbox;
  SandboxPolicy policy = {.layers = SANDBOX_ALL,
                          .whole = !options->best,
                          .folder = getcwd(folder, sizeof folder),
                          .kept = STDERR_FILENO,
                          .memory = memory_of(options)};
  *exit_code = EXIT_FAILURE;
  if (!add_paths(&policy, options)) return true;
  pid_t pid = sandbox_start(&sandbox, &policy);
  if (pid == 0) {
    clear_environment(&sandbox.report);
    find_script(options);
    options->time_limit = 0;
    return false;
  }
  if (pid > 0)
    *exit_code = supervise(&sandbox, options->time_limit);
  else
    program_report(sandbox.report.message);
  return true;
}
