/* Plans as userdata. */
#ifndef PERILUNE_FETCH_PLAN_LUA_H
#define PERILUNE_FETCH_PLAN_LUA_H

#include <lua.h>

#include "native/fetch/transfer.h"

/* plan(method, body or nil, most, streams, settings) -> plan; or nil and what
** is wrong with a setting. */
int plan_new(lua_State *L);

/* An argument; raises an error. */
const TransferPlan *plan_check(lua_State *L, int argument);

/* Before plan_new. */
void plan_open(lua_State *L);

#endif
