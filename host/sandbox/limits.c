/* What the processes of a sandbox may use, each of them. */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/sandbox/layers.h"

enum { FILES = 256, PROCESSES = 64, FILE_SIZE = 256 << 20 };

static int limit(int resource, rlim_t value) {
  struct rlimit limits;
  __rlimit_resource_t which = (__rlimit_resource_t)resource;
  if (getrlimit(which, &limits) != 0) return errno;
  if (value > limits.rlim_max) value = limits.rlim_max;
  limits = (struct rlimit){value, value};
  return setrlimit(which, &limits) == 0 ? 0 : errno;
}

/* Processes that this user has already. */
static rlim_t count_processes(void) {
  DIR *processes = opendir("/proc");
  rlim_t count = 0;
  struct stat stat;
  for (struct dirent *it; processes && (it = readdir(processes));)
    if (isdigit((unsigned char)*it->d_name) &&
        fstatat(dirfd(processes), it->d_name, &stat, 0) == 0 &&
        stat.st_uid == getuid())
      count++;
  if (processes) closedir(processes);
  return count;
}

/* The sanitizer's own memory is address space that nobody could count. */
static int limit_memory(uint64_t bytes) {
#ifdef __SANITIZE_ADDRESS__
  (void)bytes;
  return 0;
#else
  return bytes ? limit(RLIMIT_AS, bytes) : 0;
#endif
}

int sandbox_limit_files(void) {
  int error = limit(RLIMIT_NOFILE, FILES);
  if (!error) error = limit(RLIMIT_FSIZE, FILE_SIZE);
  return error ? error : limit(RLIMIT_CORE, 0);
}

int limits_set(const SandboxPolicy *policy, bool shared) {
  rlim_t others = shared ? count_processes() : 0;
  int error = sandbox_limit_files();
  if (!error) error = limit(RLIMIT_NPROC, PROCESSES + others);
  if (!error) error = limit(RLIMIT_MEMLOCK, 0);
  if (!error) error = limit(RLIMIT_MSGQUEUE, 0);
  return error ? error : limit_memory(policy->memory);
}
