/* Numbers that nobody can foresee. */
#ifndef PERILUNE_SEED_H
#define PERILUNE_SEED_H

#include <lua.h>
#include <stdint.h>

void seed_draw(uint64_t seed[2]);

/* The state's own, which all that is hashed in it shares: drawn when it is
** first asked for, which may throw. */
void seed_of_state(lua_State *L, uint64_t seed[2]);

#endif
