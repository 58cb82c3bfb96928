/* The signals by which a process ends, with time left to save something.
**
** SIGTERM, SIGHUP and SIGPIPE are watched where they would end the process at
** once. The first one has `save` called at the running thread's next
** instruction, call or return, and then ends the process. A C function may take
** long to return, or never: after some time a copy of the process calls `save`
** on a thread made for that, and may fail at it. A second signal ends the
** process at once. A handler that the program sets itself replaces ours; a
** forked child is not watched. Process-wide: one watch at a time. */
#ifndef PERILUNE_EXIT_H
#define PERILUNE_EXIT_H

#include <lua.h>
#include <stdbool.h>

#include "host/hook.h"

/* Must not raise; called at most once a watch, unless in a copy. */
typedef void (*ExitSave)(lua_State *L);

/* From the thread that runs the state. `spare` is a Lua thread with nothing on
** it. False when a watch is on already. */
bool exit_watch(Hooks *hooks, lua_State *spare, ExitSave save);

/* Ends the watch; true the first time, in the process that began it. Signals
** have their default action from now on. */
bool exit_end(void);

/* Ends the process by the signal that asked for it, if one has. */
void exit_obey(void);

/* Gives a signal its default action, or while the watch is on, that of the
** watch. Safe in a signal handler. */
void exit_default(int number);

#endif
