/* The processes that a child has started, and those that these have. The child
** adopts whoever loses a parent, so that none gets out of its family while it
** lives; after that its session, which it leads, tells them. */
#ifndef PERILUNE_FAMILY_H
#define PERILUNE_FAMILY_H

#include <sys/types.h>

/* Seconds of processor time: of the leader's descendants that are alive, and of
** those that have ended and were waited for. The leader's own is not in it. A
** look costs some system calls a process of the family. */
double family_seconds(pid_t leader);

/* Kills them all and the leader, which must not have been reaped, or its number
** may be another's. */
void family_kill(pid_t leader);

#endif
