/* Allocations by function and line: the state's allocator is wrapped. */
#ifndef PERILUNE_PROFILER_MEMORY_H
#define PERILUNE_PROFILER_MEMORY_H

#include "host/profiler/recorder.h"

void memory_start(Recorder *recorder);

/* Puts the allocator back. Where somebody has wrapped ours meanwhile, a relay
** of some bytes stays for good, which only passes on. */
void memory_stop(Recorder *recorder);

#endif
