/* What the files of a child's life share: how it ends. */
#ifndef PERILUNE_CHILD_END_H
#define PERILUNE_CHILD_END_H

#include "host/child/child.h"

/* Why it dies, unless that is known already. */
void child_note(Child *child, ChildCode code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Its socket has closed: finds out why, and ends it. */
void child_lost(Child *child);

void child_close_descriptor(int *fd);

#endif
