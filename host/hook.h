/* The one owner of a state's debug hook.
**
** Whoever wants events claims them here: the claims' masks are joined, and each
** event is handed to the claims that asked for it, then to the script's own
** debug.sethook. A script sees only what it set itself.
**
** A thread's real hook is brought up to date when a claim changes (the running
** thread and its resumers), and each time the thread is resumed or closed by
** the functions that coroutine.c replaces. A thread that C code resumes by
** itself keeps the hook that it has. */
#ifndef PERILUNE_HOOK_H
#define PERILUNE_HOOK_H

#include <lua.h>
#include <stdbool.h>
#include <stdint.h>

/* Claims are served in this order. */
typedef enum HookClaim {
  HOOK_COUNTER,  /* counts VM instructions */
  HOOK_PROFILER, /* the profiler, its sampler and its line counts */
  HOOK_TRACKER,  /* of memory: has Lua save each instruction's address */
  HOOK_LIMIT,    /* the instruction limit; it may raise, so it is last */
  HOOK_FOREIGN,  /* the hook that an attached state had */
  HOOK_CLAIMS
} HookClaim;

/* May raise an error. */
typedef void (*HookFunction)(lua_State *L, lua_Debug *ar, void *data);

typedef struct Hooks Hooks;

/* Makes the state's Hooks, an object of the state's own, or opens those of an
** earlier attachment again; throws when memory runs out. Adopts a hook that is
** already set as HOOK_FOREIGN. */
Hooks *hook_open(lua_State *L);

/* Ends our claims and puts a foreign hook back. The object stays with the
** state, for coroutine.c, for the scripts' own hooks, and for threads that had
** the foreign hook through it. */
void hook_close(Hooks *hooks);

/* The Hooks of a state, through any of its threads; NULL when it has none.
** Never throws; a few ns. */
Hooks *hook_of(lua_State *L);

/* `count` is the number of instructions between count events, for masks with
** LUA_MASKCOUNT. Counting is exact on one thread; each coroutine adds an error
** below `count`. */
void hook_claim(Hooks *hooks, HookClaim claim, int mask, int count,
                HookFunction function, void *data);
void hook_release(Hooks *hooks, HookClaim claim);

/* Brings `L`'s real hook up to date. Throws nothing. */
void hook_refresh(const Hooks *hooks, lua_State *L);

/* The thread that runs, as far as coroutine.c can see; returns the one before,
** to be put back when the new one stops. */
lua_State *hook_enter(Hooks *hooks, lua_State *L);
void hook_leave(Hooks *hooks, lua_State *previous);

/* The thread that runs, as far as coroutine.c can see. */
lua_State *hook_running(const Hooks *hooks);

/* The thread that has resumed it, which is known when it has just begun; NULL
** when it is not. */
lua_State *hook_resumer(const Hooks *hooks);

/* A claim on the events of `mask`, without LUA_MASKCOUNT. While nobody else has
** a claim, Lua calls `function` itself, which may then see events that it did
** not ask for. It must cope with missing some as well. */
void hook_claim_raw(Hooks *hooks, HookClaim claim, int mask, lua_Hook function,
                    void *data);

/* The data of a claim; NULL when nobody has it. */
void *hook_data(const Hooks *hooks, HookClaim claim);

/* Is told when a thread starts to run or goes on, and when it has stopped: it
** yielded, ended, or failed. Must not raise. NULL: nobody is. */
typedef struct HookWatch {
  void (*entered)(void *data, lua_State *L);
  void (*left)(void *data, lua_State *stopped, lua_State *previous);
  void *data;
} HookWatch;
void hook_watch(Hooks *hooks, const HookWatch *watch);

/* Who may urge; served in this order, the last may raise. */
typedef enum HookUrge {
  HOOK_TRACK,
  HOOK_SAMPLE,
  HOOK_EXIT,
  HOOK_INTERRUPT,
  HOOK_URGES
} HookUrge;

/* Calls `function` once at the running thread's next instruction, call or
** return, whichever comes first. Safe in a signal handler on the thread that
** runs the state, and in the allocator. Those up to HOOK_SAMPLE wait where
** somebody else has set the thread's hook. */
void hook_urge(Hooks *hooks, HookUrge urge, HookFunction function, void *data);

/* Withdraws an urge. */
void hook_calm(Hooks *hooks, HookUrge urge);

/* VM instructions from start to stop, to within HOOK_COUNT_STEP a thread. */
#define HOOK_COUNT_STEP 100
void hook_count_start(Hooks *hooks);
uint64_t hook_count_stop(Hooks *hooks);

/* The script has changed its hook of `L`. */
void hook_scripted(Hooks *hooks, lua_State *L);

/* Whether the state had a hook when it was attached, and which. */
bool hook_foreign(const Hooks *hooks, int *mask, int *count);

/* The function that lua_sethook is given for every thread of ours. */
void hook_event(lua_State *L, lua_Debug *ar);

#endif
