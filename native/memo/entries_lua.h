/* Lua values as the entries of a store: a userdata that holds a Memo, with its
** buffer and the objects in it as user values. All that it owns is Lua's
** memory, so that it needs no finaliser.
**
** Whatever allocates may run finalisers, and these may use any store: after an
** allocation, look again. lua_rawset and lua_rawseti run none, but they throw
** when they need memory and there is none: so places are made before the store
** is changed, and a place that is given up keeps false.
*/
#ifndef PERILUNE_ENTRIES_H
#define PERILUNE_ENTRIES_H

#include <lua.h>

#include "native/memo/memo.h"
#include "native/value.h"

typedef struct Store {
  Memo memo;
  uint64_t hits;
  uint64_t misses;
  uint64_t evictions;
  uint64_t expired;
  lua_Number ttl; /* seconds; 0: for ever */
  bool typed;
  bool weak;
} Store;

/* User values */
enum {
  ENTRIES_BUFFER = 1,
  ENTRIES_VALUES,                             /* number -> value */
  ENTRIES_KEYS,                               /* number -> argument */
  ENTRIES_OWNERS = ENTRIES_KEYS + MEMO_WIDTH, /* see weak_lua.h */
  ENTRIES_CANARY,
  ENTRIES_WEAK_KEYS,
  ENTRIES_LAST = ENTRIES_WEAK_KEYS + MEMO_WIDTH - 1
};

/* Kinds of values. Those before ENTRIES_LISTED are in the entry itself, a
** boolean as 0 or 1; the others are in the list of values. */
enum {
  ENTRIES_INTEGER,
  ENTRIES_FLOAT,
  ENTRIES_BOOLEAN,
  ENTRIES_NIL,
  ENTRIES_LISTED,
  ENTRIES_MANY /* a list of the results' number and the results */
};

/* A store and where it is: an absolute index, or an upvalue's. */
typedef struct Entries {
  Store *store;
  int self;
} Entries;

/* The arguments of a call: where they are on the stack, and their key. */
typedef struct Call {
  int first;
  MemoKey key;
} Call;

/* The key of an integer or a short string, which most arguments are; false for
** other values. Lua keeps one copy of a short string: its characters have one
** address. */
static inline bool entries_plain_key(lua_State *L, int index, Key *key) {
  if (lua_isinteger(L, index)) {
    *key = (Key){(uint64_t)lua_tointegerx(L, index, NULL), KEY_INTEGER};
    return true;
  }
  if (lua_type(L, index) != LUA_TSTRING) return false;
  *key = (Key){(uint64_t)(uintptr_t)lua_topointer(L, index), KEY_OBJECT};
  return lua_rawlen(L, index) <= VALUE_SHORT_LENGTH;
}

/* Pushes a store without entries that has no metatable yet. */
Store *entries_new(lua_State *L);

/* False when no entry can have the key. Never throws. */
bool entries_read(lua_State *L, const Entries *entries, int first, int width,
                  Call *call);

/* The number of the call's entry, 0 when there is none. One that has expired is
** dropped, and counted. Never throws. */
uint32_t entries_find(lua_State *L, const Entries *entries, const Call *call,
                      lua_Number now);

/* Is there an entry, be it one that has expired? */
bool entries_has(lua_State *L, const Entries *entries, const Call *call);

/* Pushes what stands for the results of an entry: one value that is not nil;
** nil and true for nil alone; or nil and a list of their number and them.
** Returns how many it has pushed. The call matters to weak entries only. */
int entries_push(lua_State *L, const Entries *entries, const Call *call,
                 uint32_t number);

/* Keeps results, which are on the stack: n of them from 'index' on. The
** arguments may be replaced. Throws when memory runs out: then nothing is
** kept and nothing evicted. */
void entries_keep(lua_State *L, const Entries *entries, int first, int width,
                  int index, int n, lua_Number now);

/* Keeps an integer, unless something besides the Memo must be changed or room
** made for it: false, and nothing changed. The key is an integer's. */
bool entries_keep_plain(const Entries *entries, Key key, uint64_t integer);

void entries_drop(lua_State *L, const Entries *entries, uint32_t number);
void entries_clear(lua_State *L, const Entries *entries);
void entries_drop_expired(lua_State *L, const Entries *entries, lua_Number now);

/* For weak_lua.c. */

/* Pushes a new table of this mode, which may be NULL. */
void entries_new_table(lua_State *L, const char *mode);

/* Makes the user value such a table, unless it is one; false when it had to. */
bool entries_table(lua_State *L, const Entries *entries, int which,
                   const char *mode);

/* Makes a place for the number in the list on top of the stack. */
void entries_place(lua_State *L, uint32_t number);

#endif
