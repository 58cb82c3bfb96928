/* Long strings without a copy in between. The API makes a string of bytes that
** stand in a row; but Lua's loader of bytecode makes a long constant first, and
** then reads into it, block by block, what it is given. */
#include <lauxlib.h>
#include <sys/mman.h>

#include "message_format.h"
#include "parcel_decoder.h"
#include "parcel_state.h"

enum {
  LONG = 64 << 10, /* from here up it is not slower than lua_pushlstring */
  SAMPLE = 80,     /* long, and its size one byte in a dump */
  DUMP_SIZE_BYTES = 10,
};

/* Half the time for a large string is page faults, if pages are small. */
static const size_t PAGE = 2 << 20;
static const size_t HUGE = 4 << 20; /* one page is whole */

typedef struct Allocator {
  lua_Alloc allocate;
  void *data;
} Allocator;

static void advise(char *block, size_t size) {
  size_t ahead = (PAGE - (uintptr_t)block % PAGE) % PAGE;
  madvise(block + ahead, (size - ahead) / PAGE * PAGE, MADV_HUGEPAGE);
}

static void *allocate(void *data, void *block, size_t old, size_t size) {
  const Allocator *inner = data;
  void *made = inner->allocate(inner->data, block, old, size);
  if (made && size >= HUGE) advise(made, size);
  return made;
}

/* What lua_load reads: the template, with the string in it. */
typedef struct Dump {
  const StringTemplate *string;
  char size[DUMP_SIZE_BYTES];
  size_t size_bytes;
  int part;
  Blocks blocks;
} Dump;

static const char *next_part(lua_State *L, void *data, size_t *size) {
  Dump *dump = data;
  const StringTemplate *string = dump->string;
  if (dump->part == 2 && dump->blocks.left)
    return parcel_next_block(L, &dump->blocks, size);
  switch (dump->part++) {
  case 0: *size = string->head; return string->bytes;
  case 1: *size = dump->size_bytes; return dump->size;
  case 2: *size = string->tail; return string->bytes + string->head;
  default: return NULL;
  }
}

/* As ldump.c writes sizes: seven bits a byte, the highest first, the last one
** marked. */
static size_t write_size(char *at, size_t size) {
  size_t bytes = 1;
  while (size >> (7 * bytes)) bytes++;
  for (size_t i = bytes; i-- > 0; size >>= 7) at[i] = (char)(size & 0x7f);
  at[bytes - 1] = (char)(at[bytes - 1] | 0x80);
  return bytes;
}

/* Pushes the function that returns the string, or an error. */
static int load(lua_State *L, Dump *dump, size_t size) {
  Allocator inner;
  dump->size_bytes = write_size(dump->size, size + 1);
  inner.allocate = lua_getallocf(L, &inner.data);
  if (size >= HUGE) lua_setallocf(L, allocate, &inner);
  int status = lua_load(L, next_part, dump, "=string", "b");
  if (size >= HUGE) lua_setallocf(L, inner.allocate, inner.data);
  return status;
}

/* With a copy in between. */
static bool get_copied(Decoder *d, size_t size) {
  char *copy = lua_newuserdatauv(d->L, size, 0);
  size_t used = 0;
  size_t block;
  const char *bytes;
  Blocks blocks = {d, size};
  while ((bytes = parcel_next_block(d->L, &blocks, &block)) != NULL) {
    memcpy(copy + used, bytes, block);
    used += block;
  }
  if (d->fault) return false;
  lua_pushlstring(d->L, copy, size);
  lua_remove(d->L, -2);
  return true;
}

static bool get_loaded(Decoder *d, const StringTemplate *string, size_t size) {
  lua_State *L = d->L;
  Dump dump = {.string = string, .blocks = {d, size}};
  int status = load(L, &dump, size);
  if (status == LUA_ERRMEM) lua_error(L);
  if (status != LUA_OK)
    return decoder_fault(d, d->fault ? d->fault : "a string cannot be loaded");
  lua_call(L, 0, 1);
  return true;
}

bool parcel_is_long(const Decoder *d, size_t size) {
  return size >= LONG || (size > PARCEL_NEED && size > decoder_here(d));
}

/* Lua's loader leaves it to others to let the collector work; who takes nothing
** but long strings would never do so. */
static void pay_collector(lua_State *L) {
  lua_pushliteral(L, "");
  lua_pop(L, 1);
}

bool parcel_get_long(Decoder *d, size_t size) {
  lua_State *L = d->L;
  const StringTemplate *string = &parcel_push_state(L)->string;
  bool got = string->works ? get_loaded(d, string, size) : get_copied(d, size);
  if (!got) return false;
  lua_remove(L, -2);
  pay_collector(L);
  return true;
}

typedef struct Dumped {
  size_t used;
  char bytes[sizeof(((StringTemplate *)NULL)->bytes) + SAMPLE];
} Dumped;

static int add_dumped(lua_State *L, const void *bytes, size_t size,
                      void *data) {
  Dumped *dumped = data;
  (void)L;
  if (size > sizeof dumped->bytes - dumped->used) return 1;
  memcpy(dumped->bytes + dumped->used, bytes, size);
  dumped->used += size;
  return 0;
}

/* Finds the sample in a dump, and what is around it. */
static bool split(StringTemplate *string, const Dumped *dumped,
                  const char *sample) {
  const char *end = dumped->bytes + dumped->used;
  const char *at = memmem(dumped->bytes, dumped->used, sample, SAMPLE);
  if (!at || at == dumped->bytes ||
      (unsigned char)at[-1] != (0x80 | (SAMPLE + 1)))
    return false;
  string->head = (size_t)(at - 1 - dumped->bytes);
  string->tail = (size_t)(end - at - SAMPLE);
  if (string->head + string->tail > sizeof string->bytes) return false;
  memcpy(string->bytes, dumped->bytes, string->head);
  memcpy(string->bytes + string->head, at + SAMPLE, string->tail);
  return true;
}

static bool more_of_sample(ParcelSource *source, size_t need) {
  source->end += need;
  source->rest -= need;
  return true;
}

/* Whether the string on the top can be made, of one byte at a time. */
static bool can_make(lua_State *L, const StringTemplate *string) {
  size_t size;
  const char *bytes = lua_tolstring(L, -1, &size);
  ParcelSource source = {
      .at = bytes, .end = bytes, .rest = size, .more = more_of_sample};
  Decoder d = {.L = L, .source = &source};
  Dump dump = {.string = string, .blocks = {&d, size}};
  if (load(L, &dump, size) != LUA_OK) return false;
  return lua_pcall(L, 0, 1, 0) == LUA_OK && lua_rawequal(L, -1, -2);
}

void parcel_open_strings(lua_State *L, StringTemplate *string) {
  char sample[SAMPLE + 1] = "";
  Dumped dumped = {.used = 0};
  int top = lua_gettop(L);
  memset(sample, '.', SAMPLE);
  lua_pushfstring(L, "return '%s'", sample);
  bool dumps = luaL_loadstring(L, lua_tostring(L, -1)) == LUA_OK &&
               lua_dump(L, add_dumped, &dumped, 1) == 0;
  if (dumps && split(string, &dumped, sample)) {
    lua_pushfstring(L, "%s%s%s", sample, sample, sample);
    string->works = can_make(L, string);
  }
  lua_settop(L, top);
}
