#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/sandbox/sandbox.h"

const char *const sandbox_layer_names[SANDBOX_LAYERS] = {
    [SANDBOX_LIMITS] = "limits",
    [SANDBOX_IDENTITY] = "identity",
    [SANDBOX_PROCESSES] = "processes",
    [SANDBOX_NETWORK] = "network",
    [SANDBOX_IPC] = "ipc",
    [SANDBOX_FILES] = "files",
    [SANDBOX_LANDLOCK] = "landlock",
    [SANDBOX_SECCOMP] = "seccomp",
};

bool sandbox_add_path(SandboxPolicy *policy, const char *path,
                      SandboxAccess access) {
  bool ours = strcmp(path, "/") == 0 || strcmp(path, "/proc") == 0 ||
              strncmp(path, "/proc/", 6) == 0;
  if (ours || *path != '/' || policy->path_count == SANDBOX_PATHS) return false;
  policy->paths[policy->path_count++] = (SandboxPath){path, access};
  return true;
}

bool sandbox_add_system(SandboxPolicy *policy) {
  static char program[PATH_MAX];
  static const char *const system[] = {"/usr",
                                       "/bin",
                                       "/lib",
                                       "/lib64",
                                       "/etc/alternatives",
                                       "/etc/ld.so.cache",
                                       "/etc/localtime"};
  if (!realpath("/proc/self/exe", program)) return false;
  for (size_t i = 0; i < sizeof system / sizeof *system; i++)
    if (!sandbox_add_path(policy, system[i], SANDBOX_READ)) return false;
  return sandbox_add_path(policy, program, SANDBOX_READ);
}

/* The reason of a missing layer, unless that of the next one is the same. */
static const char *reason_at(const SandboxReport *report, int layer) {
  for (int next = layer + 1; next < SANDBOX_LAYERS; next++)
    if (report->missing & 1u << next)
      return report->reason[next] == report->reason[layer]
                 ? NULL
                 : strerror(report->reason[layer]);
  return strerror(report->reason[layer]);
}

void sandbox_describe(const SandboxReport *report, char *text, size_t size) {
  size_t length = 0;
  *text = '\0';
  for (int i = 0; i < SANDBOX_LAYERS && length < size; i++) {
    if (!(report->missing & 1u << i)) continue;
    const char *reason = reason_at(report, i);
    int n = snprintf(text + length, size - length, "%s%s%s%s%s",
                     length ? ", " : "no ", sandbox_layer_names[i],
                     reason ? " (" : "", reason ? reason : "",
                     reason ? ")" : "");
    length += n > 0 ? (size_t)n : 0;
  }
}
