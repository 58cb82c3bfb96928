#include "host/output.h"

#include <lualib.h>
#include <string.h>

static ssize_t cookie_write(void *cookie, const char *bytes, size_t length) {
  Output *output = cookie;
  return output->write(output->data, bytes, length) ? (ssize_t)length : 0;
}

/* An io library's file, with what warn remembers. Its address in the registry
** keeps it alive: io.stderr may be replaced, warn not asked for it. */
typedef struct Target {
  luaL_Stream stream;
  bool warnings;  /* warn is on */
  bool continued; /* the next piece of a warning goes on the same line */
} Target;

static const char target_keys[2];

bool output_open(Output *output, int stream, PeriluneWrite write, void *data) {
  cookie_io_functions_t functions = {.write = cookie_write};
  FILE *file = fopencookie(output, "w", functions);
  if (!file) return false;
  setvbuf(file, NULL, _IOLBF, BUFSIZ);
  *output = (Output){
      .write = write, .data = data, .stream = stream, .file = file};
  return true;
}

void output_detach(Output *output) {
  if (output->target) output->target->f = output->stream == 1 ? stdout : stderr;
  output->target = NULL;
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

static Target *push_target(lua_State *L, Output *output) {
  Target *target = lua_newuserdatauv(L, sizeof *target, 0);
  *target = (Target){.stream = {.f = output->file}};
  luaL_setmetatable(L, LUA_FILEHANDLE);
  target->stream.closef = keep_open;
  lua_pushvalue(L, -1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &target_keys[output->stream - 1]);
  output->target = &target->stream;
  return target;
}

static int output_print(lua_State *L) {
  const luaL_Stream *stream = lua_touserdata(L, lua_upvalueindex(1));
  int n = lua_gettop(L);
  for (int i = 1; i <= n; i++) {
    size_t length;
    const char *text = luaL_tolstring(L, i, &length);
    if (i > 1) putc('\t', stream->f);
    fwrite(text, 1, length, stream->f);
    lua_pop(L, 1);
  }
  putc('\n', stream->f);
  fflush(stream->f);
  return 0;
}

/* As the auxiliary library's: off until warn("@on"). */
static void output_warn(void *data, const char *message, int to_continue) {
  Target *target = data;
  FILE *file = target->stream.f;
  if (!target->continued && !to_continue && message[0] == '@') {
    if (strcmp(message, "@on") == 0) target->warnings = true;
    if (strcmp(message, "@off") == 0) target->warnings = false;
    return;
  }
  if (target->warnings) {
    if (!target->continued) fputs("Lua warning: ", file);
    fputs(message, file);
    if (!to_continue) putc('\n', file);
    fflush(file);
  }
  target->continued = to_continue;
}

/* Expects the table `io` below the stream. */
static void install_print(lua_State *L) {
  lua_pushvalue(L, -1);
  lua_pushcclosure(L, output_print, 1);
  lua_setglobal(L, "print");
  lua_getfield(L, -2, "output");
  lua_pushvalue(L, -2);
  lua_call(L, 1, 0);
}

void output_install(lua_State *L, Output *output) {
  bool errors = output->stream == 2;
  lua_getglobal(L, LUA_IOLIBNAME);
  Target *target = push_target(L, output);
  if (errors)
    lua_setwarnf(L, output_warn, target);
  else
    install_print(L);
  lua_setfield(L, -2, errors ? "stderr" : "stdout");
  lua_pop(L, 1);
}
