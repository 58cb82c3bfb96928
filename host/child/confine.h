/* A child in its sandbox, from its own side. */
#ifndef PERILUNE_CHILD_CONFINE_H
#define PERILUNE_CHILD_CONFINE_H

#include <stddef.h>

#include "host/child/wire.h"

/* The process that calls becomes the supervisor of another one, in the sandbox
** that the payload tells of, sends `answer` its pid (or none), and ends as it
** does: so this returns in the confined process alone. */
void confine_child(char *payload, size_t size,
                   void (*answer)(const ChildConfined *confined, void *data),
                   void *data);

#endif
