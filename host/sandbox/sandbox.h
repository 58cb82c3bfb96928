/* Confines a process: to files, processes, a network and a share of the machine
** that a policy names. docs/security.md says what is promised; each layer
** stands in a file of its own. Knows nothing of Lua.
**
** The process that asks becomes the supervisor of one that it forks: it stays
** outside, ends the other, and passes bytes on to ports. */
#ifndef PERILUNE_SANDBOX_H
#define PERILUNE_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

typedef enum SandboxLayer {
  SANDBOX_LIMITS,    /* memory, processes, files (setrlimit) */
  SANDBOX_IDENTITY,  /* no rights of root; to root: a user of its own */
  SANDBOX_PROCESSES, /* sees, signals and leaves no others (pid namespace) */
  SANDBOX_NETWORK,   /* a network of its own, with nothing in it */
  SANDBOX_IPC,      /* the same of System V's memory and queues, and of names */
  SANDBOX_FILES,    /* a root with what is named, and nothing else */
  SANDBOX_LANDLOCK, /* the same by rules on top of it */
  SANDBOX_SECCOMP,  /* system calls that are refused */
  SANDBOX_LAYERS
} SandboxLayer;

#define SANDBOX_ALL ((1u << SANDBOX_LAYERS) - 1)

/* "limits", "identity" and so on. */
extern const char *const sandbox_layer_names[SANDBOX_LAYERS];

typedef enum SandboxAccess {
  SANDBOX_READ,    /* and run */
  SANDBOX_WRITE,   /* and read */
  SANDBOX_SCRATCH, /* an empty folder in memory stands in its place; without
                      SANDBOX_FILES the folder itself can be written to */
  SANDBOX_HIDE,
} SandboxAccess;

/* Of two paths, one below the other, the longer one counts. */
typedef struct SandboxPath {
  const char *path; /* absolute, without symbolic links */
  SandboxAccess access;
} SandboxPath;

enum { SANDBOX_PATHS = 64, SANDBOX_PORTS = 8 };

/* Address space that a process needs besides the memory of its Lua state:
** libraries, stacks, the rings of a pool. */
#define SANDBOX_BESIDES (UINT64_C(1) << 30)

typedef struct SandboxPolicy {
  uint32_t layers; /* bits 1 << SandboxLayer that are wanted */
  bool whole;      /* refuses to start without one of them */
  SandboxPath paths[SANDBOX_PATHS];
  size_t path_count;
  const char *folder; /* to start in, where it can be entered; may be NULL */
  /* Of 127.0.0.1 outside, there inside as well. */
  uint16_t ports[SANDBOX_PORTS];
  size_t port_count;
  int kept;        /* descriptors up to this one are the confined process's */
  uint64_t memory; /* bytes of address space, a process; 0: no limit */
} SandboxPolicy;

/* False: there is no more room, or it is the root or in /proc. The string stays
** the caller's. */
bool sandbox_add_path(SandboxPolicy *policy, const char *path,
                      SandboxAccess access);

/* What every Lua program needs: libraries, the program itself. */
bool sandbox_add_system(SandboxPolicy *policy);

typedef struct SandboxReport {
  uint32_t missing;               /* bits of layers that were wanted */
  int32_t reason[SANDBOX_LAYERS]; /* why, an errno */
  char message[256];              /* why none was started */
} SandboxReport;

typedef struct Sandbox {
  SandboxReport report;
  pid_t pid; /* the confined process, as it is called outside */
  /* What was forked: that process, or the first of its namespace. */
  pid_t child;
  bool adopts; /* no namespace: those that lose their parent are the caller's */
  int death;   /* a pidfd of the child */
  int channel;
  int status; /* of the confined process, once it has ended; -1 before */
  int listeners[SANDBOX_PORTS];
  uint16_t ports[SANDBOX_PORTS];
  size_t listener_count;
} Sandbox;

/* Forks. Returns 0 in the process that is confined, and its pid in the one that
** called; or -1, with report.message. Before threads are started. */
pid_t sandbox_start(Sandbox *sandbox, const SandboxPolicy *policy);

/* What sandbox_supervise returns of a process that had not ended by itself. */
enum { SANDBOX_OUT_OF_TIME = -1, SANDBOX_UNWATCHED = -2 /* errno says why */ };

/* Waits until the confined process has ended, or for `seconds` (0: for ever)
** and ends it. Passes bytes on meanwhile. Nothing is left behind. Returns the
** process's wait status, or one of those above. */
int sandbox_supervise(Sandbox *sandbox, double seconds);

/* Ends the confined process and all that it has started. Idempotent. */
void sandbox_end(Sandbox *sandbox);

/* Ends this process by the signal that has ended the confined one; where that
** has exited, returns its exit status; EXIT_FAILURE where it had not ended. */
int sandbox_end_as(int status);

/* Holds this process to small files, few of them open, and no core, as the
** layer of limits does. Returns 0 or an errno. */
int sandbox_limit_files(void);

/* "no network, files (Operation not permitted), ..."; "" when none is missing.
 */
void sandbox_describe(const SandboxReport *report, char *text, size_t size);

#endif
