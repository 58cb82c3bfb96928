#include "host/profiler/functions.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Chunks that are no files, and zones, are told apart up to a number, then
** counted as one: a program may have any number of them. */
enum {
  MOST_CHUNKS = 512,
  MOST_ZONES = 512,
  LONGEST_NAME = 200,
  LONGEST_METHOD = 48,
  COMPARED = 256
};

static const char many_chunks[] = "=(more loaded chunks)";
static const char many_zones[] = "(more zones)";

static bool reserve(void **items, uint32_t *capacity, uint32_t count,
                    size_t size) {
  if (count < *capacity) return true;
  uint32_t larger = *capacity ? *capacity * 2 : 64;
  void *moved = realloc(*items, larger * size);
  if (!moved) return false;
  *items = moved;
  *capacity = larger;
  return true;
}

/* Sources are what lua_Debug calls so; of a long string its beginning and its
** length tell (FNV-1a). */
static uint64_t hash_source(const char *text, size_t length) {
  uint64_t hash = UINT64_C(14695981039346656037) ^ length;
  size_t compared = length < COMPARED ? length : COMPARED;
  for (size_t i = 0; i < compared; i++)
    hash = (hash ^ (unsigned char)text[i]) * UINT64_C(1099511628211);
  return hash;
}

/* Of functions on one line, which often return or pass on one another, few have
** as many parameters and upvalues. */
static int shape_of(const lua_Debug *ar) {
  return ar->nups << 9 | ar->nparams << 1 | (ar->isvararg != 0);
}

uint64_t functions_hash(const lua_Debug *ar) {
  uint64_t hash = hash_source(ar->source, ar->srclen) +
                  (uint64_t)(uint32_t)shape_of(ar);
  hash ^= (uint64_t)(uint32_t)ar->linedefined << 32 |
          (uint32_t)ar->lastlinedefined;
  return (hash * UINT64_C(0x9e3779b97f4a7c15)) | 1;
}

/* Its number above 0, or 0. */
static uint32_t find_source(const Functions *functions, uint64_t hash) {
  uint32_t position = (uint32_t)hash, number;
  while (
      (number = index_next(&functions->by_source, (uint32_t)hash, &position)))
    if (functions->sources[number - 1].hash == hash) return number;
  return 0;
}

/* What is shown of a chunk that was loaded from a string. */
static char *copy_source(const char *text, const char *shown) {
  if (text[0] == '@' || text[0] == '=') return strndup(text, 1000);
  size_t size = strlen(shown) + 2;
  char *copy = malloc(size);
  if (copy) {
    copy[0] = '=';
    memcpy(copy + 1, shown, size - 1);
  }
  return copy;
}

static uint32_t add_source(Functions *functions, uint64_t hash,
                           const char *text, const char *shown) {
  if (!reserve((void **)&functions->sources, &functions->source_capacity,
               functions->source_count, sizeof *functions->sources))
    return 0;
  char *copy = copy_source(text, shown);
  if (!copy) return 0;
  if (!index_add(&functions->by_source, (uint32_t)hash,
                 functions->source_count + 1)) {
    free(copy);
    return 0;
  }
  functions->sources[functions->source_count] = (Source){copy, hash};
  return ++functions->source_count;
}

/* 0 when memory runs out, else a number above it. */
static uint32_t source_number(Functions *functions, const char *text,
                              size_t length, const char *shown) {
  uint64_t hash = hash_source(text, length);
  uint32_t number = find_source(functions, hash);
  return number ? number : add_source(functions, hash, text, shown);
}

static uint32_t identity_hash(const Function *f) {
  if (f->kind == FUNCTION_C)
    return index_hash((uint64_t)(uintptr_t)f->address, FUNCTION_C);
  return index_hash((uint64_t)f->source << 32 | (uint32_t)f->line,
                    (uint64_t)(uint32_t)f->last << 32 |
                        (unsigned)f->shape << 8 | (unsigned)f->kind);
}

static bool is_same(const Function *a, const Function *b) {
  return a->kind == b->kind && a->address == b->address &&
         a->source == b->source && a->line == b->line && a->last == b->last &&
         a->shape == b->shape;
}

static uint32_t find(const Functions *functions, const Function *wanted) {
  uint32_t hash = identity_hash(wanted), position = hash, number;
  while ((number = index_next(&functions->by_identity, hash, &position)))
    if (is_same(&functions->items[number], wanted)) return number;
  return FUNCTION_IS_ROOT;
}

static uint32_t add(Functions *functions, const Function *item,
                    const char *name) {
  if (!reserve((void **)&functions->items, &functions->capacity,
               functions->count, sizeof *functions->items))
    return FUNCTION_IS_ROOT;
  if (!index_add(&functions->by_identity, identity_hash(item),
                 functions->count))
    return FUNCTION_IS_ROOT;
  functions->items[functions->count] = *item;
  functions->items[functions->count].name = name ? strndup(name, LONGEST_NAME)
                                                 : NULL;
  return functions->count++;
}

static bool ends_with(const char *text, const char *end) {
  size_t length = strlen(text), tail = strlen(end);
  return length >= tail && strcmp(text + length - tail, end) == 0;
}

bool functions_is_own(const char *source) {
  static const char *const files[] = {"perilune/profiler.lua",
                                      "perilune/auto.lua",
                                      "perilune/profile/session.lua"};
  bool own = false;
  for (size_t i = 0; i < sizeof files / sizeof *files; i++)
    own = own || ends_with(source, files[i]);
  return own && source[0] == '@';
}

static bool is_chunk(const lua_Debug *ar) { return ar->source[0] != '@'; }

static void name_chunks(Functions *functions, Function *item) {
  item->source = source_number(functions, many_chunks, sizeof many_chunks - 1,
                               many_chunks);
  item->line = item->last = item->shape = 0;
}

/* Describes the function of `ar`, filled with "Su". */
static Function describe(Functions *functions, const lua_Debug *ar) {
  Function item = {.line = ar->linedefined,
                   .last = ar->lastlinedefined,
                   .shape = shape_of(ar)};
  item.kind = ar->what[0] == 'm' ? FUNCTION_MAIN : FUNCTION_LUA;
  item.own = functions_is_own(ar->source);
  if (is_chunk(ar) && functions->chunks >= MOST_CHUNKS &&
      !find_source(functions, hash_source(ar->source, ar->srclen)))
    name_chunks(functions, &item);
  else
    item.source = source_number(functions, ar->source, ar->srclen,
                                ar->short_src);
  return item;
}

static const char *name_of_call(lua_State *L, lua_Debug *ar, char *buffer) {
  lua_getinfo(L, "n", ar);
  if (!ar->name) return NULL;
  if (strcmp(ar->namewhat, "metamethod") != 0) return ar->name;
  snprintf(buffer, LONGEST_METHOD, "__%s", ar->name);
  return buffer;
}

static uint32_t add_call(Functions *functions, lua_State *L, lua_Debug *ar,
                         const Function *item) {
  char buffer[LONGEST_METHOD];
  return add(functions, item,
             item->kind == FUNCTION_MAIN ? "main chunk"
                                         : name_of_call(L, ar, buffer));
}

/* The function's number by what it is, not by where it lies. */
static uint32_t identify(Functions *functions, lua_State *L, lua_Debug *ar,
                         const void *key) {
  lua_getinfo(L, "Su", ar);
  Function item;
  if (ar->what[0] == 'C') {
    item = (Function){
        .address = key, .line = -1, .last = -1, .kind = FUNCTION_C};
  } else {
    uint32_t known = functions->source_count;
    item = describe(functions, ar);
    if (functions->source_count > known && is_chunk(ar)) functions->chunks++;
  }
  uint32_t number = find(functions, &item);
  return number ? number : add_call(functions, L, ar, &item);
}

static uint32_t hash_key(const void *key) {
  return index_hash((uint64_t)(uintptr_t)key, 0);
}

static KnownKey *find_key(const Functions *functions, const void *address) {
  uint32_t hash = hash_key(address), position = hash, i;
  while ((i = index_next(&functions->by_key, hash, &position)))
    if (functions->keys[i - 1].key.address == address)
      return &functions->keys[i - 1];
  return NULL;
}

static void remember(Functions *functions, CallKey key, uint32_t number) {
  enum { MOST_KEYS = 1 << 16 };
  if (functions->key_count == MOST_KEYS) {
    functions->key_count = 0;
    index_clear(&functions->by_key);
  }
  if (!reserve((void **)&functions->keys, &functions->key_capacity,
               functions->key_count, sizeof *functions->keys))
    return;
  functions->keys[functions->key_count] = (KnownKey){key, number};
  if (index_add(&functions->by_key, hash_key(key.address),
                functions->key_count + 1))
    functions->key_count++;
}

/* A function that was first called without a name may have one in this call. */
static uint32_t named(Functions *functions, uint32_t number, lua_State *L,
                      lua_Debug *ar) {
  Function *item = &functions->items[number];
  char buffer[LONGEST_METHOD];
  if (item->name) return number;
  const char *name = name_of_call(L, ar, buffer);
  if (name) item->name = strndup(name, LONGEST_NAME);
  return number;
}

uint32_t functions_of_call(Functions *functions, lua_State *L, lua_Debug *ar,
                           CallKey key) {
  KnownKey *known = find_key(functions, key.address);
  if (known && known->key.age == key.age)
    return named(functions, known->function, L, ar);
  uint32_t number = identify(functions, L, ar, key.address);
  if (known)
    *known = (KnownKey){key, number};
  else if (number != FUNCTION_IS_ROOT)
    remember(functions, key, number);
  return named(functions, number, L, ar);
}

static void name_zone(char text[static LONGEST_NAME + 8], const char *name) {
  snprintf(text, LONGEST_NAME + 8, "=(zone) %.*s", LONGEST_NAME - 1, name);
}

static bool has_zone(const Functions *functions, const char *name) {
  char text[LONGEST_NAME + 8];
  name_zone(text, name);
  return find_source(functions, hash_source(text, strlen(text))) != 0;
}

uint32_t functions_of_zone(Functions *functions, const char *name) {
  Function item = {.line = -1, .last = -1, .kind = FUNCTION_ZONE};
  char text[LONGEST_NAME + 8];
  if (functions->zones >= MOST_ZONES && !has_zone(functions, name))
    name = many_zones;
  name_zone(text, name);
  item.source = source_number(functions, text, strlen(text), text);
  uint32_t number = find(functions, &item);
  if (number) return number;
  functions->zones++;
  return add(functions, &item, name);
}

uint32_t functions_of_address(const Functions *functions, const void *address) {
  const Function item = {
      .address = address, .line = -1, .last = -1, .kind = FUNCTION_C};
  return find(functions, &item);
}

uint32_t functions_of_definition(const Functions *functions,
                                 const lua_Debug *ar) {
  Function item = {.line = ar->linedefined,
                   .last = ar->lastlinedefined,
                   .shape = shape_of(ar),
                   .kind = FUNCTION_LUA};
  item.source = find_source(functions, hash_source(ar->source, ar->srclen));
  return item.source ? find(functions, &item) : FUNCTION_IS_ROOT;
}

bool functions_rename(Functions *functions, uint32_t number, const char *name) {
  char *copy = strndup(name, LONGEST_NAME);
  if (!copy) return false;
  free(functions->items[number].name);
  functions->items[number].name = copy;
  functions->items[number].resolved = true;
  return true;
}

bool functions_open(Functions *functions) {
  static const char root[] = "=(root)";
  Function item = {.line = -1, .last = -1, .kind = FUNCTION_ROOT};
  item.source = source_number(functions, root, sizeof root - 1, root);
  add(functions, &item, "(program)");
  return functions->count == 1;
}

void functions_close(Functions *functions) {
  for (uint32_t i = 0; i < functions->count; i++)
    free(functions->items[i].name);
  for (uint32_t i = 0; i < functions->source_count; i++)
    free(functions->sources[i].text);
  free(functions->items);
  free(functions->sources);
  free(functions->keys);
  index_free(&functions->by_identity);
  index_free(&functions->by_source);
  index_free(&functions->by_key);
  *functions = (Functions){0};
}
