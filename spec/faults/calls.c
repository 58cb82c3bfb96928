/* Runs a scenario again and again; each time another call of the system fails.
**
**   calls SCENARIO [MOST [STEP]]
**
** SCENARIO is a Lua file that a host runs, or `embed`: what a C program does
** with hosts. Each call of fallible.h fails at each site, a place in our code
** that makes it, with each of its errors: the first time, the second... alone,
** and wherever it is made from there on; for memory two in a row as well. MOST
** (20; 0: all) is how many times are tried at a site, spread over all times it
** is made there. Of a call's further sites one in STEP (1) is tried.
** A site is told as addr2line wants it.
**
** A scenario may succeed, or fail with the reason: "not enough memory", the
** text of the errno, or what cannot be started or loaded. It may leave no
** block, descriptor or process behind, and must end. Each run is a process of
** its own.
*/
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/child/child.h"
#include "host/perilune.h"
#include "spec/faults/embed.h"
#include "spec/faults/faults.h"

enum {
  PATIENCE = 30,  /* seconds; what hangs dies of SIGALRM */
  LINGERING = 20, /* for processes to end after the one that started them */
  USUAL_MOST = 20,
  SUCCEEDED = 0,
  GAVE_UP = 3,
};

typedef struct Tally {
  long runs;
  long failed;  /* a call has failed */
  long gave_up; /* and the scenario said so */
} Tally;

static Faults *faults;

static void map_faults(int fd) {
  faults = mmap(NULL, sizeof *faults, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
                0);
  if (faults == MAP_FAILED) abort();
}

/* A process that a scenario has started, as a judge starts a child. */
static void join_faults(void) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)getppid(),
           FAULTS_DESCRIPTOR);
  int fd = open(path, O_RDWR | O_CLOEXEC);
  if (fd < 0) return;
  map_faults(fd);
  close(fd);
  faults_use(faults);
}

static void share_faults(void) {
  int fd = memfd_create("faults", MFD_CLOEXEC);
  if (fd < 0 || ftruncate(fd, (off_t)sizeof *faults) != 0 ||
      dup3(fd, FAULTS_DESCRIPTOR, O_CLOEXEC) < 0)
    abort();
  close(fd);
  map_faults(FAULTS_DESCRIPTOR);
}

static bool tells_why(const char *message) {
  if (strstr(message, "not enough memory")) return true;
  if (strstr(message, "cannot start")) return true;
  if (strstr(message, "curl")) return true;
  int number = faults->number;
  return number && strstr(message, strerror(number));
}

/* What a host answers when it could not do what it was asked. */
int faults_outcome(const char *message) {
  if (faults->failed && tells_why(message)) return GAVE_UP;
  fprintf(stderr, "calls: %s\n", message);
  return EXIT_FAILURE;
}

static int run_file(const char *path) {
  Perilune *host = perilune_open(NULL);
  if (!host) return faults_outcome("not enough memory");
  int code = SUCCEEDED;
  if (perilune_run_file(host, path) != PERILUNE_OK)
    code = faults_outcome(perilune_error(host));
  perilune_close(host);
  return code;
}

static int count_descriptors(void) {
  int count = 0;
  DIR *list = opendir("/proc/self/fd");
  if (!list) abort();
  while (readdir(list)) count++;
  closedir(list);
  return count;
}

/* In a process of its own; the leak sanitizer looks when it ends. */
static _Noreturn void run_scenario(const char *scenario) {
  int before = count_descriptors();
  signal(SIGALRM, SIG_DFL);
  alarm(PATIENCE);
  faults_use(faults);
  int code = strcmp(scenario, "embed") == 0 ? embed_hosts()
                                            : run_file(scenario);
  faults_use(NULL);
  alarm(0);
  if (count_descriptors() != before) {
    fprintf(stderr, "calls: a descriptor is left\n");
    code = EXIT_FAILURE;
  }
  exit(code);
}

static void nothing(int signal) { (void)signal; }

/* Processes whose parent has ended are ours: they must end as well. */
static bool await_orphans(void) {
  pid_t pid;
  alarm(LINGERING);
  do pid = waitpid(-1, NULL, 0);
  while (pid > 0);
  bool none = errno == ECHILD;
  alarm(0);
  if (!none) fprintf(stderr, "calls: a process is left\n");
  return none;
}

static bool run(const char *scenario, Tally *tally) {
  int status;
  faults->failed = false;
  faults->number = 0;
  memset(faults->sites, 0, sizeof faults->sites);
  fflush(NULL);
  pid_t pid = fork();
  if (pid == 0) run_scenario(scenario);
  if (pid < 0 || waitpid(pid, &status, 0) != pid) abort();
  bool ok = await_orphans();
  int code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  if (code < 0)
    fprintf(stderr, "calls: killed by %s\n", strsignal(WTERMSIG(status)));
  tally->runs++;
  tally->failed += faults->failed;
  tally->gave_up += code == GAVE_UP;
  return ok && (code == SUCCEEDED || code == GAVE_UP);
}

static const char *name_of(FaultLength length) {
  if (length == FAULT_SINGLE) return "once";
  return length == FAULT_BURST ? "twice" : "from then on";
}

static bool try(const char *scenario, Tally *tally) {
  if (run(scenario, tally)) return true;
  fprintf(stderr, "calls: %s fails: %s at 0x%lx, time %ld, fails %s with %s\n",
          scenario, fault_names[faults->call], faults->where, faults->first,
          name_of(faults->length),
          strerror(fault_errno(faults->call, faults->error)));
  return false;
}

/* At `most` of `count` times that the call is made. */
static bool spread(const char *scenario, long count, long most, Tally *tally) {
  bool ok = true;
  long n = most && most < count ? most : count;
  for (long i = 0; i < n; i++) {
    faults->first = 1 + i * count / n;
    if (!try(scenario, tally)) ok = false;
  }
  return ok;
}

static bool fail_call(const char *scenario, long count, long most,
                      Tally *tally) {
  bool ok = true;
  int number;
  for (int e = 0; (number = fault_errno(faults->call, e)); e++) {
    faults->error = e;
    faults->length = FAULT_SINGLE;
    if (!spread(scenario, count, most, tally)) ok = false;
    faults->length = FAULT_BURST;
    if (number == ENOMEM && !spread(scenario, count, most, tally)) ok = false;
    faults->length = FAULT_PERSISTENT;
    if (!fault_passes(number) && !spread(scenario, count, most, tally))
      ok = false;
  }
  return ok;
}

static int by_call(const void *left, const void *right) {
  const FaultSite *a = left, *b = right;
  if (a->call != b->call) return a->call < b->call ? -1 : 1;
  return (a->where > b->where) - (a->where < b->where);
}

/* How often each call is made at each site where none fails, by call; NULL when
** it fails of itself. */
static FaultSite *count_calls(const char *scenario, int *count) {
  Tally tally = {0};
  faults->call = -1;
  if (!run(scenario, &tally) || tally.gave_up) {
    fprintf(stderr, "calls: %s fails of itself\n", scenario);
    return NULL;
  }
  FaultSite *sites = malloc(sizeof faults->sites);
  if (!sites) abort();
  *count = 0;
  for (int i = 0; i < FAULTS_SITES; i++)
    if (faults->sites[i].where) sites[(*count)++] = faults->sites[i];
  qsort(sites, (size_t)*count, sizeof *sites, by_call);
  return sites;
}

static bool sweep(const char *scenario, long most, long step) {
  Tally tally = {0};
  int count;
  bool ok = true;
  FaultSite *sites = count_calls(scenario, &count);
  if (!sites) return false;
  for (long i = 0; i < count; i++) {
    bool another = i > 0 && sites[i].call == sites[i - 1].call;
    if (another && i % step != 0) continue;
    faults->call = sites[i].call;
    faults->where = sites[i].where;
    if (!fail_call(scenario, sites[i].count, most, &tally)) ok = false;
  }
  free(sites);
  printf("calls: %s: %d sites, %ld calls failed, %ld told of it\n", scenario,
         count, tally.failed, tally.gave_up);
  return ok;
}

int main(int argc, char **argv) {
  if (argc > 1 && strcmp(argv[1], CHILD_COMMAND) == 0) {
    join_faults();
    return child_main(argc, argv);
  }
  long most = argc > 2 ? strtol(argv[2], NULL, 10) : USUAL_MOST;
  long step = argc > 3 ? strtol(argv[3], NULL, 10) : 1;
  if (argc < 2 || argc > 4 || most < 0 || step < 1) {
    fprintf(stderr, "usage: calls SCENARIO.lua|embed [MOST [STEP]]\n");
    return 2;
  }
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  sigaction(SIGALRM, &(struct sigaction){.sa_handler = nothing}, NULL);
  child_announce();
  share_faults();
  return sweep(argv[1], most, step) ? EXIT_SUCCESS : EXIT_FAILURE;
}
