/* Lua values as the members of a set: a userdata that holds a Hashset, with
** its buffer and the objects in it as user values. All that it owns is Lua's
** memory, so that it needs no finaliser.
**
** Whatever allocates may run finalisers, and these may change any set: after
** an allocation, look again. lua_rawset, lua_rawseti, lua_rawgeti run none.
**
** 'self' is the index of the userdata, absolute or an upvalue's. */
#ifndef PERILUNE_MEMBERS_H
#define PERILUNE_MEMBERS_H

#include <lua.h>

#include "native/hashset/hashset.h"
#include "native/hashset/items_lua.h"

/* Pushes an empty set that has no metatable yet. */
Hashset *members_new(lua_State *L);
Hashset *members_of(lua_State *L, int self);

/* Makes room for 'more' members, or throws and changes nothing. Tells whether
** that took an allocation. */
bool members_reserve(lua_State *L, int self, size_t more, bool objects);

/* Gives back room that is not needed. */
void members_trim(lua_State *L, int self);
void members_clear(lua_State *L, int self);

/* Of the value at 'index'. members_add throws at nil and NaN, and when memory
** runs out: the set then has the members it had. */
bool members_contains(lua_State *L, const Hashset *set, int index);
bool members_add(lua_State *L, int self, int index);
bool members_remove(lua_State *L, int self, int index);

/* Adds all items to an empty set; an error leaves it unfinished. */
void members_add_items(lua_State *L, int self, const Items *items);

/* Adds the marked members of the set at 'from', as hashset_take; an error
** leaves the set unfinished. */
void members_take(lua_State *L, int self, int from, const uint64_t *marks);

/* Pushes the value of a member. */
void members_push(lua_State *L, int self, HashsetMember member);

/* Pushes a list of all members. */
void members_push_list(lua_State *L, int self);

#endif
