#include "host/family.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/seconds.h"

enum {
  MOST = 4096,  /* processes of a family that are looked at */
  ROUNDS = 100, /* of killing: what forks meanwhile is met again */
};

typedef struct Family {
  int count;
  pid_t pid[MOST];
} Family;

typedef struct Stat {
  char state;
  double reaped; /* seconds of the processes that it has waited for */
} Stat;

static bool read_file(const char *path, char *text, size_t size) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  ssize_t length = read(fd, text, size - 1);
  close(fd);
  text[length > 0 ? length : 0] = '\0';
  return length > 0;
}

/* The fields 3, 16 and 17 of proc(5)'s stat; ')' ends 2. */
static Stat stat_of(pid_t pid) {
  char path[32], line[1024];
  snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
  const char *at = read_file(path, line, sizeof line) ? strrchr(line, ')')
                                                      : NULL;
  Stat stat = {.state = 'X'};
  if (at && at[1]) stat.state = at[2];
  for (int field = 2; at && field < 16; field++) at = strchr(at + 1, ' ');
  if (!at) return stat;
  char *rest;
  long user = strtol(at, &rest, 10);
  long ticks = user + strtol(rest, NULL, 10);
  stat.reaped = (double)ticks / (double)sysconf(_SC_CLK_TCK);
  return stat;
}

static double seconds_of(pid_t pid) {
  clockid_t clock;
  return clock_getcpuclockid(pid, &clock) == 0 ? seconds_on(clock) : 0;
}

FILE *family_open(pid_t pid, const char *thread) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/task/%.16s/children", (int)pid, thread);
  return fopen(path, "re");
}

pid_t family_next(FILE *children) {
  char word[16];
  if (fscanf(children, "%15s", word) != 1) return 0;
  return (pid_t)strtol(word, NULL, 10);
}

static void add_children(Family *family, pid_t pid, const char *thread) {
  FILE *children = family_open(pid, thread);
  if (!children) return;
  for (pid_t child; (child = family_next(children)) > 0;)
    if (family->count < MOST) family->pid[family->count++] = child;
  fclose(children);
}

static void add_children_of(Family *family, pid_t pid) {
  char path[32];
  snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
  DIR *threads = opendir(path);
  const struct dirent *entry;
  if (!threads) return;
  while ((entry = readdir(threads)))
    if (*entry->d_name != '.') add_children(family, pid, entry->d_name);
  closedir(threads);
}

/* All below the leader; who leaves its session is still there. */
static void find_family(Family *family, pid_t leader) {
  family->count = 0;
  add_children_of(family, leader);
  for (int i = 0; i < family->count; i++)
    add_children_of(family, family->pid[i]);
}

double family_seconds(pid_t worker) {
  Family family;
  double seconds = stat_of(worker).reaped;
  find_family(&family, worker);
  for (int i = 0; i < family.count; i++)
    seconds += seconds_of(family.pid[i]) + stat_of(family.pid[i]).reaped;
  return seconds;
}

/* False when all were dead already. */
static bool kill_below(pid_t leader) {
  Family family;
  bool alive = false;
  find_family(&family, leader);
  for (int i = 0; i < family.count; i++) {
    alive |= stat_of(family.pid[i]).state != 'Z';
    kill(family.pid[i], SIGKILL);
  }
  return alive;
}

/* Where the leader has ended, init has adopted those below it; they are still
** of its session, unless they have left that too. */
static void kill_session(pid_t leader) {
  DIR *processes = opendir("/proc");
  const struct dirent *entry;
  if (!processes) return;
  while ((entry = readdir(processes))) {
    pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);
    if (pid > 0 && pid != leader && getsid(pid) == leader) kill(pid, SIGKILL);
  }
  closedir(processes);
}

void family_kill(pid_t leader) {
  bool ended = stat_of(leader).state == 'Z';
  kill(leader, SIGSTOP);
  for (int i = 0; i < ROUNDS && kill_below(leader); i++) continue;
  kill(-leader, SIGKILL);
  kill(leader, SIGKILL);
  if (ended) kill_session(leader);
}
