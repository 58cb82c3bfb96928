#include "host/hook.h"

#include <lauxlib.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>

#include "host/script_hook.h"

enum { MOST_RAWS = 3 };

#define MASK_ALL (LUA_MASKCALL | LUA_MASKRET | LUA_MASKLINE | LUA_MASKCOUNT)

typedef struct Claim {
  HookFunction function;
  lua_Hook raw; /* instead of `function` */
  void *data;
  int mask;
  int count; /* instructions between count events */
  int left;  /* until the next one */
} Claim;

typedef struct Urge {
  _Atomic(HookFunction) function;
  void *data;
} Urge;

struct Hooks {
  lua_State *main;
  lua_State *_Atomic running;
  lua_State *resumer; /* of the running thread, until a thread has stopped */
  Urge urges[HOOK_URGES];
  int mask;                 /* of all claims together */
  lua_Hook sole;            /* the raw claim that is alone, or NULL */
  lua_Hook raws[MOST_RAWS]; /* those that were sole: threads may have them */
  HookWatch watch;
  bool scripted; /* a script has used debug.sethook */
  bool closed;   /* serves the threads that still have hook_event, no others */
  uint64_t instructions;
  Claim claims[HOOK_CLAIMS];
};

static const char registry_key;

/* The last state looked up on this thread. A registry's address stands for its
** state; the generation changes whenever an address may have been recycled. */
static atomic_uint generation = 1;
static _Thread_local struct {
  const void *registry;
  Hooks *hooks;
  unsigned generation;
} cached;

static Hooks *look_up(lua_State *L, const void *registry, unsigned now) {
  lua_rawgetp(L, LUA_REGISTRYINDEX, &registry_key);
  cached.hooks = lua_touserdata(L, -1);
  lua_pop(L, 1);
  cached.registry = registry;
  cached.generation = now;
  return cached.hooks;
}

Hooks *hook_of(lua_State *L) {
  const void *registry = lua_topointer(L, LUA_REGISTRYINDEX);
  unsigned now = atomic_load_explicit(&generation, memory_order_relaxed);
  if (cached.registry == registry && cached.generation == now)
    return cached.hooks;
  return look_up(L, registry, now);
}

static int event_bit(const lua_Debug *ar) {
  return ar->event == LUA_HOOKTAILCALL ? LUA_MASKCALL : 1 << ar->event;
}

static int smaller(int a, int b) { return a == 0 || b < a ? b : a; }

/* The distance to the next count event of anybody on this thread. */
static int next_count(const Hooks *hooks, const ScriptHook *script) {
  int next = 0;
  for (int i = 0; i < HOOK_CLAIMS; i++)
    if (hooks->claims[i].mask & LUA_MASKCOUNT)
      next = smaller(next, hooks->claims[i].left);
  if (script && (script->mask & LUA_MASKCOUNT))
    next = smaller(next, script->left);
  return next;
}

static bool is_urged(const Hooks *hooks) {
  atomic_signal_fence(memory_order_seq_cst);
  for (int i = 0; i < HOOK_URGES; i++)
    if (atomic_load_explicit(&hooks->urges[i].function, memory_order_relaxed))
      return true;
  return false;
}

static lua_Hook foreign_hook(const Hooks *hooks) {
  lua_Hook foreign;
  memcpy(&foreign, &hooks->claims[HOOK_FOREIGN].data, sizeof foreign);
  return foreign;
}

static bool is_ours(const Hooks *hooks, lua_Hook hook) {
  for (int i = 0; i < MOST_RAWS; i++)
    if (hook && hooks->raws[i] == hook) return true;
  return hook == hook_event;
}

/* Set by someone else, as lua.c's Ctrl-C is, and not handed to us. */
static bool has_strange_hook(const Hooks *hooks, lua_State *L) {
  lua_Hook hook = lua_gethook(L);
  return hook && !is_ours(hooks, hook) && hook != foreign_hook(hooks);
}

static void urge_thread(lua_State *L) {
  lua_sethook(L, hook_event, MASK_ALL, 1);
}

/* A signal's urge may have come before, or amid the change, which undid it. */
static void set_hook(const Hooks *hooks, lua_State *L,
                     const ScriptHook *script) {
  int mask = hooks->mask | (script ? script->mask : 0);
  lua_Hook function = hooks->sole && !script ? hooks->sole : hook_event;
  if (has_strange_hook(hooks, L)) return;
  lua_sethook(L, mask ? function : NULL, mask, next_count(hooks, script));
  if (is_urged(hooks)) urge_thread(L);
}

static ScriptHook *script_of(const Hooks *hooks, lua_State *L) {
  return hooks->scripted ? script_hook_get(L) : NULL;
}

static bool has_hook(const Hooks *hooks, lua_State *L,
                     const ScriptHook *script) {
  int mask = hooks->mask | (script ? script->mask : 0);
  lua_Hook function = hooks->sole && !script ? hooks->sole : hook_event;
  return lua_gethookmask(L) == mask &&
         (mask == 0 || lua_gethook(L) == function);
}

void hook_refresh(const Hooks *hooks, lua_State *L) {
  if (hooks->closed && !is_ours(hooks, lua_gethook(L))) return;
  const ScriptHook *script = script_of(hooks, L);
  if (!has_hook(hooks, L, script) || is_urged(hooks))
    set_hook(hooks, L, script);
}

static bool counts_down(int *left, int count, int elapsed) {
  *left -= elapsed;
  if (*left > 0) return false;
  *left += count;
  if (*left <= 0) *left = count;
  return true;
}

/* Which claims a count event of `elapsed` instructions reaches, as bits; the
** script's is bit HOOK_CLAIMS. */
static unsigned counted(Hooks *hooks, ScriptHook *script, int elapsed) {
  unsigned due = 0;
  for (int i = 0; i < HOOK_CLAIMS; i++) {
    Claim *claim = &hooks->claims[i];
    if ((claim->mask & LUA_MASKCOUNT) &&
        counts_down(&claim->left, claim->count, elapsed))
      due |= 1u << i;
  }
  if (script && (script->mask & LUA_MASKCOUNT) &&
      counts_down(&script->left, script->count, elapsed))
    due |= 1u << HOOK_CLAIMS;
  return due;
}

static unsigned subscribed(const Hooks *hooks, const ScriptHook *script,
                           int bit) {
  unsigned due = 0;
  for (int i = 0; i < HOOK_CLAIMS; i++)
    if (hooks->claims[i].mask & bit) due |= 1u << i;
  if (script && (script->mask & bit)) due |= 1u << HOOK_CLAIMS;
  return due;
}

static void serve(Claim *claim, lua_State *L, lua_Debug *ar) {
  if (claim->raw)
    claim->raw(L, ar);
  else if (claim->function)
    claim->function(L, ar, claim->data);
}

static void hand_on(Hooks *hooks, lua_State *L, lua_Debug *ar, unsigned due) {
  for (int i = 0; i < HOOK_CLAIMS; i++)
    if (due & 1u << i) serve(&hooks->claims[i], L, ar);
  if (due & 1u << HOOK_CLAIMS) script_hook_call(L, ar);
}

/* An urge has set this thread's hook to every event: put it right first. */
static void answer_urges(Hooks *hooks, lua_State *L, lua_Debug *ar) {
  HookFunction functions[HOOK_URGES];
  for (int i = 0; i < HOOK_URGES; i++)
    functions[i] = atomic_exchange(&hooks->urges[i].function, NULL);
  set_hook(hooks, L, script_of(hooks, L));
  for (int i = 0; i < HOOK_URGES; i++)
    if (functions[i]) functions[i](L, ar, hooks->urges[i].data);
}

static unsigned due_at(Hooks *hooks, lua_State *L, lua_Debug *ar) {
  ScriptHook *script = script_of(hooks, L);
  if (ar->event != LUA_HOOKCOUNT)
    return subscribed(hooks, script, event_bit(ar));
  int elapsed = lua_gethookcount(L);
  unsigned due = counted(hooks, script, elapsed);
  if (next_count(hooks, script) != elapsed) set_hook(hooks, L, script);
  return due;
}

void hook_event(lua_State *L, lua_Debug *ar) {
  Hooks *hooks = hook_of(L);
  if (!hooks) {
    lua_sethook(L, NULL, 0, 0);
    return;
  }
  if (is_urged(hooks)) {
    answer_urges(hooks, L, ar);
    if (ar->event == LUA_HOOKCOUNT) return; /* the urge's, nobody's count */
  }
  unsigned due = due_at(hooks, L, ar);
  if (due)
    hand_on(hooks, L, ar, due);
  else
    hook_refresh(hooks, L);
}

/* A raw claim that is alone, but for nothing, is called by Lua itself. */
static lua_Hook find_sole(const Hooks *hooks) {
  lua_Hook sole = NULL;
  for (int i = 0; i < HOOK_CLAIMS; i++) {
    if (!hooks->claims[i].mask) continue;
    if (sole || !hooks->claims[i].raw) return NULL;
    sole = hooks->claims[i].raw;
  }
  return sole;
}

static void remember_raw(Hooks *hooks) {
  int i = 0;
  while (i < MOST_RAWS - 1 && hooks->raws[i] && hooks->raws[i] != hooks->sole)
    i++;
  hooks->raws[i] = hooks->sole;
}

static void claims_changed(Hooks *hooks) {
  hooks->mask = 0;
  for (int i = 0; i < HOOK_CLAIMS; i++) hooks->mask |= hooks->claims[i].mask;
  hooks->sole = find_sole(hooks);
  if (hooks->sole) remember_raw(hooks);
  lua_State *running = atomic_load(&hooks->running);
  set_hook(hooks, hooks->main, script_of(hooks, hooks->main));
  if (running != hooks->main)
    set_hook(hooks, running, script_of(hooks, running));
}

void hook_claim(Hooks *hooks, HookClaim claim, int mask, int count,
                HookFunction function, void *data) {
  hooks->claims[claim] = (Claim){.function = function,
                                 .data = data,
                                 .mask = mask,
                                 .count = count,
                                 .left = count};
  claims_changed(hooks);
}

void hook_claim_raw(Hooks *hooks, HookClaim claim, int mask, lua_Hook function,
                    void *data) {
  hooks->claims[claim] = (Claim){.raw = function, .data = data, .mask = mask};
  claims_changed(hooks);
}

void *hook_data(const Hooks *hooks, HookClaim claim) {
  return hooks->claims[claim].data;
}

void hook_release(Hooks *hooks, HookClaim claim) {
  hooks->claims[claim] = (Claim){0};
  claims_changed(hooks);
}

void hook_watch(Hooks *hooks, const HookWatch *watch) {
  hooks->watch = watch ? *watch : (HookWatch){0};
}

lua_State *hook_enter(Hooks *hooks, lua_State *L) {
  lua_State *previous = atomic_load_explicit(&hooks->running,
                                             memory_order_relaxed);
  atomic_store_explicit(&hooks->running, L, memory_order_relaxed);
  hooks->resumer = previous;
  hook_refresh(hooks, L);
  if (hooks->watch.entered && L != previous)
    hooks->watch.entered(hooks->watch.data, L);
  return previous;
}

void hook_leave(Hooks *hooks, lua_State *previous) {
  lua_State *stopped = atomic_load_explicit(&hooks->running,
                                            memory_order_relaxed);
  atomic_store_explicit(&hooks->running, previous, memory_order_relaxed);
  hooks->resumer = NULL;
  hook_refresh(hooks, previous);
  if (hooks->watch.left && stopped != previous)
    hooks->watch.left(hooks->watch.data, stopped, previous);
}

lua_State *hook_running(const Hooks *hooks) {
  return atomic_load_explicit(&hooks->running, memory_order_relaxed);
}

lua_State *hook_resumer(const Hooks *hooks) { return hooks->resumer; }

void hook_urge(Hooks *hooks, HookUrge urge, HookFunction function, void *data) {
  lua_State *running = atomic_load(&hooks->running);
  if (urge <= HOOK_SAMPLE && has_strange_hook(hooks, running)) return;
  hooks->urges[urge].data = data;
  atomic_store(&hooks->urges[urge].function, function);
  urge_thread(running);
}

void hook_calm(Hooks *hooks, HookUrge urge) {
  atomic_store(&hooks->urges[urge].function, NULL);
}

static void count_instructions(lua_State *L, lua_Debug *ar, void *data) {
  (void)L;
  (void)ar;
  Hooks *hooks = data;
  hooks->instructions += HOOK_COUNT_STEP;
}

void hook_count_start(Hooks *hooks) {
  hooks->instructions = 0;
  hook_claim(hooks, HOOK_COUNTER, LUA_MASKCOUNT, HOOK_COUNT_STEP,
             count_instructions, hooks);
}

uint64_t hook_count_stop(Hooks *hooks) {
  hook_release(hooks, HOOK_COUNTER);
  return hooks->instructions;
}

void hook_scripted(Hooks *hooks, lua_State *L) {
  hooks->scripted = true;
  set_hook(hooks, L, script_hook_get(L));
}

static void call_foreign(lua_State *L, lua_Debug *ar, void *data) {
  lua_Hook foreign;
  memcpy(&foreign, &data, sizeof foreign);
  foreign(L, ar);
}

bool hook_foreign(const Hooks *hooks, int *mask, int *count) {
  const Claim *claim = &hooks->claims[HOOK_FOREIGN];
  *mask = claim->mask;
  *count = claim->count;
  return claim->function != NULL;
}

/* A hook of ours is from an earlier attachment, as is its foreign one. */
static void adopt_foreign(Hooks *hooks, lua_State *L) {
  lua_Hook foreign = lua_gethook(L);
  if (foreign == hook_event) return;
  if (!foreign) {
    hook_release(hooks, HOOK_FOREIGN);
    return;
  }
  void *data;
  memcpy(&data, &foreign, sizeof data);
  hook_claim(hooks, HOOK_FOREIGN, lua_gethookmask(L), lua_gethookcount(L),
             call_foreign, data);
}

static Hooks *make_hooks(lua_State *L) {
  Hooks *hooks = lua_newuserdatauv(L, sizeof *hooks, 0);
  memset(hooks, 0, sizeof *hooks);
  lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_MAINTHREAD);
  hooks->main = lua_tothread(L, -1);
  atomic_init(&hooks->running, hooks->main);
  lua_pop(L, 1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &registry_key);
  atomic_fetch_add(&generation, 1);
  return hooks;
}

Hooks *hook_open(lua_State *L) {
  lua_rawgetp(L, LUA_REGISTRYINDEX, &registry_key);
  Hooks *hooks = lua_touserdata(L, -1);
  lua_pop(L, 1);
  if (!hooks) hooks = make_hooks(L);
  hooks->closed = false;
  adopt_foreign(hooks, hooks->main);
  return hooks;
}

void hook_close(Hooks *hooks) {
  Claim foreign = hooks->claims[HOOK_FOREIGN];
  memset(hooks->claims, 0, sizeof hooks->claims);
  hooks->claims[HOOK_FOREIGN] = foreign;
  hook_watch(hooks, NULL);
  for (int i = 0; i < HOOK_URGES; i++)
    atomic_store(&hooks->urges[i].function, NULL);
  claims_changed(hooks);
  hooks->closed = true;
  if (foreign.function) {
    lua_Hook function;
    memcpy(&function, &foreign.data, sizeof function);
    lua_sethook(hooks->main, function, foreign.mask, foreign.count);
  }
}
