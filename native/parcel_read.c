/* Reading parcels. */
#include <lauxlib.h>
#include <string.h>

#include "message_buffer.h"
#include "message_format.h"
#include "parcel_decoder.h"
#include "parcel_state.h"

enum { SLOTS = 24 };

/* The fault is the string on the top. */
static bool fault_on_top(Decoder *d) {
  d->fault = NULL;
  return false;
}

/* Pushes the first line of the message on the top. */
static void push_first_line(lua_State *L) {
  const char *text = lua_isstring(L, -1) ? lua_tostring(L, -1) : "no message";
  lua_pushlstring(L, text, strcspn(text, "\n"));
}

/* Pushes why a module could not be required: require's message is on the top.
 */
static void push_reason(lua_State *L, int name) {
  const char *module = lua_tostring(L, name);
  push_first_line(L);
  const char *line = lua_tostring(L, -1);
  const char *missing = lua_pushfstring(L, "module '%s' not found:", module);
  if (strcmp(line, missing) == 0)
    lua_pushfstring(L,
                    "module '%s' is not found: it must be where package.path "
                    "leads, or be set in init",
                    module);
  else
    lua_pushfstring(L, "module '%s' cannot be loaded: %s", module, line);
}

/* Replaces the module's name on the top by the module. */
static bool require(Decoder *d) {
  lua_State *L = d->L;
  int name = lua_gettop(L);
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
  lua_pushvalue(L, name);
  if (lua_rawget(L, -2) == LUA_TNIL) {
    lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
    lua_pushliteral(L, "require");
    lua_rawget(L, -2);
    lua_pushvalue(L, name);
    int status = lua_pcall(L, 1, 1, 0);
    if (status == LUA_ERRMEM) lua_error(L);
    if (status != LUA_OK) {
      push_reason(L, name);
      return fault_on_top(d);
    }
  }
  lua_replace(L, name);
  lua_settop(L, name);
  return true;
}

static bool is_object(lua_State *L, int index) {
  int type = lua_type(L, index);
  return type == LUA_TTABLE || type == LUA_TFUNCTION || type == LUA_TUSERDATA;
}

static bool get_module(Decoder *d) {
  if (!decoder_get_text(d)) return false;
  lua_pushvalue(d->L, -1);
  if (!require(d)) return false;
  if (!is_object(d->L, -1)) {
    lua_pushfstring(d->L, "module '%s' is nothing that can be referred to",
                    lua_tostring(d->L, -2));
    return fault_on_top(d);
  }
  lua_remove(d->L, -2);
  decoder_add(d);
  return true;
}

static bool get_two_texts(Decoder *d) {
  if (!decoder_get_text(d)) return false;
  return decoder_get_text(d);
}

static bool get_field(Decoder *d) {
  lua_State *L = d->L;
  int name = lua_gettop(L) + 1;
  if (!get_two_texts(d)) return false;
  lua_pushvalue(L, name);
  if (!require(d)) return false;
  if (lua_istable(L, -1)) {
    lua_pushvalue(L, name + 1);
    lua_rawget(L, -2);
  }
  if (!lua_istable(L, name + 2) || !is_object(L, -1)) {
    lua_pushfstring(L, "module '%s' has no '%s'", lua_tostring(L, name),
                    lua_tostring(L, name + 1));
    return fault_on_top(d);
  }
  lua_replace(L, name);
  lua_settop(L, name);
  decoder_add(d);
  return true;
}

/* Replaces the name on the top by the table that waits for its definition. */
static void get_pending(Decoder *d) {
  lua_State *L = d->L;
  int pending = d->base + DECODER_PENDING;
  if (!d->pending) {
    lua_newtable(L);
    lua_replace(L, pending);
    d->pending = true;
  }
  lua_pushvalue(L, -1);
  if (lua_rawget(L, pending) == LUA_TNIL) {
    lua_pop(L, 1);
    lua_newtable(L);
    lua_pushvalue(L, -2);
    lua_pushvalue(L, -2);
    lua_rawset(L, pending);
    d->undefined++;
  }
  lua_remove(L, -2);
}

/* Pushes the registered metatable of the name on the top, or nil. */
static bool push_registered(lua_State *L) {
  parcel_push_state(L);
  lua_getiuservalue(L, -1, STATE_NAMES);
  lua_pushvalue(L, -3);
  bool known = lua_rawget(L, -2) != LUA_TNIL;
  lua_replace(L, -3);
  lua_pop(L, 1);
  return known;
}

static bool get_registered(Decoder *d) {
  if (!decoder_get_text(d)) return false;
  if (push_registered(d->L)) {
    lua_remove(d->L, -2);
  } else {
    lua_pop(d->L, 1);
    get_pending(d);
  }
  decoder_add(d);
  return true;
}

bool parcel_get_object(Decoder *d, int tag) {
  switch (tag) {
  case FUNCTION: return parcel_get_function(d);
  case NAME: return get_module(d);
  case FIELD: return get_field(d);
  case REGISTERED: return get_registered(d);
  case GLOBALS:
    lua_rawgeti(d->L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
    return true;
  default: return decoder_fault(d, "it has an unknown tag");
  }
}

/* A metatable's __gc must stand in it before it is set. */
bool parcel_get_metatable(Decoder *d) {
  lua_State *L = d->L;
  d->source->at++;
  if (!decoder_get(d)) return false;
  if (!lua_istable(L, -1)) return decoder_fault(d, "a metatable is no table");
  if (d->metas == 0) {
    lua_newtable(L);
    lua_replace(L, d->base + DECODER_METAS);
  }
  lua_pushvalue(L, -2);
  lua_rawseti(L, d->base + DECODER_METAS, ++d->metas);
  lua_rawseti(L, d->base + DECODER_METAS, ++d->metas);
  return true;
}

static void set_metatables(Decoder *d) {
  lua_State *L = d->L;
  for (lua_Integer i = 1; i < d->metas; i += 2) {
    lua_rawgeti(L, d->base + DECODER_METAS, i);
    lua_rawgeti(L, d->base + DECODER_METAS, i + 1);
    lua_setmetatable(L, -2);
    lua_pop(L, 1);
  }
}

/* Lets `size` bytes go by. */
static bool skip(Decoder *d, size_t size) {
  Blocks blocks = {d, size};
  size_t block;
  while (parcel_next_block(d->L, &blocks, &block)) continue;
  return d->fault == NULL;
}

/* Fills the table on the top. */
static bool fill(Decoder *d) {
  uint64_t count;
  lua_State *L = d->L;
  int table = lua_gettop(L);
  Decoder definition = {.L = L,
                        .source = d->source,
                        .base = table + 1,
                        .expected = table,
                        .trusted = true,
                        .pending = true,
                        .undefined = d->undefined - 1,
                        .metas = d->metas,
                        .room = d->room};
  lua_settop(L, table + DECODER_SLOTS);
  lua_pushvalue(L, d->base + DECODER_PENDING);
  lua_replace(L, definition.base + DECODER_PENDING);
  lua_pushvalue(L, d->base + DECODER_METAS);
  lua_replace(L, definition.base + DECODER_METAS);
  bool filled = decoder_get_values(&definition, &count);
  d->fault = definition.fault;
  if (!filled) return false;
  d->metas = definition.metas;
  d->undefined = definition.undefined;
  lua_pushvalue(L, definition.base + DECODER_METAS);
  lua_replace(L, d->base + DECODER_METAS);
  lua_settop(L, table);
  return true;
}

static bool is_pending(const Decoder *d) {
  if (!d->pending) return false;
  lua_pushvalue(d->L, -1);
  bool is = lua_rawget(d->L, d->base + DECODER_PENDING) != LUA_TNIL;
  lua_pop(d->L, 1);
  return is;
}

/* Whether the name on the top needs no definition. What waits for one does,
** though a module that was required meanwhile may have registered the name. */
static bool is_defined(const Decoder *d) {
  if (is_pending(d)) return false;
  bool is = push_registered(d->L);
  lua_pop(d->L, 1);
  return is;
}

static bool get_definition(Decoder *d) {
  const char *bytes;
  uint64_t size;
  lua_State *L = d->L;
  int top = lua_gettop(L);
  if (!decoder_get_text(d) || !decoder_take(d, sizeof size, &bytes))
    return false;
  memcpy(&size, bytes, sizeof size);
  if (is_defined(d)) {
    if (!skip(d, size)) return false;
  } else {
    get_pending(d);
    size_t left = decoder_left(d);
    if (!fill(d)) return false;
    if (left - decoder_left(d) != size)
      return decoder_fault(d, "a definition has another size");
  }
  lua_settop(L, top);
  return true;
}

static bool get_definitions(Decoder *d) {
  while (decoder_left(d) > 0)
    if (!get_definition(d)) return false;
  return d->undefined == 0 || decoder_fault(d, "it is cut short");
}

/* From here on, what was defined has its name here, too: unless it has got one
** meanwhile. */
static void register_pending(Decoder *d) {
  lua_State *L = d->L;
  int top = lua_gettop(L);
  lua_pushnil(L);
  while (lua_next(L, d->base + DECODER_PENDING)) {
    lua_pushvalue(L, -2);
    bool known = push_registered(L);
    lua_pop(L, 2);
    if (!known) {
      parcel_push_state(L);
      lua_pushvalue(L, -3);
      lua_pushvalue(L, -3);
      parcel_set_registered(L, lua_gettop(L) - 2);
      lua_pop(L, 1);
    }
    lua_pop(L, 1);
  }
  lua_settop(L, top);
}

static bool read(Decoder *d, uint64_t *count) {
  if (!decoder_get_values(d, count) || !get_definitions(d)) return false;
  set_metatables(d);
  if (d->pending) register_pending(d);
  return true;
}

int parcel_read(lua_State *L, ParcelSource *source) {
  uint64_t count;
  message_need_stack(L, DECODER_SLOTS + SLOTS);
  Decoder d = {
      .L = L, .source = source, .base = lua_gettop(L) + 1, .trusted = true};
  d.room = decoder_left(&d);
  lua_settop(L, d.base + DECODER_SLOTS - 1);
  if (read(&d, &count)) {
    lua_rotate(L, d.base, -DECODER_SLOTS);
    lua_pop(L, DECODER_SLOTS);
    return (int)count;
  }
  if (d.fault) lua_pushfstring(L, "not a parcel: %s", d.fault);
  lua_replace(L, d.base);
  lua_settop(L, d.base);
  return -1;
}
