/* A child's sandbox: from the options of `perilune.child.start` to a policy, on
** its way to the child, and what the child makes of it. */
#ifndef PERILUNE_CHILD_CONFINE_H
#define PERILUNE_CHILD_CONFINE_H

#include <lua.h>

#include "host/child/wire.h"

/* The names of these options; the last one is NULL. */
extern const char *const confine_options[];

/* Replaces the option table at index 1 by one whose paths are those that the
** child sees, and pushes the payload of CHILD_CONFINE, or nil when none is
** asked for. Returns 0; or pushes a failure and returns the number of its
** values. Throws where an option is wrong. */
int confine_push_policy(lua_State *L, double memory);

/* The payload for what only tries which layers there are. */
void confine_push_trial(lua_State *L);

/* Pushes {{name = layer, works = boolean, reason = text or nil}..., missing =
** what does not work in one line, or nil}. */
void confine_push_layers(lua_State *L, const SandboxReport *report);

/* The child's side. The process that calls becomes the supervisor of another
** one, sends `answer` its pid (or none), and ends as it does: so this returns
** in the confined process alone. */
void confine_child(char *payload, size_t size,
                   void (*answer)(const ChildConfined *confined, void *data),
                   void *data);

#endif
