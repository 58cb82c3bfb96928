#include "host/tracker/places.h"

#include <stdlib.h>
#include <string.h>

static bool reserve(Places *places) {
  if (places->count < places->capacity) return true;
  uint32_t larger = places->capacity ? places->capacity * 2 : 64;
  Place *items = realloc(places->items, larger * sizeof *items);
  if (!items) return false;
  places->items = items;
  places->capacity = larger;
  return true;
}

static uint32_t hash_place(uint32_t parent, uint32_t function, int line) {
  return index_hash((uint64_t)parent << 32 | function, (uint32_t)line);
}

static bool begins(const char *text, const char *beginning) {
  return strncmp(text, beginning, strlen(beginning)) == 0;
}

/* What reads the tracker's figures: perilune.heap, what it requires, and what
** asks a pool's workers for theirs. */
static bool is_own(const Places *places, uint32_t function) {
  static const char *const files[] = {"heap.lua", "heap/", "profile/",
                                      "recording.lua",
                                      "native/pool/reports.lua"};
  const Functions *functions = &places->functions;
  bool own = false;
  uint32_t source = functions->items[function].source;
  if (!source) return false;
  const char *text = functions->sources[source - 1].text;
  if (!places->own[0] || !begins(text, places->own)) return false;
  text += strlen(places->own);
  for (size_t i = 0; i < sizeof files / sizeof *files; i++)
    own = own || begins(text, files[i]);
  return own;
}

static uint32_t add(Places *places, uint32_t parent, uint32_t function,
                    int line) {
  uint32_t number = places->count;
  if (number == PLACES_MOST || !reserve(places) ||
      !index_add(&places->by_identity, hash_place(parent, function, line),
                 number + 1))
    return PLACE_MORE;
  Place *place = &places->items[places->count++];
  *place = (Place){.parent = parent, .function = function, .line = line};
  place->own = is_own(places, function);
  return number;
}

static uint32_t child(Places *places, uint32_t parent, uint32_t function,
                      int line) {
  uint32_t hash = hash_place(parent, function, line);
  uint32_t position = hash, found;
  while ((found = index_next(&places->by_identity, hash, &position))) {
    const Place *place = &places->items[found - 1];
    if (place->parent == parent && place->function == function &&
        place->line == line)
      return found - 1;
  }
  return add(places, parent, function, line);
}

/* Whether the end of a prototype will be seen. Where it will not, because
** memory has run out, a key is of no use after its own allocation. */
static void watch(Places *places, const LuaPrototype *prototype) {
  if (blocks_find(places->blocks, prototype) == BLOCKS_NONE &&
      !blocks_add(places->blocks, prototype, SITE_WATCHED))
    places_forget_keys(places);
}

static uint32_t place_call(Places *places, lua_State *L, const CallInfo *info,
                           uint32_t parent) {
  lua_Debug ar;
  ar.i_ci = (CallInfo *)info;
  watch(places, frames_prototype(info));
  CallKey key = {frames_prototype(info), places->generation};
  uint32_t function = functions_of_call(&places->functions, L, &ar, key);
  lua_getinfo(L, "l", &ar);
  return child(places, parent, function, ar.currentline);
}

/* The outermost first. */
static uint32_t place_stack(Places *places, lua_State *L,
                            const CallInfo *info) {
  const CallInfo *calls[PLACES_FRAMES];
  unsigned count = 0;
  for (; info && count < places->frames; info = frames_lua(info->previous))
    calls[count++] = info;
  uint32_t place = PLACE_NONE;
  while (count > 0) place = place_call(places, L, calls[--count], place);
  return place;
}

/* Stacks that differ have different keys, but for one in 2^64. */
static uint64_t key_of(const Places *places, const CallInfo *info) {
  uint64_t key = (uint64_t)(uintptr_t)frames_pc(info);
  for (unsigned i = 1; i < places->frames; i++) {
    info = frames_lua(info->previous);
    if (!info) break;
    key = (key ^ key >> 29) * UINT64_C(0xbf58476d1ce4e5b9);
    key += (uint64_t)(uintptr_t)frames_pc(info);
  }
  return key;
}

uint32_t places_find(Places *places, lua_State *L, const CallInfo *info) {
  uint64_t key = places->frames == 1 ? (uint64_t)(uintptr_t)frames_pc(info)
                                     : key_of(places, info);
  PlaceKey *known = &places->keys[index_hash(key, 0) % PLACES_KEYS];
  if (known->key == key && known->generation == places->generation)
    return known->place;
  uint32_t generation = places->generation;
  uint32_t place = place_stack(places, L, info);
  *known = (PlaceKey){key, generation, place};
  return place;
}

void places_keep_peak(Places *places) {
  for (uint32_t i = 0; i < places->count; i++) {
    Tally *tally = places->items[i].tallies;
    for (int type = 0; type < BLOCK_TYPES; type++, tally++) {
      tally->peak_bytes = tally->bytes;
      tally->peak_blocks = tally->blocks;
    }
  }
}

/* The folder of perilune.heap, which starts the tracker from heap.lua, or in a
** pool's worker from heap/. */
static void set_own(Places *places, const char *source) {
  static const char room[] = "/heap/";
  const char *slash = strrchr(source, '/');
  size_t length = slash ? (size_t)(slash - source) + 1 : 0;
  size_t end = sizeof room - 1;
  if (length > end && strncmp(source + length - end, room, end) == 0)
    length -= end - 1;
  if (length < sizeof places->own) memcpy(places->own, source, length);
}

bool places_open(Places *places, Blocks *blocks, unsigned frames,
                 const char *own_source) {
  *places = (Places){.generation = 1, .frames = frames, .blocks = blocks};
  places->keys = calloc(PLACES_KEYS, sizeof *places->keys);
  if (!places->keys || !functions_open(&places->functions) || !reserve(places))
    return false;
  set_own(places, own_source);
  memset(places->items, 0, 2 * sizeof *places->items);
  places->count = 2; /* PLACE_NONE, PLACE_MORE */
  return true;
}

void places_close(Places *places) {
  free(places->items);
  free(places->keys);
  index_free(&places->by_identity);
  functions_close(&places->functions);
  *places = (Places){0};
}
