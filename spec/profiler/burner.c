/* What the profiler's specs and benchmark need of C: threads that no library of
** ours has made or resumed, time burned or slept away, and an empty hook. */
#include <lauxlib.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int luaopen_burner(lua_State *L);

/* function -> thread */
static int create(lua_State *L) {
  luaL_checktype(L, 1, LUA_TFUNCTION);
  lua_State *thread = lua_newthread(L);
  lua_pushvalue(L, 1);
  lua_xmove(L, thread, 1);
  return 1;
}

/* thread, ... -> whether it has yielded or ended, results or the error */
static int resume(lua_State *L) {
  lua_State *thread = lua_tothread(L, 1);
  luaL_argexpected(L, thread, 1, "thread");
  int count = lua_gettop(L) - 1;
  luaL_checkstack(thread, count, NULL);
  lua_xmove(L, thread, count);
  int status = lua_resume(thread, L, count, &count);
  if (status > LUA_YIELD) count = 1;
  lua_pushboolean(L, status <= LUA_YIELD);
  luaL_checkstack(L, count, NULL);
  lua_xmove(thread, L, count);
  return count + 1;
}

/* function, ... -> what lua_pcall gives */
static int call_protected(lua_State *L) {
  int status = lua_pcall(L, lua_gettop(L) - 1, LUA_MULTRET, 0);
  lua_pushboolean(L, status == LUA_OK);
  lua_insert(L, 1);
  return lua_gettop(L);
}

static double seconds(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* Works for so many seconds of the thread's processor time. */
static int burn(lua_State *L) {
  double end = luaL_checknumber(L, 1) + seconds(CLOCK_THREAD_CPUTIME_ID);
  while (seconds(CLOCK_THREAD_CPUTIME_ID) < end) continue;
  return 0;
}

/* Works off so many rounds, always alike. */
static int grind(lua_State *L) {
  unsigned long long state = 1;
  for (lua_Integer i = luaL_checkinteger(L, 1); i > 0; i--)
    state = state * 6364136223846793005u + 1442695040888963407u;
  lua_pushinteger(L, (lua_Integer)(state >> 1));
  return 1;
}

/* -> true in a forked child; false in its parent, when that has ended */
static int fork_once(lua_State *L) {
  pid_t child = fork();
  if (child < 0) return luaL_error(L, "cannot fork");
  while (child > 0 && waitpid(child, NULL, 0) < 0) continue;
  lua_pushboolean(L, child == 0);
  return 1;
}

static int nothing(lua_State *L) {
  (void)L;
  return 0;
}

static void empty(lua_State *L, lua_Debug *ar) {
  (void)L;
  (void)ar;
}

/* mask -> ; "cr" sets an empty hook for calls and returns, "" none */
static int hook(lua_State *L) {
  int mask = 0;
  for (const char *letter = luaL_checkstring(L, 1); *letter; letter++)
    mask |= *letter == 'c'   ? LUA_MASKCALL
            : *letter == 'r' ? LUA_MASKRET
                             : LUA_MASKLINE;
  lua_sethook(L, mask ? empty : NULL, mask, 0);
  return 0;
}

static timer_t timer;

static void count_nothing(int signal) { (void)signal; }

/* A timer of so many seconds whose signals nobody minds; none: it ends. */
static int tick(lua_State *L) {
  double period = luaL_optnumber(L, 1, 0);
  if (period == 0) {
    timer_delete(timer);
    return 0;
  }
  struct sigaction action = {.sa_handler = count_nothing,
                             .sa_flags = SA_RESTART};
  struct sigevent event = {.sigev_notify = SIGEV_SIGNAL,
                           .sigev_signo = SIGUSR1};
  struct itimerspec when = {.it_interval.tv_nsec = (long)(period * 1e9)};
  when.it_value = when.it_interval;
  sigaction(SIGUSR1, &action, NULL);
  timer_create(CLOCK_MONOTONIC, &event, &timer);
  timer_settime(timer, 0, &when, NULL);
  return 0;
}

static const luaL_Reg functions[] = {
    {"create", create},   {"resume", resume}, {"pcall", call_protected},
    {"burn", burn},       {"grind", grind},   {"fork", fork_once},
    {"nothing", nothing}, {"hook", hook},     {"tick", tick},
    {NULL, NULL},
};

int luaopen_burner(lua_State *L) {
  luaL_newlib(L, functions);
  return 1;
}
