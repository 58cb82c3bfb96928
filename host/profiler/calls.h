/* Exact calls: the hook of the modes `calls` and `memory`. */
#ifndef PERILUNE_CALLS_H
#define PERILUNE_CALLS_H

#include "host/profiler/recorder.h"

void calls_event(lua_State *L, lua_Debug *ar);

/* What a call or return does to the shadow stack; the clock has been charged.
 */
void calls_follow(Recorder *recorder, lua_State *L, lua_Debug *ar);

#endif
