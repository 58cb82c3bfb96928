/* What goes by name: modules, what they hold, and registered metatables. */
#include <lauxlib.h>
#include <string.h>

#include "message_format.h"
#include "native/array.h"
#include "parcel.h"
#include "parcel_encoder.h"
#include "parcel_state.h"
#include "parcel_sum.h"

#define STATE "perilune.parcel"

enum { SLOTS = 24 };

/* Each has the globals' C functions, or its own, under one name everywhere. */
static const char *const libraries[] = {
    "coroutine", "debug",  "io",    "math", "os",
    "package",   "string", "table", "utf8", NULL};

static const char *const globals[] = {
    "assert",   "collectgarbage", "dofile",   "error",        "getmetatable",
    "ipairs",   "load",           "loadfile", "next",         "pairs",
    "pcall",    "print",          "rawequal", "rawget",       "rawlen",
    "rawset",   "require",        "select",   "setmetatable", "tonumber",
    "tostring", "type",           "warn",     "xpcall",       NULL};

static bool is_among(const char *name, const char *const *names) {
  while (*names && strcmp(*names, name) != 0) names++;
  return *names != NULL;
}

static void make_state(lua_State *L) {
  ParcelState *state = lua_newuserdatauv(L, sizeof *state, STATE_VALUES);
  memset(state, 0, sizeof *state);
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
  lua_setiuservalue(L, -2, STATE_LOADED);
  for (int i = STATE_NAMES; i <= STATE_COPIES; i++) {
    lua_newtable(L);
    lua_setiuservalue(L, -2, i);
  }
  parcel_open_sheets(L);
  parcel_open_strings(L, &state->string);
  parcel_open_sums(L);
}

ParcelState *parcel_push_state(lua_State *L) {
  lua_getfield(L, LUA_REGISTRYINDEX, STATE);
  return lua_touserdata(L, -1);
}

void parcel_open(lua_State *L) {
  if (!parcel_push_state(L)) {
    array_open(L);
    make_state(L);
    lua_setfield(L, LUA_REGISTRYINDEX, STATE);
  }
  lua_pop(L, 1);
}

/* Pushes what is written for one name, the string at -1, or for two, at -2
** and -1. */
static void push_written(lua_State *L, int tag, int names) {
  int first = lua_gettop(L) - names + 1;
  char byte = (char)tag;
  lua_pushlstring(L, &byte, 1);
  for (int i = first; i < first + names; i++) {
    char size[VARINT_SIZE];
    const char *end = write_count(size, lua_rawlen(L, i));
    lua_pushlstring(L, size, (size_t)(end - size));
    lua_pushvalue(L, i);
  }
  lua_concat(L, 1 + 2 * names);
}

static bool is_object(lua_State *L, int index) {
  int type = lua_type(L, index);
  return type == LUA_TTABLE || type == LUA_TFUNCTION || type == LUA_TUSERDATA;
}

/* What is entered in turn, later ones over earlier ones. */
typedef enum Pass {
  OWN_GLOBALS, /* C functions */
  FIELDS,
  STANDARD_GLOBALS,
  STANDARD_FIELDS,
  MODULES,
  PASSES
} Pass;

static bool is_wanted_field(lua_State *L, Pass pass) {
  if (lua_type(L, -2) != LUA_TSTRING || !is_object(L, -1)) return false;
  if (pass != OWN_GLOBALS && pass != STANDARD_GLOBALS) return true;
  if (!lua_iscfunction(L, -1)) return false;
  return pass == OWN_GLOBALS || is_among(lua_tostring(L, -2), globals);
}

/* index[object] = what is written for the names on the top, which stay. */
static void enter(lua_State *L, int index, int object, int tag, int names) {
  lua_pushvalue(L, object);
  for (int i = 0; i < names; i++) lua_pushvalue(L, -1 - names);
  push_written(L, tag, names);
  lua_replace(L, -1 - names);
  lua_pop(L, names - 1);
  lua_rawset(L, index);
}

/* Enters the fields of the module on the top, whose name is below it; not all
** of them if it is a large table of data. */
static void enter_fields(lua_State *L, int index, Pass pass) {
  int module = lua_gettop(L);
  int count = 0;
  lua_pushnil(L);
  while (count++ < PARCEL_FIELDS && lua_next(L, module)) {
    if (is_wanted_field(L, pass)) {
      int field = lua_gettop(L);
      lua_pushvalue(L, module - 1);
      lua_pushvalue(L, field - 1);
      enter(L, index, field, FIELD, 2);
      lua_pop(L, 2);
    }
    lua_pop(L, 1);
  }
}

/* Which of the passes enter the fields of the module on the top. */
static bool has_pass(lua_State *L, Pass pass) {
  lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
  bool is_globals = lua_rawequal(L, -1, -2);
  lua_pop(L, 1);
  if (is_globals) return pass == OWN_GLOBALS || pass == STANDARD_GLOBALS;
  if (pass == MODULES) return true;
  bool standard = is_among(lua_tostring(L, -2), libraries);
  return pass == (standard ? STANDARD_FIELDS : FIELDS);
}

/* Enters what is found in package.loaded, which is on the top. */
static void enter_modules(lua_State *L, int index, Pass pass) {
  int loaded = lua_gettop(L);
  lua_pushnil(L);
  while (lua_next(L, loaded)) {
    int module = lua_gettop(L);
    if (lua_type(L, -2) == LUA_TSTRING && is_object(L, -1) &&
        has_pass(L, pass)) {
      if (pass == MODULES) {
        lua_pushvalue(L, module - 1);
        enter(L, index, module, NAME, 1);
      } else if (lua_istable(L, -1)) {
        enter_fields(L, index, pass);
      }
    }
    lua_settop(L, module - 1);
  }
}

/* Enters registered metatables, of which the table is on the top. */
static void enter_registered(lua_State *L, int index) {
  int registered = lua_gettop(L);
  lua_pushnil(L);
  while (lua_next(L, registered)) {
    enter(L, index, registered + 1, REGISTERED, 1);
    lua_pop(L, 1);
  }
}

static void enter_globals(lua_State *L, int index) {
  const char tag = GLOBALS;
  lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
  lua_pushlstring(L, &tag, 1);
  lua_rawset(L, index);
}

static void push_weak_table(lua_State *L) {
  lua_newtable(L);
  lua_createtable(L, 0, 1);
  lua_pushliteral(L, "k");
  lua_setfield(L, -2, "__mode");
  lua_setmetatable(L, -2);
}

/* Makes the index anew. The sums are taken first: what changes meanwhile is
** seen the next time. */
static void renew(lua_State *L, int state) {
  ParcelState *s = lua_touserdata(L, state);
  message_need_stack(L, SLOTS);
  push_weak_table(L);
  int index = lua_gettop(L);
  lua_getiuservalue(L, state, STATE_LOADED);
  uint64_t loaded = parcel_sum(L, index + 1, false);
  uint64_t held = parcel_sum(L, index + 1, true);
  for (Pass pass = OWN_GLOBALS; pass < PASSES; pass++)
    enter_modules(L, index, pass);
  lua_getiuservalue(L, state, STATE_REGISTERED);
  enter_registered(L, index);
  enter_globals(L, index);
  lua_settop(L, index);
  lua_setiuservalue(L, state, STATE_INDEX);
  s->loaded = loaded;
  s->held = held;
}

/* Whether the index may lack the object on the top: one that cannot go without
** a name, or one that came after the index. */
static bool is_stale(lua_State *L, int state, NamesChecked *checked) {
  const ParcelState *s = lua_touserdata(L, state);
  bool table = lua_istable(L, -1);
  if (checked->renewed) return false;
  if (lua_isuserdata(L, -1) || lua_iscfunction(L, -1)) return true;
  if (table ? checked->loaded : checked->held) return false;
  checked->loaded = true;
  if (!table) checked->held = true;
  lua_getiuservalue(L, state, STATE_LOADED);
  uint64_t sum = parcel_sum(L, lua_gettop(L), !table);
  lua_pop(L, 1);
  return sum != (table ? s->loaded : s->held);
}

static void renew_index(lua_State *L, Encoder *e) {
  int state = e->base + PARCEL_STATE;
  renew(L, state);
  e->parcel->checked.renewed = true;
  lua_getiuservalue(L, state, STATE_INDEX);
  lua_replace(L, e->base + PARCEL_INDEX);
}

static void get_index(lua_State *L, Encoder *e) {
  parcel_begin_objects(L, e);
  lua_getiuservalue(L, e->base + PARCEL_STATE, STATE_INDEX);
  lua_replace(L, e->base + PARCEL_INDEX);
  if (lua_isnil(L, e->base + PARCEL_INDEX)) renew_index(L, e);
}

/* Pushes what the index has for the object on the top. */
static bool look_up(lua_State *L, Encoder *e) {
  lua_pushvalue(L, -1);
  return lua_rawget(L, e->base + PARCEL_INDEX) == LUA_TSTRING;
}

static bool push_name(lua_State *L, Encoder *e) {
  if (lua_isnil(L, e->base + PARCEL_INDEX)) get_index(L, e);
  if (look_up(L, e)) return true;
  lua_pop(L, 1);
  if (!is_stale(L, e->base + PARCEL_STATE, &e->parcel->checked)) return false;
  renew_index(L, e);
  if (look_up(L, e)) return true;
  lua_pop(L, 1);
  return false;
}

/* The object on the top is a registered metatable. */
static void add_need(lua_State *L, Encoder *e) {
  int needs = e->base + PARCEL_NEEDS;
  if (lua_isnil(L, needs)) {
    lua_newtable(L);
    lua_replace(L, needs);
  }
  lua_pushvalue(L, -1);
  lua_rawseti(L, needs, ++e->parcel->needs);
}

bool parcel_put_name(lua_State *L, Encoder *e) {
  size_t size;
  if (!push_name(L, e)) return false;
  const char *name = lua_tolstring(L, -1, &size);
  put_bytes(&e->out, name, size);
  int tag = (unsigned char)name[0];
  lua_pop(L, 1);
  if (tag == GLOBALS) return true;
  encoder_add(L, e, NO_BODY);
  if (tag == REGISTERED) add_need(L, e);
  return true;
}

/* The name is at index 1, the metatable at 2; `which` says by which of them a
** table of the state is asked for the other. */
static void check_free(lua_State *L, int table, int which) {
  lua_getiuservalue(L, 3, table);
  lua_pushvalue(L, which);
  bool free = lua_rawget(L, -2) == LUA_TNIL || lua_rawequal(L, -1, 3 - which);
  luaL_argcheck(L, free, which,
                which == 1 ? "that is another metatable's name"
                           : "the metatable has another name");
  lua_pop(L, 2);
}

void parcel_set_registered(lua_State *L, int state) {
  int name = lua_gettop(L) - 1;
  lua_getiuservalue(L, state, STATE_NAMES);
  lua_pushvalue(L, name);
  lua_pushvalue(L, name + 1);
  lua_rawset(L, -3);
  lua_getiuservalue(L, state, STATE_REGISTERED);
  lua_pushvalue(L, name + 1);
  lua_pushvalue(L, name);
  lua_rawset(L, -3);
  lua_pop(L, 2);
  if (lua_getiuservalue(L, state, STATE_INDEX) == LUA_TTABLE) {
    lua_pushvalue(L, name);
    enter(L, lua_gettop(L) - 1, name + 1, REGISTERED, 1);
  }
  lua_settop(L, name - 1);
}

/* Done again where it has been done: memory may have run out in the midst. */
int parcel_register(lua_State *L) {
  luaL_checkstring(L, 1);
  luaL_checktype(L, 2, LUA_TTABLE);
  lua_settop(L, 2);
  parcel_push_state(L);
  check_free(L, STATE_NAMES, 1);
  check_free(L, STATE_REGISTERED, 2);
  lua_pushvalue(L, 1);
  lua_pushvalue(L, 2);
  parcel_set_registered(L, 3);
  return 0;
}
