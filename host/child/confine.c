#include "host/child/confine.h"

#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The string at `*at`, which is moved behind it; NULL beyond the end. */
static char *next_string(char **at, const char *end) {
  char *text = *at;
  char *zero = text < end ? memchr(text, '\0', (size_t)(end - text)) : NULL;
  if (zero) *at = zero + 1;
  return zero ? text : NULL;
}

static bool decode(SandboxPolicy *policy, char *payload, size_t size) {
  char *at = payload + sizeof *policy;
  if (size < sizeof *policy) return false;
  memcpy(policy, payload, sizeof *policy);
  if (policy->path_count > SANDBOX_PATHS) return false;
  for (size_t i = 0; i < policy->path_count; i++) {
    char *text = next_string(&at, payload + size);
    if (!text || !*text) return false;
    policy->paths[i] = (SandboxPath){text + 1, (SandboxAccess)(*text - '0')};
  }
  policy->folder = next_string(&at, payload + size);
  return policy->folder != NULL;
}

/* Without files of its own the sandbox has no /tmp. */
static void name_scratch(const Sandbox *sandbox, const SandboxPolicy *policy) {
  bool rooted = !(sandbox->report.missing & 1u << SANDBOX_FILES);
  setenv("TMPDIR", rooted ? "/tmp" : policy->folder, 1);
}

void confine_child(char *payload, size_t size,
                   void (*answer)(const ChildConfined *confined, void *data),
                   void *data) {
  SandboxPolicy policy;
  Sandbox sandbox;
  if (!decode(&policy, payload, size)) _exit(EXIT_FAILURE);
  pid_t pid = sandbox_start(&sandbox, &policy);
  if (pid == 0) {
    name_scratch(&sandbox, &policy);
    return;
  }
  ChildConfined confined = {pid > 0 ? pid : 0, sandbox.child, sandbox.report};
  answer(&confined, data);
  if (pid < 0) _exit(EXIT_FAILURE);
  syscall(SYS_close_range, 0, CHILD_SOCKET, 0);
  _exit(sandbox_end_as(sandbox_supervise(&sandbox, 0)));
}
