/* Who a sandbox's processes are: to root, a user that nobody else is; to
** anybody else, the same user. Without capabilities in either case. */
#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "host/sandbox/layers.h"

/* Far from those that are given to people. */
enum { FIRST_USER = 0x70000000, NOBODY = 65534 };

static int become(uid_t user) {
  if (setresgid(user, user, user) != 0 || setresuid(user, user, user) != 0)
    return errno;
  return 0;
}

/* A namespace may know nothing of numbers as high. */
static int leave_root(pid_t number) {
  if (number == 0) return EACCES;
  if (setgroups(0, NULL) != 0) return errno;
  int error = become(FIRST_USER + (uid_t)number);
  return error ? become(NOBODY) : 0;
}

static int drop_capabilities(void) {
  struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  struct __user_cap_data_struct none[2] = {{0}};
  prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  return syscall(SYS_capset, &header, none) == 0 ? 0 : errno;
}

int identity_drop(pid_t number) {
  for (int i = 0; prctl(PR_CAPBSET_READ, i, 0, 0, 0) >= 0; i++)
    prctl(PR_CAPBSET_DROP, i, 0, 0, 0);
  int error = getuid() == 0 ? leave_root(number) : 0;
  int kept = drop_capabilities();
  prctl(PR_SET_DUMPABLE, 0);
  return error ? error : kept;
}
