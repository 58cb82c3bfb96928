/* The crew as a userdata: what the files of its binding share. */
#ifndef PERILUNE_POOL_CREW_LUA_H
#define PERILUNE_POOL_CREW_LUA_H

#include <lua.h>

#include "native/pool/crew.h"
#include "native/pool/frames_lua.h"
#include "native/pool/worker_lua.h"
#include "native/resource.h"

#define CREW_NAME "perilune.pool.crew"

typedef struct CrewHandle {
  Resource resource;
  Crew crew;
  Outgoing outgoing[TEMPLATE_SLOTS];
  bool receiving[TEMPLATE_SLOTS];  /* the oldest task's answer is being read */
  bool told[TEMPLATE_SLOTS];       /* of its worker's death */
  bool distrusted[TEMPLATE_SLOTS]; /* its worker is being killed for what it
                                   ** has sent: the rest is not looked at */
  bool nudged;                     /* the next wait is over at once */
  bool draining;                   /* answers are being read where they lie */
  bool closed;                     /* meanwhile: it goes when they are read */
  uint32_t job;                    /* whose tasks have been done; 0: none */
  lua_Integer done; /* how many, not yet added to the record's field */
  CrewWorker workers[];
} CrewHandle;

/* User values of the userdata: a pointer to the handle, NULL when closed. */
enum {
  CREW_JOBS = 1, /* {job = record} */
  CREW_OUTBOX,   /* {slot = the sheet that is on its way} */
  CREW_SPARE,    /* a sheet */
  CREW_VALUES = CREW_SPARE,
};

/* Argument 1, an open crew; raises an error. What may run a finaliser may close
** it: to be asked again after that. */
CrewHandle *crew_check(lua_State *L);

/* Before and after answers are read, in a protected call. */
void crew_begin_drain(lua_State *L);
void crew_end_drain(lua_State *L);

/* An argument, a slot from 1 whose worker lives: from 0. */
uint32_t crew_check_slot(lua_State *L, const CrewHandle *handle, int argument);

/* Sends on what is on its way to a slot. True: nothing is any more. */
bool crew_send_on(lua_State *L, CrewHandle *handle, uint32_t slot);

/* drain(self, events) -> how many answers came; see answers_lua.c. */
int crew_drain(lua_State *L);

/* The methods that send; see tasks_lua.c. */
int crew_pack(lua_State *L);
int crew_send(lua_State *L);
int crew_task(lua_State *L);
int crew_feed(lua_State *L);

#endif
