/* Where the hooks of scripts are kept: one for each thread that has one. Knows
** nothing of ours. */
#ifndef PERILUNE_SCRIPT_HOOK_H
#define PERILUNE_SCRIPT_HOOK_H

#include <lua.h>

typedef struct ScriptHook {
  int mask;
  int count; /* as the script gave it */
  int left;  /* instructions until its next count event */
} ScriptHook;

/* The hook of `L`, or NULL. Alive as long as no other is set for `L`. Throws
** nothing. */
ScriptHook *script_hook_get(lua_State *L);

/* Same for any thread `of` the state; also pushes it, or nil, on `L`. Its user
** value is the script's function. */
ScriptHook *script_hook_push(lua_State *L, lua_State *of);

/* Gives `of` a hook, or none where the mask is 0: pops the function from the
** top of `L`. May throw. */
void script_hook_set(lua_State *L, lua_State *of, int mask, int count);

/* Calls the script's function for an event on `L`; may raise. */
void script_hook_call(lua_State *L, lua_Debug *ar);

/* As lua_newthread does: a new thread has its creator's mask, no function. */
void script_hook_inherit(lua_State *L, lua_State *thread);

#endif
