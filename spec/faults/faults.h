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

/* A place in our code that makes a call. */
typedef struct FaultSite {
  atomic_ulong where; /* behind it, from the program's beginning; 0: free */
  atomic_long count;  /* how often it was made there, in all processes */
  int call;           /* its index */
} FaultSite;

enum { FAULTS_SITES = 1024 };

typedef struct Faults {
  int call;            /* -1: none fails */
  int error;           /* index of one of its errors */
  unsigned long where; /* the site that fails first, when it is made there... */
  long first;          /* ...for this time; then it fails wherever it is made */
  FaultLength length;
  atomic_long left; /* how often it is still to fail, unless that is for ever */
  atomic_bool failed;
  atomic_int number;             /* the errno of what failed */
  FaultSite sites[FAULTS_SITES]; /* by a hash of where */
} Faults;

extern const char *const fault_names[]; /* NULL at the end */

/* An errno of a call, 0 beyond the last one. */
int fault_errno(int call, int error);

/* EINTR, ENOBUFS: what is over when it is asked again. */
bool fault_passes(int number);

/* Memory that may be shared with processes that are started, through
** FAULTS_DESCRIPTOR; until then, and with NULL, nothing is counted or fails. */
enum { FAULTS_DESCRIPTOR = 900 };
void faults_use(Faults *faults);

#endif
