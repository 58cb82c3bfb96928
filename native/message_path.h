/* Says where in a message a value is that cannot be sent. */
#ifndef PERILUNE_MESSAGE_PATH_H
#define PERILUNE_MESSAGE_PATH_H

#include <lua.h>
#include <stddef.h>

/* What an encoder remembers of each table. */
typedef struct Mark {
  lua_Integer holder; /* the table it was met in; 0: the values themselves */
  size_t hint;        /* where its room for pairs is written */
} Mark;

typedef struct Place {
  const char *marks;  /* a Mark for each table, unaligned */
  int tables;         /* stack index of {number = table}, from 1 */
  lua_Integer holder; /* the table that holds the value */
} Place;

/* The mark of a table by its number. */
Mark message_mark(const char *marks, lua_Integer number);

/* "function", "userdata" or "coroutine". */
const char *message_kind(lua_State *L, int index);

/* Pushes "value 2, items[3].x: a function cannot be sent" for the pair on the
** top, of which the key or the value is refused. The values of the message are
** the `count` from stack index `first` on. */
void message_push_refusal(lua_State *L, const Place *place, int first,
                          int count);

#endif
