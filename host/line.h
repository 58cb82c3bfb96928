/* Lines typed at a terminal, edited and remembered by GNU readline. It is
** loaded when a prompt opens, so that scripts do not wait for it. */
#ifndef PERILUNE_LINE_H
#define PERILUNE_LINE_H

#include <stdbool.h>
#include <stddef.h>

typedef enum LineStatus { LINE_TYPED, LINE_END, LINE_INTERRUPTED } LineStatus;

/* Prepares what could stand for a word of the line so far, and returns how
** many there are; after it, `candidate` gives them by number, from 1. Both are
** called inside line_read and may not throw. */
typedef struct LineCompleter {
  size_t (*find)(void *data, const char *line, size_t cursor, const char *word);
  const char *(*candidate)(void *data, size_t i);
  void *data;
} LineCompleter;

/* False where there is no readline. `completer` must live as long as lines are
** read. */
bool line_open(const LineCompleter *completer);

/* `*line` is the library's, until the next call; Ctrl-C gives up the line. */
LineStatus line_read(const char *prompt, const char **line);

/* Adds to what the arrow keys bring back. */
void line_remember(const char *text);

/* The history's file, which every line is added to as it is remembered: however
** this process ends, and whichever others write there. Errors do not matter. */
void line_keep(const char *path);

#endif
