/* What the parts of the `perilune` program share. */
#ifndef PERILUNE_PROGRAM_H
#define PERILUNE_PROGRAM_H

#include "host/perilune.h"

/* perilune_call, with Ctrl-C raising "interrupted!" meanwhile. A second Ctrl-C
** ends the process, as in lua5.4. */
PeriluneStatus program_call(Perilune *host, int nargs, int nresults);

/* The same with a message handler of the caller's. */
PeriluneStatus program_call_with(Perilune *host, int nargs, int nresults,
                                 lua_CFunction handler);

/* For commands, which have folders and processes to clear away: from now on
** SIGTERM and SIGHUP raise "interrupted!" in program_call as well, and writing
** to a pipe that nobody reads fails instead of ending the process. */
void program_unwind(void);

/* The exit code of such a command: 128 + N where signal N has ended it. */
int program_code(int code);

/* Chooses implementations: `choice`, or without one PERILUNE_IMPL, if it is
** set. False: reported. */
bool program_choose_impl(Perilune *host, const char *choice);

/* "perilune: MESSAGE" on standard error. */
void program_report(const char *message);

#endif
