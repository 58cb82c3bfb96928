/* debug.sethook and debug.gethook for scripts: each thread's own hook, kept
** apart from ours. */
#ifndef PERILUNE_SCRIPT_HOOK_H
#define PERILUNE_SCRIPT_HOOK_H

#include <lua.h>

typedef struct ScriptHook {
  int mask;
  int count; /* as the script gave it */
  int left;  /* instructions until its next count event */
} ScriptHook;

/* Replaces the two functions in the global table `debug`, if there is one. */
void script_hook_open(lua_State *L);

/* The hook of `L`, or NULL. Alive as long as no other is set for `L`. Throws
** nothing. */
ScriptHook *script_hook_get(lua_State *L);

/* Calls the script's function for an event on `L`; may raise. */
void script_hook_call(lua_State *L, lua_Debug *ar);

/* As lua_newthread does: a new thread has its creator's mask and no function.
 */
void script_hook_inherit(lua_State *L, lua_State *thread);

#endif
