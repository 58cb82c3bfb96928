/* The processes that a child has started, told by their session, which the
** child leads. One that has begun a session of its own is none of them. */
#ifndef PERILUNE_FAMILY_H
#define PERILUNE_FAMILY_H

#include <sys/types.h>

/* Seconds of processor time: of the descendants of `worker`, the leader or one
** of its session, that are alive, and of those that have ended and were waited
** for. Its own and the leader's are not in it. One look costs what listing all
** processes does. */
double family_seconds(pid_t leader, pid_t worker);

/* Kills all of the session, in whatever process group. The leader must not have
** been reaped, or its number may be another's. */
void family_kill(pid_t leader);

#endif
