-- `luarocks make` in the checkout: what `cmake --install` does, into LuaRocks' own tree.
rockspec_format = "3.0"
package = "perilune"
version = "scm-1"
source = { url = "." }
description = {
  summary = "Performance work in Lua: a profiler, a process pool, a fetcher, caches, sets",
  license = "MIT",
}
supported_platforms = { "linux" }
dependencies = { "lua >= 5.4, < 5.5", "luv", "argparse", "dkjson", "busted" }
build = {
  type = "cmake",
  variables = {
    CMAKE_BUILD_TYPE = "Release",
    CMAKE_INSTALL_PREFIX = "$(PREFIX)",
    PERILUNE_INSTALL_LMOD = "$(LUADIR)",
    PERILUNE_INSTALL_CMOD = "$(LIBDIR)",
    BUILD_TESTING = "OFF",
  },
}
