/* Which call of the system fails: a plan that a test makes and all its
** processes obey, for the calls of fallible.h. */
#ifndef PERILUNE_SPEC_FAULTS_H
#define PERILUNE_SPEC_FAULTS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

/* In a row. */
typedef enum FaultLength {
  FAULT_SINGLE = 1,
  FAULT_BURST = 2, /* Lua asks for memory again: that fails, too */
  FAULT_PERSISTENT = -1,
} FaultLength;

typedef struct Faults {
  int call;  /* index of a call; -1: none fails */
  int error; /* index of one of its errors */
  long first;
  FaultLength length;
  atomic_bool failed;
  atomic_int number;    /* the errno of what failed */
  atomic_long counts[]; /* of each call, in all processes */
} Faults;

extern const char *const fault_names[]; /* NULL at the end */

/* An errno of a call, 0 beyond the last one. */
int fault_errno(int call, int error);

/* EINTR, ENOBUFS: what is over when it is asked again. */
bool fault_passes(int number);

/* Memory that may be shared with processes that are started, through
** FAULTS_DESCRIPTOR; until then, and with NULL, nothing is counted or fails. */
enum { FAULTS_DESCRIPTOR = 900 };
size_t faults_size(void);
void faults_use(Faults *faults);

#endif
