/* The processes that a child has started, and those that these have. The child
** adopts whoever loses a parent, so that none gets out of its family while it
** lives; after that its session, which it leads, tells them. */
#ifndef PERILUNE_FAMILY_H
#define PERILUNE_FAMILY_H

#include <stdio.h>
#include <sys/types.h>

/* Seconds of processor time: of the descendants of `worker`, the leader or one
** below it, that are alive, and of those that have ended and were waited for.
** Its own is not in it. A look costs some system calls a process. */
double family_seconds(pid_t worker);

/* Kills them all and the leader, which must not have been reaped, or its number
** may be another's. */
void family_kill(pid_t leader);

/* The processes that one thread has started or adopted, for family_next; the
** caller closes it. NULL: there is no such thread. */
FILE *family_open(pid_t pid, const char *thread);

/* The next one; 0 at the end. */
pid_t family_next(FILE *children);

#endif
