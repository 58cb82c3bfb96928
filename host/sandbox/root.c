/* A root of the sandbox's own: an empty file system in memory, in which the
** policy's paths are mounted where they were, read-only but for scratch
** folders. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/sandbox/layers.h"

/* Where the new root is put together: a folder in which no path of a policy is.
 */
#define STAGE "/proc"
#define SCRATCH_OPTIONS "size=64m,nr_inodes=4096,mode=1777"
#define EMPTY_OPTIONS "size=1m,nr_inodes=1024,mode=755"
#define ROOT_OPTIONS "size=64m,nr_inodes=4096,mode=755"
#define COPIES STAGE "/.copies"

/* Of a device, which is written to even where its mount is read-only. */
#define DEVICE_FLAGS (MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC)

typedef char Place[PATH_MAX];

static int check(int result) { return result == 0 ? 0 : errno; }

static const char *staged(Place place, const char *path) {
  snprintf(place, sizeof(Place), "%s%s", STAGE, path);
  return place;
}

/* The folders above, as far as they are not there. */
static void make_above(const char *path) {
  Place above;
  snprintf(above, sizeof above, "%s", path);
  for (char *at = above + sizeof STAGE; (at = strchr(at, '/')); at++) {
    *at = '\0';
    mkdir(above, 0755);
    *at = '/';
  }
}

/* Something to mount on; it may be there, in what was mounted before. */
static void make_place(const char *place, bool folder) {
  make_above(place);
  if (folder)
    mkdir(place, 0755);
  else
    close(open(place, O_CREAT | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, 0644));
}

static int set_flags(int fd, const char *path, unsigned how, uint64_t flags) {
  struct mount_attr attributes = {.attr_set = flags};
  return check(mount_setattr(fd, path, how, &attributes, sizeof attributes));
}

static int attach(const char *path, const char *place, uint64_t flags) {
  int fd = open_tree(AT_FDCWD, path,
                     OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
  if (fd < 0) return errno;
  int error = set_flags(fd, "", AT_EMPTY_PATH | AT_RECURSIVE, flags);
  if (!error)
    error = check(move_mount(fd, "", AT_FDCWD, place, MOVE_MOUNT_F_EMPTY_PATH));
  close(fd);
  return error;
}

/* The copies themselves are behind a folder that root alone may enter. */
static int attach_copy(const char *path, const char *place, uint64_t flags) {
  static int copies;
  Place copy;
  mkdir(COPIES, 0700);
  snprintf(copy, sizeof copy, "%s/%d", COPIES, copies++);
  int error = copy_tree(path, copy);
  return error ? error : attach(copy, place, flags);
}

/* A link stays one; what is not there is left out. */
static int bind(const char *path, uint64_t flags) {
  Place place, target;
  struct stat stat;
  if (lstat(path, &stat) != 0) return 0;
  staged(place, path);
  if (S_ISLNK(stat.st_mode)) {
    ssize_t length = readlink(path, target, sizeof target - 1);
    if (length < 0) return errno;
    target[length] = '\0';
    make_above(place);
    return symlink(target, place) == 0 || errno == EEXIST ? 0 : errno;
  }
  make_place(place, S_ISDIR(stat.st_mode));
  bool copied = flags & MOUNT_ATTR_RDONLY && copy_needed(path);
  return (copied ? attach_copy : attach)(path, place, flags);
}

static int put_empty(const char *path, const char *options) {
  Place place;
  make_place(staged(place, path), true);
  return check(mount("perilune", place, "tmpfs",
                     MS_NOSUID | MS_NODEV | MS_NOEXEC, options));
}

static int hide(const char *path) {
  struct stat stat;
  Place place;
  if (lstat(staged(place, path), &stat) != 0) return 0;
  if (S_ISDIR(stat.st_mode)) return put_empty(path, EMPTY_OPTIONS);
  return attach("/dev/null", place, DEVICE_FLAGS);
}

/* What was not there to be hidden has no mount of its own. */
static int close_hidden(const char *path) {
  Place place;
  int error = set_flags(AT_FDCWD, staged(place, path), 0, MOUNT_ATTR_RDONLY);
  return error == ENOENT || error == EINVAL ? 0 : error;
}

static int put(const SandboxPath *it) {
  const uint64_t flags = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;
  switch (it->access) {
  case SANDBOX_READ: return bind(it->path, flags | MOUNT_ATTR_RDONLY);
  case SANDBOX_WRITE: return bind(it->path, flags | MOUNT_ATTR_NOEXEC);
  case SANDBOX_SCRATCH: return put_empty(it->path, SCRATCH_OPTIONS);
  case SANDBOX_HIDE: return hide(it->path);
  }
  return EINVAL;
}

static int compare(const void *a, const void *b) {
  const SandboxPath *left = a, *right = b;
  return strcmp(left->path, right->path);
}

static int put_paths(const SandboxPolicy *policy) {
  SandboxPath sorted[SANDBOX_PATHS];
  int error = 0;
  memcpy(sorted, policy->paths, policy->path_count * sizeof *sorted);
  qsort(sorted, policy->path_count, sizeof *sorted, compare);
  for (size_t i = 0; !error && i < policy->path_count; i++)
    error = put(&sorted[i]);
  for (size_t i = 0; !error && i < policy->path_count; i++)
    if (sorted[i].access == SANDBOX_HIDE) error = close_hidden(sorted[i].path);
  return error;
}

const char *const root_devices[] = {"/dev/null",   "/dev/zero",    "/dev/full",
                                    "/dev/random", "/dev/urandom", NULL};

static int put_devices(void) {
  static const char *const links[][2] = {{"/proc/self/fd", "/dev/fd"},
                                         {"/proc/self/fd/0", "/dev/stdin"},
                                         {"/proc/self/fd/1", "/dev/stdout"},
                                         {"/proc/self/fd/2", "/dev/stderr"}};
  int error = 0;
  for (size_t i = 0; !error && root_devices[i]; i++)
    error = bind(root_devices[i], DEVICE_FLAGS);
  for (size_t i = 0; !error && i < sizeof links / sizeof *links; i++) {
    Place place;
    error = check(symlink(links[i][0], staged(place, links[i][1])));
  }
  return error;
}

/* Of this pid namespace, without what is the machine's. */
static int put_processes(void) {
  Place place;
  make_place(staged(place, "/proc"), true);
  return check(mount("proc", place, "proc",
                     MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_RDONLY,
                     "subset=pid"));
}

/* Moves the new root on top of the old one, which nothing leads to from then
** on: no descriptor is left of it, and nobody here may change a root or
** unmount. pivot_root(2) and an unmount would wait for a grace period of the
** kernel, up to several ms on a busy machine. */
static int swap(void) {
  int error = set_flags(AT_FDCWD, STAGE, 0, MOUNT_ATTR_RDONLY);
  if (error) return error;
  if (chdir(STAGE) != 0 || mount(".", "/", NULL, MS_MOVE, NULL) != 0)
    return errno;
  if (chroot(".") != 0 || chdir("/") != 0) _exit(1);
  return 0;
}

int root_enter(const SandboxPolicy *policy) {
  int error = check(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
  if (!error)
    error = check(
        mount("perilune", STAGE, "tmpfs", MS_NOSUID | MS_NODEV, ROOT_OPTIONS));
  if (error) return error;
  error = put_empty("/tmp", SCRATCH_OPTIONS);
  if (!error) error = put_paths(policy);
  if (!error) error = put_devices();
  if (!error) error = put_processes();
  if (!error) error = swap();
  if (error) umount2(STAGE, MNT_DETACH);
  return error;
}
