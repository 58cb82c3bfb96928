#include "host/repl.h"

#include <lauxlib.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "host/program.h"
#include "host/state.h"

static void print_prompt(lua_State *L, bool first) {
  lua_getglobal(L, first ? "_PROMPT" : "_PROMPT2");
  const char *prompt = lua_isnil(L, -1) ? NULL : luaL_tolstring(L, -1, NULL);
  fputs(prompt ? prompt : first ? "> " : ">> ", stdout);
  fflush(stdout);
  lua_settop(L, lua_gettop(L) - (prompt ? 2 : 1));
}

/* Pushes a line of any length without its end, or its zero bytes; false at the
** end of input. What is not typed at a terminal is echoed, as readline does. */
static bool push_line(lua_State *L, bool first) {
  luaL_Buffer line;
  print_prompt(L, first);
  int byte = getc(stdin);
  if (byte == EOF) return false;
  luaL_buffinit(L, &line);
  for (; byte != EOF && byte != '\n'; byte = getc(stdin))
    if (byte != '\0') luaL_addchar(&line, (char)byte);
  luaL_pushresult(&line);
  if (!isatty(STDIN_FILENO)) puts(lua_tostring(L, -1));
  return true;
}

/* "return LINE" compiled, or nothing pushed. */
static bool load_expression(lua_State *L) {
  const char *text = lua_pushfstring(L, "return %s", lua_tostring(L, 1));
  bool ok = luaL_loadbuffer(L, text, strlen(text), "=stdin") == LUA_OK;
  if (!ok) lua_pop(L, 1);
  lua_remove(L, ok ? -2 : -1);
  return ok;
}

static bool is_incomplete(lua_State *L, int status) {
  static const char mark[] = "<eof>";
  if (status != LUA_ERRSYNTAX) return false;
  size_t length;
  const char *message = lua_tolstring(L, -1, &length);
  return length >= sizeof mark - 1 &&
         strcmp(message + length - (sizeof mark - 1), mark) == 0;
}

/* Compiles the text at index 1 as statements, reading on while it is not
** complete. */
static int load_statements(lua_State *L) {
  for (;;) {
    size_t length;
    const char *text = lua_tolstring(L, 1, &length);
    int status = luaL_loadbuffer(L, text, length, "=stdin");
    if (!is_incomplete(L, status) || !push_line(L, false)) return status;
    lua_remove(L, -2);
    lua_pushliteral(L, "\n");
    lua_insert(L, -2);
    lua_concat(L, 3);
  }
}

/* Leaves a function, or an error message, alone on the stack. */
static int load_input(lua_State *L) {
  const char *line = lua_tostring(L, 1);
  if (line[0] == '=') { /* the way of Lua 5.1 */
    lua_pushfstring(L, "return %s", line + 1);
    lua_remove(L, 1);
  }
  if (load_expression(L)) {
    lua_remove(L, 1);
    return LUA_OK;
  }
  int status = load_statements(L);
  lua_remove(L, 1);
  return status;
}

static void report(const char *message) {
  fflush(stdout);
  fprintf(stderr, "%s\n", message);
}

static void print_results(Perilune *host) {
  lua_State *L = host->L;
  int n = lua_gettop(L);
  if (n == 0) return;
  luaL_checkstack(L, LUA_MINSTACK, "too many results to print");
  lua_getglobal(L, "print");
  lua_insert(L, 1);
  if (host_protected(host, n, 0) != PERILUNE_OK) {
    report(
        lua_pushfstring(L, "error calling 'print' (%s)", perilune_error(host)));
    lua_pop(L, 1);
  }
}

void repl_run(Perilune *host) {
  lua_State *L = host->L;
  lua_settop(L, 0);
  while (push_line(L, true)) {
    if (load_input(L) != LUA_OK) {
      report(lua_tostring(L, -1));
    } else if (program_call(host, 0, LUA_MULTRET) != PERILUNE_OK) {
      report(perilune_error(host));
      lua_settop(L, 0);
    } else {
      print_results(host);
    }
    lua_settop(L, 0);
  }
  putchar('\n');
  fflush(stdout);
}
