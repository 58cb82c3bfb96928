#include "host/line.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { REMEMBERED = 1000 };

typedef char *Generator(const char *word, int state);

/* What is used of readline's interface, version 8. */
static struct {
  char *(*readline)(const char *prompt);
  char **(*rl_completion_matches)(const char *word, Generator *generator);
  void (*rl_free_line_state)(void);
  void (*rl_cleanup_after_signal)(void);
  void (*add_history)(const char *text);
  void (*stifle_history)(int most);
  int (*read_history)(const char *path);
  int (*append_history)(int count, const char *path);
  int (*history_truncate_file)(const char *path, int most);
} library;

static struct {
  char **line;
  int *point;
  int *completion_over;
  int *append_character;
  const char **word_breaks;
  char **(**attempted)(const char *word, int start, int end);
  int (**on_signal)(void);
} variable;

static const LineCompleter *completer;
static char *current;
static char *file; /* of the history, or none */
static sigjmp_buf give_up;
static volatile sig_atomic_t interrupted;

static const char word_breaks[] = " \t\n\"\\'`@$><=;|&{}()[],+-*/%^#~";

static size_t found;

static char *next_match(const char *word, int state) {
  static size_t next;
  (void)word;
  if (state == 0) next = 0;
  if (next == found) return NULL;
  const char *text = completer->candidate(completer->data, ++next);
  return text ? strdup(text) : NULL;
}

static char **complete(const char *word, int start, int end) {
  (void)start, (void)end;
  *variable.completion_over = 1; /* and no names of files */
  *variable.append_character = '\0';
  found = completer->find(completer->data, *variable.line,
                          (size_t)*variable.point, word);
  return found ? library.rl_completion_matches(word, next_match) : NULL;
}

/* Called by readline where it waits, not by the signal itself. */
static int on_signal(void) {
  if (interrupted) siglongjmp(give_up, 1);
  return 0;
}

static void on_interrupt(int number) {
  (void)number;
  interrupted = 1;
}

/* The name's address, or false in `*all`. */
static void find(void *handle, const char *name, void *address, bool *all) {
  void *symbol = dlsym(handle, name);
  if (!symbol) *all = false;
  memcpy(address, &symbol, sizeof symbol);
}

static bool load(void) {
  bool all = true;
  void *handle = dlopen("libreadline.so.8", RTLD_NOW | RTLD_LOCAL);
  if (!handle) return false;
#define FUNCTION(name) find(handle, #name, &library.name, &all)
#define VARIABLE(name, symbol) find(handle, #symbol, &variable.name, &all)
  FUNCTION(readline);
  FUNCTION(rl_completion_matches);
  FUNCTION(rl_free_line_state);
  FUNCTION(rl_cleanup_after_signal);
  FUNCTION(add_history);
  FUNCTION(stifle_history);
  FUNCTION(read_history);
  FUNCTION(append_history);
  FUNCTION(history_truncate_file);
  VARIABLE(line, rl_line_buffer);
  VARIABLE(point, rl_point);
  VARIABLE(completion_over, rl_attempted_completion_over);
  VARIABLE(append_character, rl_completion_append_character);
  VARIABLE(word_breaks, rl_completer_word_break_characters);
  VARIABLE(attempted, rl_attempted_completion_function);
  VARIABLE(on_signal, rl_signal_event_hook);
#undef FUNCTION
#undef VARIABLE
  return all;
}

bool line_open(const LineCompleter *given) {
  if (!load()) return false;
  completer = given;
  *variable.word_breaks = word_breaks;
  *variable.attempted = complete;
  *variable.on_signal = on_signal;
  library.stifle_history(REMEMBERED);
  return true;
}

/* Nothing that has to be released stands between here and the jump: what
** readline had of the line it frees itself. */
static LineStatus read_one(const char *prompt) {
  if (sigsetjmp(give_up, 1)) {
    library.rl_free_line_state();
    library.rl_cleanup_after_signal();
    return LINE_INTERRUPTED;
  }
  current = library.readline(prompt);
  if (interrupted) return LINE_INTERRUPTED; /* and a line's end came at once */
  return current ? LINE_TYPED : LINE_END;
}

LineStatus line_read(const char *prompt, const char **line) {
  struct sigaction action = {.sa_handler = on_interrupt}, before;
  free(current);
  current = NULL;
  interrupted = 0;
  sigaction(SIGINT, &action, &before);
  LineStatus status = read_one(prompt);
  sigaction(SIGINT, &before, NULL);
  *line = current;
  return status;
}

void line_remember(const char *text) {
  library.add_history(text);
  if (file) library.append_history(1, file);
}

void line_keep(const char *path) {
  int made = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  if (made >= 0) close(made);
  library.history_truncate_file(path, REMEMBERED);
  library.read_history(path);
  free(file);
  file = strdup(path);
}
