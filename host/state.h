/* What a host is made of. */
#ifndef PERILUNE_STATE_H
#define PERILUNE_STATE_H

#include "host/heap.h"
#include "host/hook.h"
#include "host/interrupt.h"
#include "host/output.h"
#include "host/perilune.h"

struct Perilune {
  lua_State *L;
  bool owns_state;
  Heap heap;
  Hooks *hooks; /* an object of the state's */
  Interrupt interrupt;
  Output outputs[2]; /* of stream 1 and 2 */
  const char *error; /* anchored in the registry, or static */
};

/* Runs what is on the stack as perilune_call does, with a message handler of
** the caller's. */
PeriluneStatus host_call(Perilune *host, int nargs, int nresults,
                         lua_CFunction handler);

/* perilune_call's message handler: error object -> message with traceback. */
int host_add_traceback(lua_State *L);

/* Runs what is on the stack as perilune_call does, without a traceback. */
PeriluneStatus host_protected(Perilune *host, int nargs, int nresults);

/* Pushes arg[1], arg[2], ... and returns their number, or raises. */
int host_push_arguments(lua_State *L);

/* From now on the states of a pool's workers are made by `opener`, which
** returns NULL where it cannot. Throws. */
void host_set_opener(lua_State *L, lua_State *(*opener)(void));

/* Ends a recording and drops the profile that the host keeps. Throws nothing.
 */
void host_drop_profile(Perilune *host);

/* Pops the error on top of the stack into perilune_error. */
PeriluneStatus host_take_error(Perilune *host, PeriluneStatus status);

#endif
