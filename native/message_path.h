/* Says where in a message a value is that cannot be sent. */
#ifndef PERILUNE_MESSAGE_PATH_H
#define PERILUNE_MESSAGE_PATH_H

#include <lua.h>

#include "message_encoder.h"

/* Pushes "value 2: a function cannot be sent" for the value on the top, which
** is that one of the message. */
void message_refuse_value(lua_State *L, int number, const char *label);

/* Pushes a refusal for the pair on the top, of which the key or the value
** is refused, of the object being written. The values of the message are the
** `count` from stack index `first` on. With the label "argument" it says
** "argument 2.items[3].x: a function cannot be sent"; with NULL "value 2,
** items[3].x", or "items[3].x" if there is but one value. */
void message_refuse_pair(lua_State *L, const Encoder *e, int first, int count,
                         const char *label);

#endif
