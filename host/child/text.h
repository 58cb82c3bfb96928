/* What a solution's child takes for code: text. Bytecode that nobody has
** compiled can do to the process whatever C can. */
#ifndef PERILUNE_CHILD_TEXT_H
#define PERILUNE_CHILD_TEXT_H

#include <lua.h>

/* From now on `load`, `loadfile`, `dofile` and `require` refuse bytecode, and
** perilune.native.message has no `unpack`. Throws. */
void child_text(lua_State *L);

#endif
