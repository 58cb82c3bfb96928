/* What the recorder's own events cost, to be taken off the times.
**
** How fast a machine runs changes within a run, by half and more: neighbours
** on the processor, its clock, its caches. So the cost is not measured once,
** but in the midst of the run, once in so many events: a small Lua state of the
** gauge's own makes some calls, with the hook and without. */
#ifndef PERILUNE_GAUGE_H
#define PERILUNE_GAUGE_H

#include <lua.h>
#include <stdbool.h>

/* Ticks of a call and its return: the part that lands on the caller and the
** part that lands on the callee. */
typedef struct CallCost {
  double caller, callee;
} CallCost;

typedef struct Costs {
  CallCost lua, c;
  double line; /* a line's event; 0 where there are none */
} Costs;

typedef struct Gauge Gauge;

enum { GAUGE_EVENTS = 65536 }; /* from one reading to the next */

/* A gauge for calls, or for lines and calls, with some readings taken. It runs
** functions of the module perilune.profile.probe, at index `functions`. May
** throw; NULL when memory runs out. gauge_close frees it. */
Gauge *gauge_open(lua_State *L, int functions, bool lines, bool trusted);
void gauge_close(Gauge *gauge);

/* Takes a reading; some 20 us. `gauge_settle` takes several. */
void gauge_read(Gauge *gauge);
void gauge_settle(Gauge *gauge);

/* The mean of the readings, of those apart that were interrupted. */
Costs gauge_costs(const Gauge *gauge);

#endif
