/* Zones: stretches of a function's run under a name of their own.
**
** A zone is the recorder's; a program has its number. So neither a finaliser
** that never ran nor one that runs late leaves anything behind. */
#ifndef PERILUNE_ZONE_H
#define PERILUNE_ZONE_H

#include "host/profiler/recorder.h"

/* Open from zone_open until it is closed, or its function has returned. */
struct Zone {
  struct Zone *next; /* opened before it */
  uint64_t number;   /* of no other zone in the process */
  const lua_State *L;
  const void *ci, *key; /* of the function that opened it */
  uint32_t function;    /* that stands for it in the profile */
};

/* Opens a zone in the function that called the C function which runs on `L`.
** Returns its number; 0 where nothing is recorded, or memory runs out. */
uint64_t zone_open(Recorder *recorder, lua_State *L, const char *name);

/* Does nothing when it is open no longer. */
void zone_close(Recorder *recorder, uint64_t number);

/* Frees all, without touching the tree: the recorder ends. */
void zone_forget(Recorder *recorder);

/* Puts the zones of the call `ar` back above its frame, which is on top. */
void zone_resume(Recorder *recorder, lua_State *L, lua_Debug *ar);

/* The call `ci` has returned: zones that it did not close are over. */
void zone_end_call(Recorder *recorder, const void *ci);

#endif
