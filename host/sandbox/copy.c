/* What root has closed to others is copied: to root's sandboxes, whose users
** are others, it would be closed as well. */
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/sandbox/layers.h"

bool copy_needed(const char *path) {
  struct stat status;
  if (geteuid() != 0 || stat(path, &status) != 0) return false;
  mode_t needed = S_ISDIR(status.st_mode) ? S_IROTH | S_IXOTH : S_IROTH;
  return (status.st_mode & needed) != needed;
}

static int copy_bytes(int from, int to) {
  ssize_t n;
  do n = sendfile(to, from, NULL, INT_MAX);
  while (n > 0);
  return n < 0 ? errno : 0;
}

static int copy_file(const char *from, const char *to) {
  int error = 0;
  int in = open(from, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  int out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (in < 0 || out < 0) error = errno;
  if (!error) error = copy_bytes(in, out);
  if (in >= 0) close(in);
  if (out >= 0) close(out);
  return error;
}

/* Links and what is neither file nor folder are left out. */
static int copy_entry(const FTSENT *entry, const char *to) {
  switch (entry->fts_info) {
  case FTS_D: return mkdir(to, 0755) == 0 ? 0 : errno;
  case FTS_F: return copy_file(entry->fts_accpath, to);
  case FTS_DNR: return entry->fts_errno;
  default: return 0;
  }
}

static int copy_all(FTS *tree, size_t length, const char *to) {
  char copied[PATH_MAX];
  int error = 0;
  for (FTSENT *entry; !error && (entry = fts_read(tree));) {
    snprintf(copied, sizeof copied, "%s%s", to, entry->fts_path + length);
    error = copy_entry(entry, copied);
  }
  return error;
}

int copy_tree(const char *from, const char *to) {
  char path[PATH_MAX];
  snprintf(path, sizeof path, "%s", from);
  FTS *tree = fts_open((char *[]){path, NULL}, FTS_PHYSICAL | FTS_NOCHDIR,
                       NULL);
  if (!tree) return errno;
  mode_t mask = umask(022);
  int error = copy_all(tree, strlen(from), to);
  umask(mask);
  fts_close(tree);
  return error;
}
