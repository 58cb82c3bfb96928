/* Which function a call runs, read from Lua's own call record: a tenth of the
** cost of lua_getinfo. The layout is private to Lua 5.4, so it is tested before
** it is trusted; the public API gives the same answers more slowly. */
#ifndef PERILUNE_CALLINFO_H
#define PERILUNE_CALLINFO_H

#include <lua.h>
#include <stdbool.h>
#include <stddef.h>

/* The heads of StkId, CallInfo and of both kinds of closure (lobject.h,
** lstate.h of Lua 5.4.0 to 5.4.7). */
typedef struct CallValue {
  void *pointer;
  unsigned char tag;
} CallValue;

typedef struct CallInfo { /* lua.h declares it, as lua_Debug's i_ci */
  const CallValue *function;
  const CallValue *top;
  const struct CallInfo *previous, *next;
} CallInfo;

typedef struct CallClosure {
  void *next;
  unsigned char tag, marked, upvalues;
  void *list;
  void *body; /* of a Lua closure its prototype, of a C closure the function */
} CallClosure;

enum { CALL_LUA_CLOSURE = 6, CALL_C_CLOSURE = 6 | 2 << 4, CALL_PROTOTYPE = 10 };

/* What identifies a function: its prototype or the C function. Between the
** moment that a collection has found a prototype dead and its end, another may
** come to lie where it lay; then it has another colour. So a key is believed
** while the cycle and the colour, its `age`, stay as they were. */
typedef struct CallKey {
  const void *address;
  unsigned age;
} CallKey;

enum { CALL_CYCLE = 256 }; /* what a cycle adds to an age, above all colours */

static inline CallKey callinfo_key(const CallInfo *info, unsigned cycle) {
  const CallValue *value = info->function;
  const CallClosure *closure = value->pointer;
  int tag = value->tag & 0x3f;
  if (__builtin_expect(tag == CALL_LUA_CLOSURE, 1)) {
    const CallClosure *prototype = closure->body; /* its head is alike */
    return (CallKey){prototype, cycle | prototype->marked};
  }
  return (CallKey){tag == CALL_C_CLOSURE ? closure->body : value->pointer,
                   cycle};
}

/* A thread's record below its oldest call; it is a part of the thread. */
static inline const CallInfo *callinfo_base(lua_State *L, ptrdiff_t offset) {
  return (const CallInfo *)((const char *)L + offset);
}

/* Whether Lua's records have the layout above, tried on the module
** perilune.profile.probe at index `functions`; then `*base_offset` is set. May
** throw. */
bool callinfo_test(lua_State *L, int functions, ptrdiff_t *base_offset);

/* The same by the public API. The address of a Lua function is then none, but
** made of where it is defined, and holds for good. */
CallKey callinfo_public_key(lua_State *L, lua_Debug *ar, unsigned cycle);

#endif
