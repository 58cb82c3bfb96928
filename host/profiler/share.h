/* Where the files lie that come with the program: the page of html profiles,
** the exercises. */
#ifndef PERILUNE_SHARE_H
#define PERILUNE_SHARE_H

#include <lua.h>

/* Pushes the folder: PERILUNE_SHARE, else share/perilune beside this code or
** above it, else where the build was to be installed: that is for a program of
** somebody else's that has the library inside. Not promised to exist. */
void share_push(lua_State *L);

#endif
