#include "host/profiler/share.h"

#include <dlfcn.h>
#include <limits.h>
#include <link.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* From the folder of the code: in a build and beside an unpacked program; in
** bin of an installation; of a module in lib/lua/5.4/perilune; of one in
** lib/ARCHITECTURE/lua/5.4/perilune. */
static const char *const places[] = {"share/perilune", "../share/perilune",
                                     "../../../../share/perilune",
                                     "../../../../../share/perilune"};

/* The path of the shared object with this code, or of the program. */
static bool find_code(char path[PATH_MAX]) {
  Dl_info info;
  struct link_map *object = NULL;
  dladdr1((const void *)share_push, &info, (void **)&object, RTLD_DL_LINKMAP);
  bool in_module = object && object->l_name[0];
  return realpath(in_module ? object->l_name : "/proc/self/exe", path);
}

/* Sets `found` to the first place that is there. */
static bool find_place(char found[PATH_MAX]) {
  char path[PATH_MAX], candidate[PATH_MAX + 64];
  if (!find_code(path)) return false;
  *strrchr(path, '/') = '\0';
  for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
    snprintf(candidate, sizeof candidate, "%s/%s", path, places[i]);
    if (realpath(candidate, found)) return true;
  }
  return false;
}

void share_push_own(lua_State *L) {
  char found[PATH_MAX];
  lua_pushstring(L, find_place(found) ? found : PERILUNE_INSTALLED_SHARE);
}

void share_push(lua_State *L) {
  const char *chosen = getenv("PERILUNE_SHARE");
  if (chosen && *chosen)
    lua_pushstring(L, chosen);
  else
    share_push_own(L);
}
