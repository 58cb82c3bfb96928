#include "host/repl.h"

#include <lauxlib.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "host/line.h"
#include "host/program.h"
#include "host/state.h"

/* perilune.cli.prompt, where a person is at the terminal. */
static const char prompt_key[] = "perilune.prompt";

/* Whether lines are read by readline. */
static bool is_edited;

/* Pushes a function of perilune.cli.prompt; false, and nothing, without it. */
static bool push_own(lua_State *L, const char *name) {
  bool has = lua_getfield(L, LUA_REGISTRYINDEX, prompt_key) == LUA_TTABLE;
  if (has) lua_getfield(L, -1, name);
  lua_remove(L, has ? -2 : -1);
  return has;
}

/* Pushes what is asked for. */
static const char *push_prompt(lua_State *L, bool first) {
  lua_getglobal(L, first ? "_PROMPT" : "_PROMPT2");
  if (lua_isnil(L, -1))
    lua_pushstring(L, first ? "> " : ">> ");
  else
    luaL_tolstring(L, -1, NULL);
  lua_remove(L, -2);
  return lua_tostring(L, -1);
}

/* Pushes a line of any length without its end, or its zero bytes; false at the
** end of input. What is not typed at a terminal is echoed, as readline does. */
static bool push_plain_line(lua_State *L) {
  luaL_Buffer line;
  int byte = getc(stdin);
  if (byte == EOF) return false;
  luaL_buffinit(L, &line);
  for (; byte != EOF && byte != '\n'; byte = getc(stdin))
    if (byte != '\0') luaL_addchar(&line, (char)byte);
  luaL_pushresult(&line);
  if (!isatty(STDIN_FILENO)) puts(lua_tostring(L, -1));
  return true;
}

static LineStatus push_line(lua_State *L, bool first) {
  const char *line;
  const char *prompt = push_prompt(L, first);
  if (is_edited) {
    LineStatus status = line_read(prompt, &line);
    lua_pop(L, 1);
    if (status == LINE_TYPED) lua_pushstring(L, line);
    if (status == LINE_INTERRUPTED) putchar('\n');
    return status;
  }
  fputs(prompt, stdout);
  fflush(stdout);
  lua_pop(L, 1);
  return push_plain_line(L) ? LINE_TYPED : LINE_END;
}

/* "return TEXT" compiled, or a message. */
static int load_expression(lua_State *L) {
  const char *text = lua_pushfstring(L, "return %s", lua_tostring(L, 1));
  int status = luaL_loadbuffer(L, text, strlen(text), "=stdin");
  lua_remove(L, -2);
  return status;
}

static bool is_incomplete(lua_State *L, int status) {
  static const char mark[] = "<eof>";
  if (status != LUA_ERRSYNTAX) return false;
  size_t length;
  const char *message = lua_tolstring(L, -1, &length);
  return length >= sizeof mark - 1 &&
         strcmp(message + length - (sizeof mark - 1), mark) == 0;
}

/* Compiles the text at index 1, as an expression or as statements. Expressions
** may go over lines at a terminal, but not in lua5.4. Leaves a function, or the
** message about statements. */
static int load_text(lua_State *L, bool is_first, bool *is_open) {
  *is_open = false;
  if (is_first || is_edited) {
    int status = load_expression(L);
    if (status == LUA_OK) return status;
    *is_open = is_edited && is_incomplete(L, status);
    lua_pop(L, 1);
  }
  size_t length;
  const char *text = lua_tolstring(L, 1, &length);
  int status = luaL_loadbuffer(L, text, length, "=stdin");
  *is_open = status != LUA_OK && (*is_open || is_incomplete(L, status));
  return status;
}

/* Reads on while the text is not complete. One that is given up is none: its
** function does nothing. */
static int load_lines(lua_State *L) {
  for (bool is_first = true;; is_first = false) {
    bool is_open;
    int status = load_text(L, is_first, &is_open);
    if (!is_open) return status;
    LineStatus more = push_line(L, false);
    if (more == LINE_INTERRUPTED) {
      lua_pop(L, 1);
      return luaL_loadstring(L, "");
    }
    if (more == LINE_END) return status;
    lua_remove(L, -2);
    lua_pushliteral(L, "\n");
    lua_insert(L, -2);
    lua_concat(L, 3);
  }
}

static void remember(const char *text) {
  if (is_edited && *text) line_remember(text);
}

/* Leaves a function, or an error message, alone on the stack. */
static int load_input(lua_State *L) {
  const char *line = lua_tostring(L, 1);
  if (line[0] == '=') { /* the way of Lua 5.1 */
    lua_pushfstring(L, "return %s", line + 1);
    lua_remove(L, 1);
  }
  int status = load_lines(L);
  remember(lua_tostring(L, 1));
  lua_remove(L, 1);
  return status;
}

static void report(const char *message) {
  fflush(stdout);
  fprintf(stderr, "%s\n", message);
}

/* A message handler: a table is shown as a result is, where results are. */
static int describe_error(lua_State *L) {
  if (lua_istable(L, 1) && luaL_getmetafield(L, 1, "__tostring") == LUA_TNIL &&
      push_own(L, "describe")) {
    lua_pushvalue(L, 1);
    if (lua_pcall(L, 1, 1, 0) == LUA_OK) lua_replace(L, 1);
  }
  lua_settop(L, 1);
  return host_add_traceback(L);
}

static void print_results(Perilune *host) {
  lua_State *L = host->L;
  int n = lua_gettop(L);
  if (n == 0) return;
  luaL_checkstack(L, LUA_MINSTACK, "too many results to print");
  if (!push_own(L, "show")) lua_getglobal(L, "print");
  lua_insert(L, 1);
  if (host_protected(host, n, 0) != PERILUNE_OK) {
    report(
        lua_pushfstring(L, "error calling 'print' (%s)", perilune_error(host)));
    lua_pop(L, 1);
  }
}

/* Whether the line at index 1 is one like `:help`; it is run then. */
static bool run_command(Perilune *host) {
  lua_State *L = host->L;
  const char *line = lua_tostring(L, 1);
  if (line[0] != ':' || line[1] == ':' || !push_own(L, "command")) return false;
  remember(line);
  lua_insert(L, 1);
  if (program_call_with(host, 1, 0, describe_error) != PERILUNE_OK)
    report(perilune_error(host));
  return true;
}

static void run_line(Perilune *host) {
  lua_State *L = host->L;
  if (run_command(host)) return;
  if (load_input(L) != LUA_OK) {
    report(lua_tostring(L, -1));
  } else if (program_call_with(host, 0, LUA_MULTRET, describe_error) !=
             PERILUNE_OK) {
    report(perilune_error(host));
    lua_settop(L, 0);
  } else {
    print_results(host);
  }
}

typedef struct Question {
  const char *line;
  size_t cursor;
  const char *word;
} Question;

/* Question -> how many candidates; their list is left in the registry under our
** address. */
static int ask(lua_State *L) {
  const Question *question = lua_touserdata(L, 1);
  if (!push_own(L, "complete")) return 0;
  lua_pushlstring(L, question->line, question->cursor);
  lua_pushstring(L, question->word);
  lua_call(L, 2, 1);
  lua_pushinteger(L, luaL_len(L, -1));
  lua_insert(L, -2);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &prompt_key);
  return 1;
}

/* Readline's calls lie below: no error may leave. */
static size_t find_candidates(void *data, const char *line, size_t cursor,
                              const char *word) {
  Question question = {line, cursor, word};
  lua_State *L = ((Perilune *)data)->L;
  lua_pushcfunction(L, ask);
  lua_pushlightuserdata(L, &question);
  bool ok = lua_pcall(L, 1, 1, 0) == LUA_OK;
  size_t count = ok ? (size_t)lua_tointeger(L, -1) : 0;
  lua_pop(L, 1);
  return count;
}

static const char *candidate(void *data, size_t i) {
  lua_State *L = ((Perilune *)data)->L;
  lua_rawgetp(L, LUA_REGISTRYINDEX, &prompt_key);
  lua_rawgeti(L, -1, (lua_Integer)i);
  const char *text = lua_tostring(L, -1); /* the list holds it */
  lua_pop(L, 2);
  return text;
}

/* In the file that prompt.history() names, where it does. */
static void keep_history(Perilune *host) {
  lua_State *L = host->L;
  if (is_edited && push_own(L, "history") &&
      host_protected(host, 0, 1) == PERILUNE_OK && lua_isstring(L, -1))
    line_keep(lua_tostring(L, -1));
  lua_settop(L, 0);
}

/* For a person at a terminal. */
static void open_prompt(Perilune *host, LineCompleter *completer) {
  lua_State *L = host->L;
  lua_getglobal(L, "require");
  lua_pushliteral(L, "perilune.cli.prompt");
  if (host_protected(host, 1, 1) != PERILUNE_OK) {
    report(perilune_error(host));
    return;
  }
  lua_setfield(L, LUA_REGISTRYINDEX, prompt_key);
  is_edited = line_open(completer);
  keep_history(host);
  if (push_own(L, "greet")) host_protected(host, 0, 0);
}

void repl_run(Perilune *host) {
  lua_State *L = host->L;
  LineCompleter completer = {find_candidates, candidate, host};
  lua_settop(L, 0);
  if (isatty(STDIN_FILENO) && isatty(STDOUT_FILENO))
    open_prompt(host, &completer);
  for (;;) {
    LineStatus status = push_line(L, true);
    if (status == LINE_END) break;
    if (status == LINE_TYPED) run_line(host);
    lua_settop(L, 0);
  }
  putchar('\n');
  fflush(stdout);
}
