#include "host/tracker/export.h"

#include <lauxlib.h>

#include "host/heap.h"
#include "host/profiler/names.h"

/* The fields of a tally, in its order. */
static const char *const fields[] = {"bytes",       "blocks",
                                     "total_bytes", "total_blocks",
                                     "peak_bytes",  "peak_blocks"};
enum { FIELDS = sizeof fields / sizeof *fields };

static uint64_t field_of(const Tally *tally, int field) {
  const uint64_t values[FIELDS] = {tally->bytes,       tally->blocks,
                                   tally->total_bytes, tally->total_blocks,
                                   tally->peak_bytes,  tally->peak_blocks};
  return values[field];
}

static void add(Tally *sum, const Tally *tally) {
  sum->bytes += tally->bytes;
  sum->blocks += tally->blocks;
  sum->total_bytes += tally->total_bytes;
  sum->total_blocks += tally->total_blocks;
  sum->peak_bytes += tally->peak_bytes;
  sum->peak_blocks += tally->peak_blocks;
}

static Tally tally_of_place(const Place *place) {
  Tally sum = {0};
  for (int type = 0; type < BLOCK_TYPES; type++)
    add(&sum, &place->tallies[type]);
  return sum;
}

static Tally tally_of_type(const Places *places, BlockType type) {
  Tally sum = {0};
  for (uint32_t i = 0; i < places->count; i++)
    add(&sum, &places->items[i].tallies[type]);
  return sum;
}

static void set_count(lua_State *L, const char *name, uint64_t value) {
  lua_pushinteger(L, (lua_Integer)value);
  lua_setfield(L, -2, name);
}

static void set_number(lua_State *L, const char *name, double value) {
  lua_pushnumber(L, value);
  lua_setfield(L, -2, name);
}

static void set_string(lua_State *L, const char *name, const char *value) {
  lua_pushstring(L, value);
  lua_setfield(L, -2, name);
}

const char *export_mode(const Tracker *tracker) {
  return tracker->interval > 0 ? "sampled" : "exact";
}

static void push_tally(lua_State *L, const Tally *tally) {
  lua_createtable(L, 0, FIELDS);
  for (int i = 0; i < FIELDS; i++) set_count(L, fields[i], field_of(tally, i));
}

/* Prototypes are functions, for Lua. */
static void push_types(lua_State *L, const Places *places) {
  static const char *const names[BLOCK_TYPES] = {
      "other", "table", "string", "function", NULL, "userdata", "thread"};
  lua_createtable(L, 0, BLOCK_TYPES);
  for (int type = 0; type < BLOCK_TYPES; type++) {
    Tally tally = tally_of_type(places, (BlockType)type);
    if (type == BLOCK_PROTOTYPE) continue;
    if (type == BLOCK_FUNCTION) {
      Tally prototypes = tally_of_type(places, BLOCK_PROTOTYPE);
      add(&tally, &prototypes);
    }
    push_tally(L, &tally);
    lua_setfield(L, -2, names[type]);
  }
}

static void push_function(lua_State *L, const Functions *functions,
                          const Function *function) {
  static const char *const kinds[] = {"none", "main", "Lua", "C", "zone"};
  lua_createtable(L, 0, 5);
  if (function->name) set_string(L, "name", function->name);
  set_string(L, "source",
             function->source ? functions->sources[function->source - 1].text
                              : "=?");
  lua_pushinteger(L, function->line);
  lua_setfield(L, -2, "line");
  lua_pushinteger(L, function->last);
  lua_setfield(L, -2, "last");
  set_string(L, "kind", kinds[function->kind]);
}

static void push_functions(lua_State *L, const Functions *functions) {
  lua_createtable(L, (int)functions->count, 0);
  for (uint32_t i = 0; i < functions->count; i++) {
    push_function(L, functions, &functions->items[i]);
    lua_rawseti(L, -2, (int)i + 1);
  }
}

static void set_item(lua_State *L, int list, uint32_t i, int64_t value) {
  lua_pushinteger(L, (lua_Integer)value);
  lua_rawseti(L, list, (lua_Integer)i + 1);
}

/* Pushes the lists of places; `places` is the index of their table. */
static void fill_places(lua_State *L, const Places *places) {
  int lists = lua_gettop(L) + 1;
  for (int i = 0; i < FIELDS + 3; i++)
    lua_createtable(L, (int)places->count, 0);
  for (uint32_t i = 0; i < places->count; i++) {
    const Place *place = &places->items[i];
    Tally tally = tally_of_place(place);
    for (int field = 0; field < FIELDS; field++)
      set_item(L, lists + field, i, (int64_t)field_of(&tally, field));
    set_item(L, lists + FIELDS, i, place->line);
    set_item(L, lists + FIELDS + 1, i, (int64_t)place->function + 1);
    set_item(L, lists + FIELDS + 2, i,
             place->parent ? (int64_t)place->parent + 1 : 0);
  }
}

static void push_places(lua_State *L, const Places *places) {
  static const char *const more[] = {"line", "function", "parent"};
  luaL_checkstack(L, FIELDS + 8, NULL);
  lua_createtable(L, 0, FIELDS + 3);
  int table = lua_gettop(L);
  fill_places(L, places);
  for (int i = FIELDS + 2; i >= 0; i--)
    lua_setfield(L, table, i < FIELDS ? fields[i] : more[i - FIELDS]);
}

/* Bytes that the tracker takes for itself. */
static size_t cost_of(const Tracker *tracker) {
  return sizeof *tracker + tracker->blocks.capacity * sizeof(uint64_t) +
         tracker->places.capacity * sizeof(Place) +
         PLACES_KEYS * sizeof(PlaceKey);
}

static void set_scalars(lua_State *L, const Tracker *tracker, size_t used,
                        double time) {
  set_string(L, "mode", export_mode(tracker));
  if (tracker->interval > 0) set_number(L, "interval", tracker->interval);
  set_count(L, "frames", tracker->places.frames);
  set_count(L, "used", used);
  set_count(L, "base", tracker->base);
  set_count(L, "peak_used", tracker->peak);
  set_count(L, "cost", cost_of(tracker));
  set_number(L, "time", time);
}

static void set_lost(lua_State *L, const Tracker *tracker) {
  lua_createtable(L, 0, 2);
  set_count(L, "blocks", tracker->lost_blocks);
  set_count(L, "bytes", tracker->lost_bytes);
  lua_setfield(L, -2, "lost");
}

int export_snapshot(lua_State *L) {
  const Heap *heap = lua_touserdata(L, 1);
  Tracker *tracker = heap->tracker;
  const Places *places = &tracker->places;
  size_t used = heap->used;
  names_resolve(L, &tracker->places.functions);
  if (used > tracker->peak) tracker_keep_peak(tracker, used);
  lua_createtable(L, 0, 16);
  set_scalars(L, tracker, used, timeline_time(&tracker->timeline));
  set_count(L, "peak", heap->peak);
  set_lost(L, tracker);
  push_types(L, places);
  lua_setfield(L, -2, "types");
  push_functions(L, &places->functions);
  lua_setfield(L, -2, "functions");
  push_places(L, places);
  lua_setfield(L, -2, "places");
  return 1;
}

static void push_point(lua_State *L, const TimelinePoint *point) {
  lua_createtable(L, 0, 3);
  set_number(L, "time", point->time);
  set_count(L, "bytes", point->bytes);
  lua_pushboolean(L, point->cycles > 0);
  lua_setfield(L, -2, "cycle");
}

int export_timeline(lua_State *L) {
  const Heap *heap = lua_touserdata(L, 1);
  Timeline *timeline = &heap->tracker->timeline;
  timeline_note(timeline, heap->used);
  uint32_t count = timeline->count;
  timeline->left = UINT32_MAX; /* no point comes while they are copied */
  lua_createtable(L, 0, 2);
  set_count(L, "cycles", timeline->all_cycles);
  lua_createtable(L, (int)count, 0);
  for (uint32_t i = 0; i < count; i++) {
    push_point(L, &timeline->points[i]);
    lua_rawseti(L, -2, (int)i + 1);
  }
  lua_setfield(L, -2, "points");
  timeline->left = timeline->step;
  return 1;
}
