/* Samples at a steady rate of the wall clock.
**
** A POSIX timer on CLOCK_MONOTONIC sends SIGPROF to the thread that started the
** profile; its handler arms the hook of the Lua thread that runs, and the next
** event (an instruction, a call or return of C) takes the sample. So time that
** passes inside a C function is seen when that returns, and weighs as much as
** has passed. Each thread may have several samplers, of several states.
**
** The handler is installed once a process; a SIGPROF that is not ours goes on
** to the handler found there. System calls that are not restarted after a
** signal (sleep, poll, ...) end early with EINTR while a sampler runs. */
#ifndef PERILUNE_SAMPLER_H
#define PERILUNE_SAMPLER_H

#include "host/profiler/recorder.h"

/* False with errno set when there is no timer to be had. */
bool sampler_start(Recorder *recorder);

/* Frees the sampler; how many samples the timer called for is kept. */
void sampler_stop(Recorder *recorder);

/* The sample under way has found `line` in its stack. */
void sampler_pass(Sampler *sampler, Line *line);

#endif
