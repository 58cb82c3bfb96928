/* What perilune.auto needs of C: to be called when the program ends. */
#ifndef PERILUNE_EXIT_LUA_H
#define PERILUNE_EXIT_LUA_H

#include <lauxlib.h>

/* NULL at the end, as luaL_setfuncs wants it: part of perilune.recorder. */
extern const luaL_Reg exit_functions[];

#endif
