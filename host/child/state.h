/* The Lua states of a solution's process: its own, and those of the workers of
** a pool that it makes. */
#ifndef PERILUNE_CHILD_STATE_H
#define PERILUNE_CHILD_STATE_H

#include "host/perilune.h"

/* A host whose code is text and the system's libraries (text.h, libraries.h),
** for a driver and a solution. In its workers `debug` is as in a process
** without a driver. NULL: there is no memory. */
Perilune *child_open_state(void);

#endif
