/* Where the files lie that come with the program: the exercises, and what is
** made of npm's packages. */
#ifndef PERILUNE_SHARE_H
#define PERILUNE_SHARE_H

#include <lua.h>

/* Pushes the folder: share/perilune beside this code or above it, else where
** the build was to be installed: that is for a program of somebody else's that
** has the library inside. Not promised to exist. */
void share_push_own(lua_State *L);

/* Pushes PERILUNE_SHARE, which may stand for what npm brings; else our own. */
void share_push(lua_State *L);

#endif
