/* The operators of sets, and copies. */
#include <lauxlib.h>

#include "native/hashset/hashset_lua.h"
#include "native/hashset/members_lua.h"

static void check_operands(lua_State *L, const char *operator) {
  for (int index = 1; index <= 2; index++)
    if (!set_test(L, index))
      luaL_error(L, "bad operand to '%s' (%s)", operator,
                 set_complaint(L, index));
}

/* Set algebra: a new set of one or two parts. The sets are arguments 1, 2. */

typedef struct Part {
  int index;   /* of the set that the members are from */
  int other;   /* of the set that decides which; 0: all */
  bool wanted; /* those in the other set, or those not in it? */
  uint64_t *marks;
} Part;

static uint64_t versions(lua_State *L) {
  return members_of(L, 1)->version + members_of(L, 2)->version;
}

static void push_marks(lua_State *L, Part *parts, int n) {
  size_t first = hashset_mark_words(members_of(L, parts[0].index));
  size_t second = n < 2 ? 0 : hashset_mark_words(members_of(L, parts[1].index));
  parts[0].marks = lua_newuserdatauv(L, (first + second) * sizeof(uint64_t), 0);
  if (n == 2) parts[1].marks = parts[0].marks + first;
}

static const Hashset *other_of(lua_State *L, const Part *part) {
  return part->other ? members_of(L, part->other) : NULL;
}

/* Are the parts what each of two sets has and the other lacks? */
static bool are_apart(const Part *parts, int n) {
  return n == 2 && parts[0].other == parts[1].index;
}

static size_t mark_parts(lua_State *L, const Part *parts, int n) {
  size_t count = 0;
  if (are_apart(parts, n))
    return hashset_mark_apart(other_of(L, &parts[1]), other_of(L, &parts[0]),
                              parts[0].marks, parts[1].marks);
  for (int i = 0; i < n; i++)
    count += hashset_mark(members_of(L, parts[i].index), other_of(L, &parts[i]),
                          parts[i].wanted, parts[i].marks);
  return count;
}

static bool have_objects(lua_State *L, const Part *parts, int n) {
  bool objects = false;
  for (int i = 0; i < n; i++)
    objects |= members_of(L, parts[i].index)->objects > 0;
  return objects;
}

/* The sets are looked at again when a finaliser has changed one. */
static int push_parts(lua_State *L, Part *parts, int n) {
  int self = set_push(L);
  uint64_t version;
  do {
    lua_settop(L, self);
    version = versions(L);
    push_marks(L, parts, n);
    if (version != versions(L)) continue;
    size_t count = mark_parts(L, parts, n);
    members_reserve(L, self, count, have_objects(L, parts, n));
  } while (version != versions(L));
  for (int i = 0; i < n; i++)
    members_take(L, self, parts[i].index, parts[i].marks);
  lua_settop(L, self);
  return 1;
}

int set_copy(lua_State *L) {
  set_check_self(L, "copy");
  lua_settop(L, 1);
  lua_pushvalue(L, 1);
  return push_parts(L, (Part[]){{.index = 1}}, 1);
}

static int larger(lua_State *L) {
  return members_of(L, 1)->count >= members_of(L, 2)->count ? 1 : 2;
}

int set_or(lua_State *L) {
  check_operands(L, "|");
  int large = larger(L), small = 3 - large;
  Part parts[] = {{.index = large}, {.index = small, .other = large}};
  return push_parts(L, parts, 2);
}

int set_and(lua_State *L) {
  check_operands(L, "&");
  int large = larger(L), small = 3 - large;
  Part part = {.index = small, .other = large, .wanted = true};
  return push_parts(L, &part, 1);
}

int set_sub(lua_State *L) {
  check_operands(L, "-");
  return push_parts(L, (Part[]){{.index = 1, .other = 2}}, 1);
}

int set_xor(lua_State *L) {
  check_operands(L, "~");
  Part parts[] = {{.index = 1, .other = 2}, {.index = 2, .other = 1}};
  return push_parts(L, parts, 2);
}

/* Comparisons */

int set_le(lua_State *L) {
  check_operands(L, "<=");
  lua_pushboolean(L, hashset_subset(members_of(L, 1), members_of(L, 2)));
  return 1;
}

int set_lt(lua_State *L) {
  check_operands(L, "<");
  const Hashset *set = members_of(L, 1), *other = members_of(L, 2);
  lua_pushboolean(L, set->count < other->count && hashset_subset(set, other));
  return 1;
}

int set_eq(lua_State *L) {
  const Hashset *set = set_test(L, 1), *other = set_test(L, 2);
  lua_pushboolean(L, set && other && set->count == other->count &&
                         hashset_subset(set, other));
  return 1;
}
