#include "host/family.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* cutime and cstime, the fields 16 and 17 of proc(5)'s stat; ')' ends 2. */
static double seconds_of_reaped(pid_t pid) {
  char path[32], line[1024];
  snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return 0;
  ssize_t length = read(fd, line, sizeof line - 1);
  close(fd);
  line[length > 0 ? length : 0] = '\0';
  const char *at = strrchr(line, ')');
  for (int field = 2; at && field < 16; field++) at = strchr(at + 1, ' ');
  char *rest;
  if (!at) return 0;
  long user = strtol(at, &rest, 10);
  long ticks = user + strtol(rest, NULL, 10);
  return (double)ticks / (double)sysconf(_SC_CLK_TCK);
}

static double seconds_of(pid_t pid) {
  clockid_t clock;
  struct timespec t;
  if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &t) != 0)
    return 0;
  return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* The next of the leader's session, itself left out; 0 when there is none. */
static pid_t next_member(DIR *processes, pid_t leader) {
  const struct dirent *entry;
  while ((entry = readdir(processes))) {
    pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);
    if (pid > 0 && pid != leader && getsid(pid) == leader) return pid;
  }
  return 0;
}

double family_seconds(pid_t leader, pid_t worker) {
  double seconds = seconds_of_reaped(worker);
  DIR *processes = opendir("/proc");
  pid_t pid;
  if (!processes) return seconds;
  while ((pid = next_member(processes, leader)))
    if (pid != worker) seconds += seconds_of(pid) + seconds_of_reaped(pid);
  closedir(processes);
  return seconds;
}

void family_kill(pid_t leader) {
  DIR *processes = opendir("/proc");
  pid_t pid;
  kill(-leader, SIGKILL);
  kill(leader, SIGKILL);
  if (!processes) return;
  while ((pid = next_member(processes, leader))) kill(pid, SIGKILL);
  closedir(processes);
}
