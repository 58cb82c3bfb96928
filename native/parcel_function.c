/* Lua functions in parcels. */
#include <lauxlib.h>
#include <string.h>

#include "message_format.h"
#include "parcel_decoder.h"
#include "parcel_encoder.h"

/* Upvalues are known by their function's number and their own. */
enum { UPVALUE_BITS = 8 };

static int add_code(lua_State *L, const void *bytes, size_t size, void *out) {
  (void)L;
  put_bytes(out, bytes, size);
  return 0;
}

bool parcel_put_function(lua_State *L, Encoder *e) {
  uint64_t size = 0;
  if (!lua_isfunction(L, -1) || lua_iscfunction(L, -1)) return false;
  put_byte(&e->out, FUNCTION);
  size_t hole = e->out.used;
  put_bytes(&e->out, &size, sizeof size);
  lua_dump(L, add_code, &e->out, 0);
  size = e->out.used - hole - sizeof size;
  memcpy(e->out.bytes + hole, &size, sizeof size);
  encoder_add(L, e, NO_HINT);
  return true;
}

/* Writes which upvalue it is if it has been met in another function. */
static bool put_shared(lua_State *L, Encoder *e, void *id, int i) {
  int numbers = e->base + ENCODER_NUMBERS;
  lua_rawgetp(L, numbers, id);
  lua_Integer met = lua_tointeger(L, -1);
  lua_pop(L, 1);
  if (met == 0) {
    lua_pushinteger(L, e->holder << UPVALUE_BITS | i);
    lua_rawsetp(L, numbers, id);
    return false;
  }
  put_byte(&e->out, UPVALUE);
  put_count(&e->out, (uint64_t)(met >> UPVALUE_BITS));
  put_count(&e->out, (uint64_t)(met & ((1 << UPVALUE_BITS) - 1)));
  return true;
}

/* Whether the value on the top is an environment that is nothing but a way to
** others, computed, as test frameworks give to the files they run: an empty
** table of which __index is a function. All that framework would go along. */
static bool is_proxy(lua_State *L, const char *name) {
  if (strcmp(name, "_ENV") != 0 || !lua_istable(L, -1)) return false;
  if (luaL_getmetafield(L, -1, "__index") == LUA_TNIL) return false;
  bool computed = lua_isfunction(L, -1);
  lua_pop(L, 1);
  lua_pushnil(L);
  bool empty = !lua_next(L, -2);
  if (!empty) lua_pop(L, 2);
  return computed && empty;
}

static bool put_upvalue(lua_State *L, Encoder *e, const char *name) {
  if (!is_proxy(L, name)) return encoder_put(L, e);
  put_byte(&e->out, GLOBALS);
  return true;
}

bool parcel_put_upvalues(lua_State *L, Encoder *e) {
  const char *name;
  int function = lua_gettop(L);
  encoder_list(L, e);
  e->parcel->upvalues = true;
  for (int i = 1; (name = lua_getupvalue(L, function, i)) != NULL; i++) {
    bool shared = put_shared(L, e, lua_upvalueid(L, function, i), i);
    if (!shared && !put_upvalue(L, e, name)) {
      lua_pushstring(L, name);
      lua_insert(L, -2);
      return false;
    }
    lua_pop(L, 1);
  }
  return true;
}

const char *parcel_next_block(lua_State *L, void *blocks, size_t *size) {
  Blocks *b = blocks;
  ParcelSource *source = b->d->source;
  (void)L;
  *size = 0;
  if (b->left == 0) return NULL;
  if (decoder_here(b->d) == 0 && !decoder_more(b->d, 1)) return NULL;
  const char *bytes = source->at;
  *size = decoder_here(b->d);
  if (*size > b->left) *size = b->left;
  source->at += *size;
  b->left -= *size;
  return bytes;
}

bool parcel_get_function(Decoder *d) {
  uint64_t size;
  size_t block;
  const char *bytes;
  if (!decoder_take(d, sizeof size, &bytes)) return false;
  memcpy(&size, bytes, sizeof size);
  Blocks blocks = {d, size};
  int status = lua_load(d->L, parcel_next_block, &blocks, "=parcel", "b");
  if (status == LUA_ERRMEM) lua_error(d->L);
  if (status != LUA_OK)
    return decoder_fault(d,
                         d->fault ? d->fault : "a function cannot be loaded");
  while (parcel_next_block(d->L, &blocks, &block)) continue;
  decoder_add(d);
  return d->fault == NULL;
}

/* Makes upvalue i of the function on the top one that is named next. */
static bool get_shared(Decoder *d, int i) {
  lua_State *L = d->L;
  uint64_t number, other;
  d->source->at++;
  if (!decoder_take_count(d, &number) || !decoder_take_count(d, &other))
    return false;
  if (number == 0 || number > (uint64_t)d->met || other >> UPVALUE_BITS)
    return decoder_fault(d, "it refers to an upvalue that it lacks");
  int function = lua_gettop(L);
  decoder_push(d, (lua_Integer)number);
  bool known = lua_isfunction(L, -1) && !lua_iscfunction(L, -1) &&
               lua_getupvalue(L, function, i) &&
               lua_getupvalue(L, function + 1, (int)other);
  if (!known) return decoder_fault(d, "it refers to an upvalue that it lacks");
  lua_upvaluejoin(L, function, i, function + 1, (int)other);
  lua_settop(L, function);
  return true;
}

bool parcel_get_upvalues(Decoder *d) {
  int tag;
  bool may = lua_isfunction(d->L, -1) && !lua_iscfunction(d->L, -1);
  for (int i = 1; decoder_peek(d, &tag); i++) {
    if (tag == END) return true;
    if (!may) return decoder_fault(d, "it has upvalues for no function");
    if (tag == UPVALUE) {
      if (!get_shared(d, i)) return false;
    } else {
      if (!decoder_get(d)) return false;
      if (!lua_setupvalue(d->L, -2, i))
        return decoder_fault(d, "a function has fewer upvalues");
    }
  }
  return false;
}
