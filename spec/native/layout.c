/* Reads tables, arguments and upvalues in place and through the API, and
** compares; and long strings through Lua's loader. Fails where that could not
** be done: this Lua is then another. */
#include "native/array.h"

#include <lauxlib.h>
#include <lualib.h>
#include <stdio.h>
#include <stdlib.h>

#include "native/frame.h"
#include "native/parcel.h"
#include "native/parcel_state.h"
#include "native/parcel_sum.h"

static const char *const tables[] = {
    "return {1, -2, 3.0, 0.5, 'short', {}, 1e300}",
    "local t = {} for i = 1, 1000 do t[i] = i end return t",
    "local t = {} for i = 1, 1000 do t[i] = 's' .. i end return t",
    "local t = {1, 2, 3, 4} t[4] = nil t[3] = nil assert(#t == 2) return t",
    "local t = table.pack(table.unpack({}, 1, 50)) t[1] = 7 return t",
    "local t = {('x'):rep(100), true, print, io.stdout, 0/0} return t",
    "local t = {1, 2, 3} t[4] = 4 t[5] = 5 table.remove(t) return t",
    "return {}",
};

static void fail(const char *code, size_t i, const char *what) {
  fprintf(stderr, "layout: item %zu of %s: %s\n", i + 1, code, what);
  exit(1);
}

static const char calls[] =
    "local probe = ...\n"
    "probe() probe(nil) probe(1, 'a', {}, 0.5)\n"
    "probe(probe(7, 8), probe(table.unpack({}, 1, 100)))\n"
    "coroutine.wrap(function(...) probe(...) coroutine.yield() probe() "
    "end)(1)\n"
    "assert(pcall(probe, 1, 2, 3) and select('#', probe(9)) == 1)\n"
    "local t = setmetatable({}, {__index = probe, __add = probe, __call = "
    "probe})\n"
    "local _ = t.x, t + 1, t(1, 2)\n"
    "table.sort({3, 1, 2}, function(a, b) probe(a, b) return a < b end)\n"
    "for _ in probe, 1, 2 do break end\n"
    "local function deep(n) if n > 0 then deep(n - 1) end probe(n) end\n"
    "deep(1000)\n";

/* Fails unless the item in place is the value at 'index'; counts it. */
static size_t same(lua_State *L, const char *code, size_t i,
                   const ArrayItem *item, int index) {
  Key here, there;
  ValueStatus status = value_key(L, index, &there);
  bool known = array_key(item, &here);
  if (known && status != VALUE_KEY) fail(code, i, "has no key");
  if (known && (here.tag != there.tag || here.payload != there.payload))
    fail(code, i, "has another key");
  return known;
}

/* Returns how many items of the table on top were read in place. */
static size_t compare(lua_State *L, const char *code) {
  Array array = array_of(L, -1);
  size_t read = 0;
  for (size_t i = 0; i < array.length; i++) {
    lua_rawgeti(L, -1, (lua_Integer)i + 1);
    read += same(L, code, i, &array.items[i], -1);
    lua_pop(L, 1);
  }
  return read;
}

static size_t arguments_read;

static int probe(lua_State *L) {
  int n = lua_gettop(L);
  const ArrayItem *items = frame_arguments(L, n);
  if (!items) fail("probe", 0, "no arguments");
  if (frame_arguments(L, n + 1) || (n > 0 && frame_arguments(L, n - 1)))
    fail("probe", 0, "another number of arguments");
  const ArrayItem *upvalue = frame_upvalue(items, 2);
  if (upvalue->payload != (uint64_t)(uintptr_t)&arguments_read)
    fail("probe", 0, "another upvalue");
  for (int i = 0; i < n; i++)
    arguments_read += same(L, "probe", (size_t)i, &items[i], i + 1);
  lua_pushnil(L);
  return 1;
}

static void call_probe(lua_State *L) {
  if (luaL_loadstring(L, calls)) fail("calls", 0, lua_tostring(L, -1));
  lua_pushnil(L);
  lua_pushlightuserdata(L, &arguments_read);
  lua_pushcclosure(L, probe, 2);
  if (lua_pcall(L, 1, 0, 0)) fail("calls", 0, lua_tostring(L, -1));
}

static bool next_byte(ParcelSource *source, size_t need) {
  source->end += need;
  source->rest -= need;
  return true;
}

/* Reads a string of 100,000 bytes, which come one by one. */
static void read_long(lua_State *L) {
  Parcel out;
  parcel_sheet(L);
  lua_getglobal(L, "string");
  lua_getfield(L, -1, "rep");
  lua_pushliteral(L, "0123456789");
  lua_pushinteger(L, 10000);
  lua_call(L, 2, 1);
  int string = lua_gettop(L);
  if (!parcel_write(L, 2, string, 1, "argument", &out) || out.count != 3)
    fail("a long string", 0, "was not written");
  luaL_Buffer buffer;
  luaL_buffinit(L, &buffer);
  for (int i = 0; i < out.count; i++)
    luaL_addlstring(&buffer, out.pieces[i].bytes, out.pieces[i].size);
  luaL_pushresult(&buffer);
  const char *bytes = lua_tostring(L, -1);
  ParcelSource source = {bytes, bytes, out.size, next_byte, NULL};
  if (parcel_read(L, &source) != 1 || !lua_rawequal(L, -1, string))
    fail("a long string", 0, "came out otherwise");
  lua_settop(L, 1);
}

/* Long strings in both ways, and sums. */
static void try_parcels(lua_State *L) {
  parcel_open(L);
  StringTemplate *template = &parcel_push_state(L)->string;
  lua_pop(L, 1);
  if (!template->works) fail("a long string", 0, "is not made by the loader");
  read_long(L);
  template->works = false;
  read_long(L);
  if (!parcel_sums_in_place()) fail("modules", 0, "are not summed in place");
}

int main(void) {
  size_t read = 0;
  lua_State *L = luaL_newstate();
  luaL_openlibs(L);
  lua_pushliteral(L, "something below");
  array_open(L);
  frame_open(L);
  if (lua_gettop(L) != 1) fail("opening", 0, "left on the stack");
  for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
    if (luaL_dostring(L, tables[i])) fail(tables[i], 0, lua_tostring(L, -1));
    read += compare(L, tables[i]);
    lua_settop(L, 1);
  }
  call_probe(L);
  try_parcels(L);
  lua_close(L);
  printf("%zu items and %zu arguments read in place\n", read, arguments_read);
  return read > 2000 && arguments_read > 1000 ? 0 : 1;
}
