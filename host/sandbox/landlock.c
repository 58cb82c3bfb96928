/* The policy's paths again, as rules that the kernel asks at each opening, and
** no signal and no abstract socket to anybody outside. Where there is no root
** of the sandbox's own it is this that keeps files apart. The headers may be
** older than the kernel: what they lack is defined here. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/landlock.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "host/sandbox/layers.h"

/* landlock(7), by the version that brought them */
#define FILES_1 ((UINT64_C(1) << 13) - 1)
#define REFER_2 (UINT64_C(1) << 13)
#define TRUNCATE_3 (UINT64_C(1) << 14)
#define DEVICES_5 (UINT64_C(1) << 15)
#define PORTS_4 UINT64_C(3)
#define SCOPES_6 UINT64_C(3)

#define NO_FILES \
  (LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_BLOCK | \
   LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_EXECUTE)
#define OF_A_FILE \
  (LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE | \
   LANDLOCK_ACCESS_FS_READ_FILE | TRUNCATE_3 | DEVICES_5)
#define TO_READ \
  (LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE | \
   LANDLOCK_ACCESS_FS_READ_DIR)

typedef struct Attributes {
  uint64_t files, ports, scopes;
} Attributes;

typedef struct Rules {
  const SandboxPolicy *policy;
  int fd;
  uint64_t files; /* the rights that this kernel knows */
} Rules;

static uint64_t rights_of(SandboxAccess access) {
  return access == SANDBOX_READ ? TO_READ : ~(uint64_t)NO_FILES;
}

static int allow(const Rules *rules, const char *path, uint64_t rights) {
  struct stat stat;
  int error = 0;
  int fd = open(path, O_PATH | O_CLOEXEC);
  if (fd < 0) return 0;
  if (fstat(fd, &stat) == 0 && !S_ISDIR(stat.st_mode)) rights &= OF_A_FILE;
  struct landlock_path_beneath_attr rule = {rights & rules->files, fd};
  if (syscall(SYS_landlock_add_rule, rules->fd, LANDLOCK_RULE_PATH_BENEATH,
              &rule, 0) != 0)
    error = errno;
  close(fd);
  return error;
}

static bool is_below(const char *path, const char *folder) {
  size_t length = strlen(folder);
  return strncmp(path, folder, length) == 0 && path[length] == '/';
}

static bool is_hidden(const SandboxPolicy *policy, const char *path) {
  for (size_t i = 0; i < policy->path_count; i++)
    if (policy->paths[i].access == SANDBOX_HIDE &&
        strcmp(policy->paths[i].path, path) == 0)
      return true;
  return false;
}

static bool has_hidden(const SandboxPolicy *policy, const char *path) {
  for (size_t i = 0; i < policy->path_count; i++)
    if (policy->paths[i].access == SANDBOX_HIDE &&
        is_below(policy->paths[i].path, path))
      return true;
  return false;
}

/* Some file systems tell no type in a folder. */
static bool is_link(DIR *folder, const struct dirent *entry) {
  struct stat status;
  if (entry->d_type != DT_UNKNOWN) return entry->d_type == DT_LNK;
  int failed = fstatat(dirfd(folder), entry->d_name, &status,
                       AT_SYMLINK_NOFOLLOW);
  return failed || S_ISLNK(status.st_mode);
}

/* What is in a folder, but for what is hidden or leads there. */
static int allow_entries(const Rules *rules, const char *path,
                         uint64_t rights) {
  char inner[PATH_MAX];
  int error = 0;
  DIR *folder = opendir(path);
  for (struct dirent *it; !error && folder && (it = readdir(folder));) {
    if (strcmp(it->d_name, ".") == 0 || strcmp(it->d_name, "..") == 0) continue;
    if (is_link(folder, it)) continue;
    snprintf(inner, sizeof inner, "%s/%s", path, it->d_name);
    if (!is_hidden(rules->policy, inner) && !has_hidden(rules->policy, inner))
      error = allow(rules, inner, rights);
  }
  if (folder) closedir(folder);
  return error;
}

/* Rules hold for all that is below, so that what is beside a hidden path, and
** beside each folder that leads to it, is allowed one by one. */
static int allow_beside(const Rules *rules, const char *path,
                        const char *hidden, uint64_t rights) {
  char folder[PATH_MAX];
  int error = 0;
  snprintf(folder, sizeof folder, "%s", hidden);
  while (!error && strlen(folder) > strlen(path)) {
    *strrchr(folder, '/') = '\0';
    error = allow_entries(rules, folder, rights);
  }
  return error;
}

static int allow_around(const Rules *rules, const char *path, uint64_t rights) {
  const SandboxPolicy *policy = rules->policy;
  int error = 0;
  if (!has_hidden(policy, path)) return allow(rules, path, rights);
  for (size_t i = 0; !error && i < policy->path_count; i++) {
    const SandboxPath *it = &policy->paths[i];
    if (it->access == SANDBOX_HIDE && is_below(it->path, path))
      error = allow_beside(rules, path, it->path, rights);
  }
  return error;
}

/* What root_enter puts there besides: nothing that is outside. */
static int allow_root(const Rules *rules) {
  int error = allow(rules, "/", LANDLOCK_ACCESS_FS_READ_DIR);
  return error ? error : allow(rules, "/tmp", rights_of(SANDBOX_SCRATCH));
}

static int allow_devices(const Rules *rules) {
  int error = 0;
  for (size_t i = 0; !error && root_devices[i]; i++)
    error = allow(rules, root_devices[i], rights_of(SANDBOX_WRITE));
  return error;
}

static int allow_paths(const Rules *rules, bool rooted) {
  const SandboxPolicy *policy = rules->policy;
  int error = rooted ? allow_root(rules) : 0;
  if (!error) error = allow(rules, "/proc", TO_READ);
  if (!error) error = allow_devices(rules);
  for (size_t i = 0; !error && i < policy->path_count; i++) {
    const SandboxPath *it = &policy->paths[i];
    if (it->access != SANDBOX_HIDE)
      error = allow_around(rules, it->path, rights_of(it->access));
  }
  return error;
}

/* With a network of its own the sandbox may use all of that. */
static int allow_ports(const Rules *rules) {
  const SandboxPolicy *policy = rules->policy;
  for (size_t i = 0; i < policy->port_count; i++) {
    enum { RULE_PORT = 2 };
    struct {
      uint64_t rights, port;
    } rule = {2 /* connect */, policy->ports[i]};
    if (syscall(SYS_landlock_add_rule, rules->fd, RULE_PORT, &rule, 0) != 0)
      return errno;
  }
  return 0;
}

static Attributes attributes_of(long version) {
  Attributes known = {.files = FILES_1};
  if (version >= 2) known.files |= REFER_2;
  if (version >= 3) known.files |= TRUNCATE_3;
  if (version >= 4) known.ports = PORTS_4;
  if (version >= 5) known.files |= DEVICES_5;
  if (version >= 6) known.scopes = SCOPES_6;
  return known;
}

static size_t size_of(long version) {
  if (version >= 6) return sizeof(Attributes);
  return version >= 4 ? offsetof(Attributes, scopes)
                      : offsetof(Attributes, ports);
}

int landlock_enter(const SandboxPolicy *policy, bool rooted) {
  long version = syscall(SYS_landlock_create_ruleset, NULL, 0,
                         LANDLOCK_CREATE_RULESET_VERSION);
  if (version < 1) return errno;
  Attributes wanted = attributes_of(version);
  Rules rules = {.policy = policy, .files = wanted.files};
  rules.fd = (int)syscall(SYS_landlock_create_ruleset, &wanted,
                          size_of(version), 0);
  if (rules.fd < 0) return errno;
  int error = allow_paths(&rules, rooted);
  if (!error && wanted.ports) error = allow_ports(&rules);
  if (!error && syscall(SYS_landlock_restrict_self, rules.fd, 0) != 0)
    error = errno;
  close(rules.fd);
  return error;
}
