/* The native half of perilune.native.fetch: its module engine.
**
** A fetcher carries requests out; which are to be made when, and what becomes
** of their answers, is decided in host/lua/perilune/native/fetch/. libcurl's
** callbacks never call Lua: what has happened is asked for. */
#include <errno.h>
#include <lauxlib.h>
#include <lua.h>
#include <string.h>
#include <unistd.h>

#include "native/fetch/fetcher.h"
#include "native/fetch/plan_lua.h"
#include "native/fetch/result_lua.h"
#include "native/native.h"
#include "native/resource.h"

#define NAME "perilune.fetch.engine"
#define SECOND 1e9

/* libcurl sends no more than 1 MiB at once, headers included, and tells of more
** as of a lack of memory. */
enum { LONGEST_URL = 900 << 10 };

/* An engine's last user value: number -> plan, of requests under way. The
** others are in result_lua.h. */
enum { PLANS = RESULT_USER_VALUES + 1, USER_VALUES = PLANS };

/* While a function pushes what stands in a transfer, a finaliser may run and
** close the engine: that must wait. (Where memory runs out just then, it waits
** until the engine is collected.) */
typedef struct Handle {
  Resource resource;
  Fetcher fetcher;
  unsigned busy;
  bool closing;
} Handle;

static Handle **check_box(lua_State *L) {
  Handle **box = luaL_checkudata(L, 1, NAME);
  luaL_argcheck(L, *box && !(*box)->closing, 1, "the engine is closed");
  return box;
}

static Fetcher *check(lua_State *L) { return &(*check_box(L))->fetcher; }

/* After arguments have been checked. */
static void enter(lua_State *L) {
  Handle **box = lua_touserdata(L, 1);
  (*box)->busy++;
}

static void leave(lua_State *L) {
  Handle **box = lua_touserdata(L, 1);
  if (--(*box)->busy > 0 || !(*box)->closing) return;
  resource_free(*box);
  *box = NULL;
}

/* A transfer by its number, that of a request under way. */
static Transfer *check_transfer(lua_State *L, const Fetcher *f) {
  lua_Integer number = luaL_checkinteger(L, 2);
  luaL_argcheck(L, number >= 1 && number <= f->count, 2, "no such transfer");
  return f->transfers[number - 1];
}

static int fail(lua_State *L, const char *message, const char *code) {
  luaL_pushfail(L);
  lua_pushstring(L, message);
  lua_pushstring(L, code);
  return 3;
}

static void release(Resource *resource) {
  fetcher_close(&((Handle *)resource)->fetcher);
}

static int collect(lua_State *L) {
  Handle **box = luaL_checkudata(L, 1, NAME);
  resource_free(*box);
  *box = NULL;
  return 0;
}

static int close_engine(lua_State *L) {
  Handle **box = luaL_checkudata(L, 1, NAME);
  if (!*box || (*box)->busy == 0) return collect(L);
  (*box)->closing = true;
  return 0;
}

/* new(cookies, class) -> engine, whose transfers share cookies or have none and
** whose results have that metatable; or nil, message, code. */
static int new_engine(lua_State *L) {
  const char *why;
  bool cookies = lua_toboolean(L, 1);
  luaL_checktype(L, 2, LUA_TTABLE);
  if (!libcurl_load(&why)) return fail(L, why, "system");
  Handle **box = lua_newuserdatauv(L, sizeof(void *), USER_VALUES);
  *box = NULL;
  luaL_setmetatable(L, NAME);
  lua_newtable(L);
  lua_setiuservalue(L, -2, PLANS);
  lua_pushvalue(L, 2);
  lua_setiuservalue(L, -2, RESULT_CLASS);
  *box = resource_new(L, sizeof(Handle), release);
  if (!*box) return fail(L, strerror(errno), "system");
  if (fetcher_open(&(*box)->fetcher, cookies)) return 1;
  return fail(L, strerror(errno), "system");
}

/* owned(self) -> whether it is this process's, not that of the one that it was
** forked from. */
static int owned(lua_State *L) {
  Handle **box = luaL_checkudata(L, 1, NAME);
  lua_pushboolean(L, *box && (*box)->resource.owner == getpid());
  return 1;
}

/* The plan on the top, or nil, is the transfer's. */
static void set_plan(lua_State *L, const Transfer *t) {
  lua_getiuservalue(L, 1, PLANS);
  lua_insert(L, -2);
  lua_rawseti(L, -2, (lua_Integer)t->number + 1);
  lua_pop(L, 1);
}

static void forget_plan(lua_State *L, const Transfer *t) {
  lua_pushnil(L);
  set_plan(L, t);
}

static int refuse(lua_State *L, Transfer *t) {
  enter(L);
  fail(L, transfer_message(t), transfer_fault(t));
  transfer_clear(t);
  leave(L);
  return 3;
}

/* What is wrong with a URL; NULL: nothing that libcurl would not tell. */
static const char *url_problem(const char *url, size_t size) {
  if (strlen(url) != size) return "a zero byte in the URL";
  return size > LONGEST_URL ? "the URL is longer than 900 KiB" : NULL;
}

/* start(self, url, plan [, path]) -> number; or nil, message, code. */
static int start(lua_State *L) {
  Fetcher *f = check(L);
  size_t url_size, path_size = 0;
  const char *url = luaL_checklstring(L, 2, &url_size);
  const TransferPlan *plan = plan_check(L, 3);
  const char *path = luaL_optlstring(L, 4, NULL, &path_size);
  const char *problem = url_problem(url, url_size);
  if (problem) return fail(L, problem, "url");
  if (path && strlen(path) != path_size)
    return fail(L, "a zero byte in the path", "file");
  Transfer *t = fetcher_spare(f);
  if (!t) return fail(L, "not enough memory", "memory");
  lua_pushvalue(L, 3);
  set_plan(L, t);
  if (!transfer_prepare(t, plan, url, path) || !fetcher_start(f, t))
    return refuse(L, t);
  lua_pushinteger(L, (lua_Integer)t->number + 1);
  return 1;
}

static uint64_t nanoseconds(lua_Number seconds) {
  if (!(seconds >= 0) || seconds > 1e9) return FETCHER_NEVER;
  return (uint64_t)(seconds * SECOND);
}

/* turn(self [, seconds]): waits for up to so many, without end by default, and
** does what can be done. A signal ends it early. */
static int turn(lua_State *L) {
  Fetcher *f = check(L);
  fetcher_turn(f, nanoseconds(luaL_optnumber(L, 2, -1)));
  return 0;
}

/* send(self): what was started since the last turn. */
static int send_started(lua_State *L) {
  fetcher_send(check(L));
  return 0;
}

/* patience(self) -> seconds after which it must have a turn; nil: none. */
static int patience(lua_State *L) {
  uint64_t ns = fetcher_patience(check(L));
  if (ns == FETCHER_NEVER) return 0;
  lua_pushnumber(L, (lua_Number)ns / SECOND);
  return 1;
}

/* descriptor(self) -> one that can be read when it must have a turn. */
static int descriptor(lua_State *L) {
  lua_pushinteger(L, check(L)->lanes.sockets.epoll);
  return 1;
}

/* news(self) -> number, whether that transfer is over (else bytes are there);
** nil: nothing more has happened. */
static int news(lua_State *L) {
  Transfer *t = fetcher_news(check(L));
  if (!t) return 0;
  lua_pushinteger(L, (lua_Integer)t->number + 1);
  lua_pushboolean(L, t->over);
  return 2;
}

/* take(self, number) -> the bytes that have come since the last time. */
static int take(lua_State *L) {
  Fetcher *f = check(L);
  Transfer *t = check_transfer(L, f);
  enter(L);
  lua_pushlstring(L, t->body.bytes, t->body.size);
  t->body.size = 0;
  fetcher_resume(f, t);
  leave(L);
  return 1;
}

/* outcome(self, number, url, queued) -> what result_push tells. The body lacks
** what was taken. The number is free then. */
static int outcome(lua_State *L) {
  Fetcher *f = check(L);
  Transfer *t = check_transfer(L, f);
  luaL_checkstring(L, 3);
  lua_Number queued = luaL_checknumber(L, 4);
  luaL_argcheck(L, t->over, 2, "the transfer is not over");
  enter(L);
  int pushed = result_push(L, t, queued);
  forget_plan(L, t);
  fetcher_give_back(f, t);
  leave(L);
  return pushed;
}

/* progress(self, number) -> bytes of the body that have come; how many there
** will be, or nil where that is not known, as for compressed ones. */
static int progress(lua_State *L) {
  Transfer *t = check_transfer(L, check(L));
  curl_off_t came = 0;
  curl_off_t length = -1;
  libcurl.easy_getinfo(t->easy, CURLINFO_SIZE_DOWNLOAD_T, &came);
  libcurl.easy_getinfo(t->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
  lua_pushinteger(L, (lua_Integer)t->received);
  if (length <= 0 || (uint64_t)came != t->received) return 1;
  lua_pushinteger(L, length);
  return 2;
}

/* cancel(self, number): it leaves nothing; the number is free then. */
static int cancel(lua_State *L) {
  Fetcher *f = check(L);
  Transfer *t = check_transfer(L, f);
  if (!t->active && !t->over) return 0;
  forget_plan(L, t);
  fetcher_give_back(f, t);
  return 0;
}

/* version() -> libcurl's, and those of what it is built with, in a line; or
** nil, message, code. */
static int version(lua_State *L) {
  const char *why;
  if (!libcurl_load(&why)) return fail(L, why, "system");
  const curl_version_info_data *info = libcurl.version_info(CURLVERSION_NOW);
  lua_pushfstring(L, "libcurl %s, %s", info->version,
                  info->ssl_version ? info->ssl_version : "no TLS");
  return 1;
}

/* encodings() -> those of a body that libcurl can undo, for Accept-Encoding. */
static int encodings(lua_State *L) {
  const char *why;
  if (!libcurl_load(&why)) return fail(L, why, "system");
  int features = libcurl.version_info(CURLVERSION_NOW)->features;
  lua_pushfstring(L, "%s%s%s",
                  features & CURL_VERSION_LIBZ ? "deflate, gzip" : "identity",
                  features & CURL_VERSION_BROTLI ? ", br" : "",
                  features & CURL_VERSION_ZSTD ? ", zstd" : "");
  return 1;
}

static const luaL_Reg functions[] = {{"encodings", encodings},
                                     {"new", new_engine},
                                     {"plan", plan_new},
                                     {"version", version},
                                     {NULL, NULL}};

static const luaL_Reg methods[] = {{"cancel", cancel},
                                   {"close", close_engine},
                                   {"descriptor", descriptor},
                                   {"news", news},
                                   {"outcome", outcome},
                                   {"owned", owned},
                                   {"patience", patience},
                                   {"progress", progress},
                                   {"send", send_started},
                                   {"start", start},
                                   {"take", take},
                                   {"turn", turn},
                                   {NULL, NULL}};

static const luaL_Reg metamethods[] = {
    {"__gc", collect}, {"__close", close_engine}, {NULL, NULL}};

LUAMOD_API int luaopen_perilune_native_fetch_engine(lua_State *L) {
  luaL_newmetatable(L, NAME);
  luaL_setfuncs(L, metamethods, 0);
  luaL_newlib(L, methods);
  lua_setfield(L, -2, "__index");
  lua_pop(L, 1);
  plan_open(L);
  luaL_newlib(L, functions);
  return 1;
}
