/* A sandbox while it starts, on both sides of the fork. */
#ifndef PERILUNE_SANDBOX_START_H
#define PERILUNE_SANDBOX_START_H

#include "host/sandbox/sandbox.h"

typedef struct Start {
  Sandbox *sandbox;
  const SandboxPolicy *policy;
  int channel;    /* to the supervisor */
  unsigned flags; /* of clone(2) */
  pid_t number;   /* the supervisor's */
  uid_t user;     /* so are these */
  gid_t group;
} Start;

static inline bool start_wants(const Start *start, SandboxLayer layer) {
  return start->policy->layers & 1u << layer;
}

/* Nothing is noted where there is no error. */
static inline void start_note(Start *start, SandboxLayer layer, int error) {
  SandboxReport *report = &start->sandbox->report;
  if (!error) return;
  report->missing |= 1u << layer;
  report->reason[layer] = error;
}

/* inside.c: the side that is confined. Returns 0 once it is. */
pid_t start_inside(Start *start);

#endif
