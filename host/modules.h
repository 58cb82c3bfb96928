/* What `require` finds in a host: the native modules, the host's own, and the
** Lua half, which is compiled in. */
#ifndef PERILUNE_MODULES_H
#define PERILUNE_MODULES_H

#include <lua.h>
#include <stddef.h>

/* A file of host/lua, generated from host/CMakeLists.txt. */
typedef struct Embedded {
  const char *name; /* as require knows it: perilune.cli.time */
  const char *path; /* below host/lua: perilune/cli/time.lua */
  const unsigned char *text;
  size_t length;
} Embedded;

/* Ends with a NULL name. */
extern const Embedded embedded_files[];

/* Puts a loader for each module in package.preload. With PERILUNE_LUA_DIR set,
** Lua modules are read from that folder instead. May throw. */
void modules_open(lua_State *L);

#endif
