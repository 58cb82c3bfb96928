/* The layers of a sandbox, one function each, called in their order by
** inside.c in the process that is confined. Each returns 0 or an errno. */
#ifndef PERILUNE_SANDBOX_LAYERS_H
#define PERILUNE_SANDBOX_LAYERS_H

#include "host/sandbox/sandbox.h"

/* root.c: makes the policy's paths the only ones there are. In a mount
** namespace of its own, with the rights of its root. On failure the old root
** is still there. */
int root_enter(const SandboxPolicy *policy);

/* root.c: those that are there; NULL ends them. */
extern const char *const root_devices[];

/* copy.c: whether the sandbox's user could not read what is at `path`; and a
** copy of it, which it can. */
bool copy_needed(const char *path);
int copy_tree(const char *from, const char *to);

/* ports.c: listens on the policy's ports of the network that it is in, and
** raises that network's loopback. Fills in sandbox->listeners. */
int ports_open(Sandbox *sandbox, const SandboxPolicy *policy);

/* identity.c: drops root's rights, and all others that namespaces gave. The
** number tells root's users of sandboxes apart; 0: root stays the user that it
** is, without its rights, which is an error. */
int identity_drop(pid_t number);

/* limits.c. `shared`: other processes of this user count as well. */
int limits_set(const SandboxPolicy *policy, bool shared);

/* landlock.c. `rooted`: root_enter has succeeded. */
int landlock_enter(const SandboxPolicy *policy, bool rooted);

/* seccomp.c. `network`: TCP sockets may be made. */
int seccomp_enter(bool network);

#endif
