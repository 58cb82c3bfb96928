/* What a tracker knows, as Lua tables. */
#ifndef PERILUNE_TRACKER_EXPORT_H
#define PERILUNE_TRACKER_EXPORT_H

#include <lua.h>

#include "host/tracker/tracker.h"

/* "exact" or "sampled". */
const char *export_mode(const Tracker *tracker);

/* (light userdata Heap) -> {mode, interval, frames, used, base, peak,
** peak_used, time, cost, lost = {blocks, bytes}, types = {table = tally, ...},
** functions = {{name, source, line, last, kind}, ...},
** places = {function = {...}, line, parent, and a list for each field of a
** tally: bytes, blocks, total_bytes, total_blocks, peak_bytes, peak_blocks}}.
** A place's parent stands before it; 0: none. Function 1 is no Lua function. */
int export_snapshot(lua_State *L);

/* (light userdata Heap) -> {cycles, points = {{time, bytes, cycle}, ...}} */
int export_timeline(lua_State *L);

#endif
