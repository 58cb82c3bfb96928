/* Where the files lie that come with the program: the page of html profiles. */
#ifndef PERILUNE_SHARE_H
#define PERILUNE_SHARE_H

#include <lua.h>

/* Pushes the folder: PERILUNE_SHARE, else share/perilune beside this code or
** above it, else that of the build. Not promised to exist. */
void share_push(lua_State *L);

#endif
