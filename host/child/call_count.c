#include "host/child/call_count.h"

#include <lauxlib.h>
#include <stdbool.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "host/hook.h"

/* A table in the registry that keeps the known functions alive. */
static const char anchors;

void call_count_prepare(lua_State *L) {
  lua_createtable(L, CALL_COUNT_KNOWN, 0);
  for (int i = 1; i <= CALL_COUNT_KNOWN; i++) {
    lua_pushboolean(L, 0);
    lua_rawseti(L, -2, i);
  }
  lua_rawsetp(L, LUA_REGISTRYINDEX, &anchors);
}

/* Where the calls of the function on the top are counted; it is popped. Lines
** beyond those that are told apart count with the others. */
static CallCounts *counts_of(lua_State *L, CallCount *count) {
  lua_Debug about;
  lua_getinfo(L, ">S", &about);
  if (*about.what == 'C') return NULL;
  if (strcmp(about.source, count->source) != 0) return &count->beyond;
  uint64_t line = (uint64_t)about.linedefined;
  for (int i = 0; i < count->lines; i++)
    if (count->line[i].line == line) return &count->line[i];
  if (count->lines == CALL_COUNT_LINES) return &count->beyond;
  count->line[count->lines].line = line;
  return &count->line[count->lines++];
}

/* The function on the top, which stays, takes a place among the known. */
static CallCounts *learn(lua_State *L, CallCount *count, const void *function) {
  int i = count->next;
  count->next = (i + 1) % CALL_COUNT_KNOWN;
  lua_rawgetp(L, LUA_REGISTRYINDEX, &anchors);
  lua_pushvalue(L, -2);
  lua_rawseti(L, -2, i + 1);
  lua_pop(L, 1);
  lua_pushvalue(L, -1);
  count->known[i].counts = counts_of(L, count);
  count->known[i].function = function;
  return count->known[i].counts;
}

static CallCounts *find(lua_State *L, CallCount *count, const void *function) {
  for (int i = 0; i < CALL_COUNT_KNOWN; i++)
    if (count->known[i].function == function) return count->known[i].counts;
  return learn(L, count, function);
}

/* xorshift: a solution cannot tell which of its calls are looked at. */
static bool is_sampled(CallCount *count) {
  count->chance ^= count->chance << 13;
  count->chance ^= count->chance >> 7;
  count->chance ^= count->chance << 17;
  return count->chance % CALL_COUNT_SAMPLE == 0;
}

/* Whether the function that is called is of the line of the one that calls. */
static void look_at_caller(lua_State *L, CallCount *count, CallCounts *counts) {
  lua_Debug caller;
  counts->sampled++;
  if (!lua_getstack(L, 1, &caller)) return;
  lua_getinfo(L, "f", &caller);
  if (find(L, count, lua_topointer(L, -1)) == counts) counts->nested++;
  lua_pop(L, 1);
}

static void count_call(lua_State *L, lua_Debug *ar) {
  CallCount *count = hook_data(hook_of(L), HOOK_COUNTER);
  lua_getinfo(L, "f", ar);
  CallCounts *counts = find(L, count, lua_topointer(L, -1));
  lua_pop(L, 1);
  if (!counts) return;
  counts->calls++;
  if (is_sampled(count)) look_at_caller(L, count, counts);
}

void call_count_start(lua_State *L, CallCount *count, const char *source) {
  memset(count, 0, sizeof *count);
  count->source = source;
  if (getrandom(&count->chance, sizeof count->chance, 0) < 0)
    count->chance = (uint64_t)clock();
  count->chance |= 1;
  hook_claim_raw(hook_of(L), HOOK_COUNTER, LUA_MASKCALL, count_call, count);
}

/* The results of what was counted may fill the stack: then the anchors stay. */
void call_count_stop(lua_State *L, CallCount *count) {
  hook_release(hook_of(L), HOOK_COUNTER);
  count->others = count->beyond.calls;
  if (!lua_checkstack(L, 1)) return;
  lua_pushnil(L);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &anchors);
}

const void *call_count_bytes(const CallCount *count, size_t *size) {
  *size = sizeof count->others + (size_t)count->lines * sizeof *count->line;
  return &count->others;
}
