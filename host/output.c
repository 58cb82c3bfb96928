#include "host/output.h"

#include <lauxlib.h>
#include <lualib.h>
#include <string.h>

static ssize_t cookie_write(void *cookie, const char *bytes, size_t length) {
  Output *output = cookie;
  return output->write(output->data, bytes, length) ? (ssize_t)length : 0;
}

bool output_open(Output *output, PeriluneWrite write, void *data) {
  cookie_io_functions_t functions = {.write = cookie_write};
  FILE *file = fopencookie(output, "w", functions);
  if (!file) return false;
  setvbuf(file, NULL, _IOLBF, BUFSIZ);
  *output = (Output){.write = write, .data = data, .file = file};
  return true;
}

void output_close(Output *output) {
  if (output->file) fclose(output->file);
  output->file = NULL;
}

/* As io.stdout answers io.close: the stream belongs to the host. */
static int keep_open(lua_State *L) {
  luaL_Stream *stream = luaL_checkudata(L, 1, LUA_FILEHANDLE);
  stream->closef = keep_open;
  luaL_pushfail(L);
  lua_pushliteral(L, "cannot close standard file");
  return 2;
}

static void push_stream(lua_State *L, FILE *file) {
  luaL_Stream *stream = lua_newuserdatauv(L, sizeof *stream, 0);
  stream->closef = NULL;
  luaL_setmetatable(L, LUA_FILEHANDLE);
  stream->f = file;
  stream->closef = keep_open;
}

static int output_print(lua_State *L) {
  const Output *output = lua_touserdata(L, lua_upvalueindex(1));
  int n = lua_gettop(L);
  for (int i = 1; i <= n; i++) {
    size_t length;
    const char *text = luaL_tolstring(L, i, &length);
    if (i > 1) putc('\t', output->file);
    fwrite(text, 1, length, output->file);
    lua_pop(L, 1);
  }
  putc('\n', output->file);
  fflush(output->file);
  return 0;
}

/* As the auxiliary library's: off until warn("@on"). */
static void output_warn(void *data, const char *message, int to_continue) {
  Output *output = data;
  if (!output->continued && !to_continue && message[0] == '@') {
    if (strcmp(message, "@on") == 0) output->warnings = true;
    if (strcmp(message, "@off") == 0) output->warnings = false;
    return;
  }
  if (output->warnings) {
    if (!output->continued) fputs("Lua warning: ", output->file);
    fputs(message, output->file);
    if (!to_continue) putc('\n', output->file);
    fflush(output->file);
  }
  output->continued = to_continue;
}

static void install_output(lua_State *L, Output *output) {
  lua_pushlightuserdata(L, output);
  lua_pushcclosure(L, output_print, 1);
  lua_setglobal(L, "print");
  lua_getfield(L, -1, "stdout");
  lua_getfield(L, -2, "output");
  lua_insert(L, -2);
  lua_call(L, 1, 0);
}

void output_install(lua_State *L, Output *output, int stream) {
  lua_getglobal(L, LUA_IOLIBNAME);
  push_stream(L, output->file);
  lua_setfield(L, -2, stream == 1 ? "stdout" : "stderr");
  if (stream == 1)
    install_output(L, output);
  else
    lua_setwarnf(L, output_warn, output);
  lua_pop(L, 1);
}
