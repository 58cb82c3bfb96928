/* What a solution's process takes for Lua code: text. Bytecode that nobody has
** compiled can do to the process whatever C can. */
#ifndef PERILUNE_CHILD_TEXT_H
#define PERILUNE_CHILD_TEXT_H

#include <lua.h>

/* From now on `load`, `loadfile`, `dofile` and `require` refuse bytecode, and
** perilune.native.message has no `unpack`. Lua's own functions are nowhere any
** more: they are not wrapped, but replaced. For a state where nobody has run
** yet. Throws. */
void child_text(lua_State *L);

#endif
