#include "native/fetch/plan_lua.h"

#include <lauxlib.h>
#include <string.h>

#define NAME "perilune.fetch.plan"

/* Arguments of plan_new, and the table that anchors the plan's texts. */
enum { METHOD = 1, BODY, MOST, STREAMS, SETTINGS, ANCHORS };

typedef struct Plan {
  TransferPlan plan;
  Setting settings[];
} Plan;

/* Counts the settings, and the lines of those that are lists. */
static size_t count(lua_State *L, size_t *lines) {
  size_t n = 0;
  *lines = 0;
  for (lua_pushnil(L); lua_next(L, SETTINGS); lua_pop(L, 1), n++)
    if (lua_istable(L, -1)) *lines += lua_rawlen(L, -1);
  return n;
}

/* Keeps the value on the top alive as long as the plan. */
static void anchor(lua_State *L) {
  lua_pushvalue(L, -1);
  luaL_ref(L, ANCHORS);
}

static const char *refuse(lua_State *L, const char *expected) {
  return lua_pushfstring(L, "%s expected, got %s", expected,
                         luaL_typename(L, -1));
}

/* The text on the top; NULL: *why. A line break in it would be another header,
** a NUL its end. */
static const char *text(lua_State *L, const char **why) {
  size_t size;
  if (lua_type(L, -1) != LUA_TSTRING) {
    *why = refuse(L, "string");
    return NULL;
  }
  const char *bytes = lua_tolstring(L, -1, &size);
  if (strlen(bytes) != size || strpbrk(bytes, "\r\n")) {
    *why = "a line break or a zero byte in it";
    return NULL;
  }
  anchor(L);
  return bytes;
}

static const char *read_lines(lua_State *L, Setting *setting,
                              const char ***room) {
  const char *why = NULL;
  if (!lua_istable(L, -1)) return refuse(L, "list of strings");
  setting->lines = *room;
  setting->count = lua_rawlen(L, -1);
  for (size_t i = 0; i < setting->count; i++) {
    lua_rawgeti(L, -1, (lua_Integer)i + 1);
    if (!(*(*room)++ = text(L, &why))) return why;
    lua_pop(L, 1);
  }
  return NULL;
}

static const char *read_choice(lua_State *L, Setting *setting) {
  const char *why = NULL;
  const char *name = text(L, &why);
  if (!name) return why;
  const SettingChoice *choice = setting_choice(setting->option, name);
  if (choice) {
    setting->value = choice->value;
    return NULL;
  }
  luaL_Buffer names;
  luaL_buffinit(L, &names);
  luaL_addstring(&names, "one of");
  for (choice = setting->option->choices; choice->name; choice++) {
    lua_pushfstring(L, " \"%s\"", choice->name);
    luaL_addvalue(&names);
  }
  luaL_addstring(&names, " expected");
  luaL_pushresult(&names);
  return lua_tostring(L, -1);
}

/* Rounded up: a little of a second is a second, not none. */
static const char *read_number(lua_State *L, Setting *setting) {
  const lua_Number most[] = {[SETTING_INTEGER] = 2e9,
                             [SETTING_BYTES] = 9e15,
                             [SETTING_MILLISECONDS] = 2e9,
                             [SETTING_SECONDS] = 2e9};
  SettingKind kind = setting->option->kind;
  if (lua_type(L, -1) != LUA_TNUMBER) return refuse(L, "number");
  lua_Number value = lua_tonumber(L, -1);
  if (!(value >= 0)) return "a number from 0 expected";
  if (kind == SETTING_MILLISECONDS) value *= 1000;
  setting->value = (curl_off_t)(value < most[kind] ? value : most[kind]);
  if ((lua_Number)setting->value < value && value < most[kind])
    setting->value++;
  return NULL;
}

static const char *read_setting(lua_State *L, Setting *setting,
                                const char ***lines) {
  const char *why = NULL;
  switch (setting->option->kind) {
  case SETTING_TEXT: setting->text = text(L, &why); return why;
  case SETTING_LINES: return read_lines(L, setting, lines);
  case SETTING_CHOICE: return read_choice(L, setting);
  case SETTING_FLAG:
    if (!lua_isboolean(L, -1)) return refuse(L, "boolean");
    setting->value = lua_toboolean(L, -1);
    return NULL;
  default: return read_number(L, setting);
  }
}

/* Pushes what is wrong. */
static bool read_settings(lua_State *L, Plan *plan, const char **lines) {
  for (lua_pushnil(L); lua_next(L, SETTINGS); lua_pop(L, 1)) {
    Setting *setting = &plan->settings[plan->plan.count];
    bool named = lua_type(L, -2) == LUA_TSTRING;
    const char *name = named ? lua_tostring(L, -2) : NULL;
    *setting = (Setting){.option = name ? setting_option(name) : NULL};
    const char *why = setting->option ? read_setting(L, setting, &lines)
                                      : "there is no such option";
    if (why) {
      lua_pushfstring(L, "option %s: %s", name ? name : "?", why);
      return false;
    }
    if (setting_remembers(setting)) plan->plan.remembers = true;
    if (setting->option->option == CURLOPT_COOKIEJAR)
      plan->plan.writes_jar = true;
    plan->plan.count++;
  }
  return true;
}

int plan_new(lua_State *L) {
  static _Atomic uint64_t plans;
  size_t lines;
  const char *method = luaL_checkstring(L, METHOD);
  lua_Integer most = luaL_checkinteger(L, MOST);
  luaL_argcheck(L, most >= 0, MOST, "an integer from 0 expected");
  luaL_checktype(L, SETTINGS, LUA_TTABLE);
  lua_settop(L, SETTINGS);
  lua_newtable(L);
  size_t n = count(L, &lines);
  size_t size = sizeof(Plan) + n * sizeof(Setting);
  Plan *plan = lua_newuserdatauv(L, size + lines * sizeof(char *), 1);
  plan->plan = (TransferPlan){.number = ++plans,
                              .method = method,
                              .most = (uint64_t)most,
                              .streams = lua_toboolean(L, STREAMS),
                              .settings = plan->settings};
  plan->plan.body = luaL_optlstring(L, BODY, NULL, &plan->plan.body_size);
  luaL_setmetatable(L, NAME);
  lua_pushvalue(L, METHOD);
  luaL_ref(L, ANCHORS);
  lua_pushvalue(L, BODY);
  luaL_ref(L, ANCHORS);
  lua_pushvalue(L, ANCHORS);
  lua_setiuservalue(L, -2, 1);
  if (!read_settings(L, plan, (const char **)(void *)((char *)plan + size))) {
    luaL_pushfail(L);
    lua_insert(L, -2);
    return 2;
  }
  return 1;
}

const TransferPlan *plan_check(lua_State *L, int argument) {
  return &((Plan *)luaL_checkudata(L, argument, NAME))->plan;
}

void plan_open(lua_State *L) {
  luaL_newmetatable(L, NAME);
  lua_pop(L, 1);
}
