/* A recorder that has stopped as plain Lua data. */
#ifndef PERILUNE_EXPORT_H
#define PERILUNE_EXPORT_H

#include "host/profiler/recorder.h"

/* Pushes the profile, a table that host/lua/perilune/profile/model.lua
** describes; times are in seconds, the recorder's own cost is taken off. May
** throw. */
void export_push(lua_State *L, Recorder *recorder);

#endif
