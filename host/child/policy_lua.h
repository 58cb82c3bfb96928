/* The policy of a child's sandbox: from the options of child.start to the
** payload that goes to the child; and what came of it. */
#ifndef PERILUNE_CHILD_POLICY_LUA_H
#define PERILUNE_CHILD_POLICY_LUA_H

#include <lua.h>

#include "host/sandbox/sandbox.h"

/* The names of these options; the last one is NULL. */
extern const char *const policy_options[];

/* Replaces the option table at index 1 by one whose paths are those that the
** child sees, and pushes the payload of CHILD_CONFINE, or nil when none is
** asked for. Returns 0; or pushes a failure and returns the number of its
** values. Throws where an option is wrong. */
int policy_push(lua_State *L, double memory);

/* The payload for what only tries which layers there are. */
void policy_push_trial(lua_State *L);

/* Pushes {{name = layer, works = boolean, reason = text or nil}..., missing =
** what does not work in one line, or nil}. */
void policy_push_layers(lua_State *L, const SandboxReport *report);

#endif
