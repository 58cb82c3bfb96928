/* Entries whose arguments are not kept alive: their results are ephemerons.
**
** OWNERS has weak keys: first object among the arguments -> a table of its own:
** number of the entry -> the value, behind one more table with a weak key for
** each further object. So a value lives as long as all of its objects do, even
** if it refers to them. What is no object in Lua's memory is true there.
**
** Addresses are recycled: an entry is alive only where the objects of a call
** lead to its value. WEAK_KEYS, lists with weak values, tell which entries are
** dead without a call. */
#ifndef PERILUNE_WEAK_H
#define PERILUNE_WEAK_H

#include "native/memo/entries_lua.h"

/* Tag of a weak object, from its plain one. */
#define WEAK_TAG 4

static inline bool weak_is(KeyTag tag) { return tag >= KEY_OBJECT + WEAK_TAG; }

/* Is one of an entry's tags such? They alone have a bit above KEY_TEXT's. */
static inline bool weak_any(uint16_t tags) { return (tags & 0x8888) != 0; }

/* Makes what an entry needs; false when something had to be allocated. */
bool weak_reserve(lua_State *L, const Entries *entries, const Call *call);

/* Pushes the value at 'index' behind a table for each further object. */
void weak_wrap(lua_State *L, const Call *call, int index);

/* Makes places for an entry. May throw. */
void weak_place(lua_State *L, const Entries *entries, const Call *call,
                uint32_t number);

/* Sets what weak_wrap has pushed, at 'index'. Never throws. */
void weak_set(lua_State *L, const Entries *entries, const Call *call,
              uint32_t number, int index);

/* Has the collector taken one of the entry's objects? A finaliser that runs for
** it may still use it, and may bring it back: the entry is dead all the same.
*/
bool weak_is_dead(lua_State *L, const Entries *entries, uint32_t number);

/* Pushes the value of the call's entry, or nothing where the call's objects
** only are where the entry's were. */
bool weak_push(lua_State *L, const Entries *entries, const Call *call,
               uint32_t number);

/* Lets go of an entry's value and objects. */
void weak_release(lua_State *L, const Entries *entries, uint32_t number);

/* Drops dead entries. O(n) */
void weak_purge(lua_State *L, const Entries *entries);

/* Same, if the collector has been at work since the last time. */
void weak_purge_after_cycle(lua_State *L, const Entries *entries);

#endif
