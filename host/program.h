/* What the parts of the `perilune` program share. */
#ifndef PERILUNE_PROGRAM_H
#define PERILUNE_PROGRAM_H

#include "host/perilune.h"

/* perilune_call, with Ctrl-C raising "interrupted!" meanwhile. A second Ctrl-C
** ends the process, as in lua5.4. */
PeriluneStatus program_call(Perilune *host, int nargs, int nresults);

/* Chooses implementations: `choice`, or without one PERILUNE_IMPL, if it is
** set. False: reported. */
bool program_choose_impl(Perilune *host, const char *choice);

/* "perilune: MESSAGE" on standard error. */
void program_report(const char *message);

#endif
