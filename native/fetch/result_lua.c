#include "native/fetch/result_lua.h"

#include <string.h>

enum {
  URL = 3,          /* the argument of the engine's function */
  FIELDS = 8,       /* of an ordinary result, its index in a list included */
  LONG_HEAD = 4096, /* bytes; longer ones are not remembered */
};

static lua_Number time_of(const Transfer *t, CURLINFO info) {
  curl_off_t us = 0;
  libcurl.easy_getinfo(t->easy, info, &us);
  return (lua_Number)us * 1e-6;
}

static void push_times(lua_State *L, const Transfer *t, lua_Number queued) {
  const lua_Number times[] = {
      queued,
      time_of(t, CURLINFO_NAMELOOKUP_TIME_T),
      time_of(t, CURLINFO_CONNECT_TIME_T),
      time_of(t, CURLINFO_APPCONNECT_TIME_T),
      time_of(t, CURLINFO_PRETRANSFER_TIME_T),
      time_of(t, CURLINFO_STARTTRANSFER_TIME_T),
      time_of(t, CURLINFO_TOTAL_TIME_T),
      time_of(t, CURLINFO_REDIRECT_TIME_T),
  };
  lua_pushlstring(L, (const char *)times, sizeof times);
}

/* NULL: unknown. */
static const char *version_of(const Transfer *t) {
  long version = 0;
  libcurl.easy_getinfo(t->easy, CURLINFO_HTTP_VERSION, &version);
  switch (version) {
  case CURL_HTTP_VERSION_1_0: return "1.0";
  case CURL_HTTP_VERSION_1_1: return "1.1";
  case CURL_HTTP_VERSION_2_0: return "2";
  default: return NULL;
  }
}

/* The lines of the last answer: the string that is there if they are the same
** as those of the answer before. */
static void push_head(lua_State *L, const Transfer *t) {
  size_t size;
  lua_getiuservalue(L, 1, RESULT_LAST_HEAD);
  const char *last = lua_tolstring(L, -1, &size);
  bool same = last && size == t->head.size;
  if (same && (size == 0 || !memcmp(last, t->head.bytes, size))) return;
  lua_pop(L, 1);
  lua_pushlstring(L, t->head.bytes, t->head.size);
  if (t->head.size > LONG_HEAD) return;
  lua_pushvalue(L, -1);
  lua_setiuservalue(L, 1, RESULT_LAST_HEAD);
}

/* What is seldom otherwise stands in a result only then. */
static void push_rare(lua_State *L, const Transfer *t) {
  const char *url = NULL;
  const char *version = version_of(t);
  libcurl.easy_getinfo(t->easy, CURLINFO_EFFECTIVE_URL, &url);
  if (url && strcmp(url, lua_tostring(L, URL)) != 0) {
    lua_pushstring(L, url);
    lua_setfield(L, -2, "effective_url");
  }
  if (version && strcmp(version, "1.1") != 0) {
    lua_pushstring(L, version);
    lua_setfield(L, -2, "http_version");
  }
}

static void push_answer(lua_State *L, const Transfer *t, long status) {
  if (status == 0) return;
  lua_pushinteger(L, status);
  lua_setfield(L, -2, "status");
  push_head(L, t);
  lua_setfield(L, -2, "_head");
}

int result_push(lua_State *L, const Transfer *t, lua_Number queued) {
  bool failed = t->code || t->fault;
  long status = 0;
  curl_off_t wait = 0;
  libcurl.easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
  libcurl.easy_getinfo(t->easy, CURLINFO_RETRY_AFTER, &wait);
  lua_createtable(L, 0, FIELDS);
  lua_pushboolean(L, !failed && status >= 200 && status < 300);
  lua_setfield(L, -2, "ok");
  lua_pushvalue(L, URL);
  lua_setfield(L, -2, "url");
  lua_pushinteger(L, (lua_Integer)t->received);
  lua_setfield(L, -2, "bytes");
  push_times(L, t, queued);
  lua_setfield(L, -2, "_times");
  push_answer(L, t, status);
  if (!failed) {
    lua_pushlstring(L, t->body.bytes, t->body.size);
    lua_setfield(L, -2, "body");
  }
  push_rare(L, t);
  lua_getiuservalue(L, 1, RESULT_CLASS);
  lua_setmetatable(L, -2);
  lua_pushstring(L, failed ? transfer_fault(t) : NULL);
  lua_pushstring(L, failed ? transfer_message(t) : NULL);
  lua_pushinteger(L, wait);
  return 4;
}
