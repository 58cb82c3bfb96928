/* Which Lua instruction allocates, read from Lua's own call records as the
** allocator is called: the public API takes ten times as long. The layout is
** private to Lua 5.4, so it is tested before it is trusted. */
#ifndef PERILUNE_FRAMES_H
#define PERILUNE_FRAMES_H

#include <lua.h>
#include <stdbool.h>
#include <stdint.h>

#include "host/profiler/callinfo.h"

/* What follows in a Lua function's record. */
typedef struct LuaCall {
  CallInfo info;
  const uint32_t *saved_pc; /* behind the last instruction that saved it */
} LuaCall;

/* A prototype up to its code (lobject.h). */
typedef struct LuaPrototype {
  void *next;
  unsigned char tag, marked, parameters, is_vararg, stack;
  int upvalues, constants, instructions, line_infos, prototypes, locals,
      absolute_lines;
  int line, last_line; /* where it is defined */
  const void *k;
  const uint32_t *code;
} LuaPrototype;

/* Opcodes (lopcodes.h) of the instructions that make and fill tables. */
enum {
  FRAMES_SETTABUP = 15,
  FRAMES_NEWTABLE = 19,
  FRAMES_CALL = 68,
  FRAMES_SETLIST = 78
};

static inline bool frames_is_lua(const CallInfo *info) {
  return (info->function->tag & 0x3f) == CALL_LUA_CLOSURE;
}

static inline const LuaPrototype *frames_prototype(const CallInfo *info) {
  const CallClosure *closure = info->function->pointer;
  return closure->body;
}

static inline const uint32_t *frames_pc(const CallInfo *info) {
  return ((const LuaCall *)info)->saved_pc;
}

/* The innermost call of a thread; NULL when none is under way. */
static inline const CallInfo *frames_top(lua_State *L) {
  lua_Debug ar;
  return lua_getstack(L, 0, &ar) ? ar.i_ci : NULL;
}

/* The innermost Lua function among a call and those below it, or NULL. */
static inline const CallInfo *frames_lua(const CallInfo *info) {
  while (info && !frames_is_lua(info)) info = info->previous;
  return info;
}

/* Whether the instruction under way makes or fills a table. */
static inline bool frames_fills_table(const CallInfo *info) {
  const uint32_t *pc = frames_pc(info);
  if (pc == frames_prototype(info)->code) return false;
  uint32_t opcode = pc[-1] & 0x7f;
  return (opcode >= FRAMES_SETTABUP && opcode <= FRAMES_NEWTABLE) ||
         opcode == FRAMES_SETLIST;
}

/* Whether Lua's records have the layout above, and can be read while a stack is
** moved (a release may keep offsets in them then). `functions` is the
** index of the module perilune.profile.probe; then `*prototype_size` is set.
*May
** throw. */
bool frames_test(lua_State *L, int functions, size_t *prototype_size);

#endif
