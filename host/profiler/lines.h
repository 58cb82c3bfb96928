/* Counts and times of source lines. */
#ifndef PERILUNE_LINES_H
#define PERILUNE_LINES_H

#include "host/profiler/recorder.h"

struct Line {
  uint32_t function;
  int number;
  uint64_t count;
  uint64_t self, total; /* ticks; total includes what the line calls */
  uint64_t lua_calls, c_calls;
  uint64_t samples, bytes, blocks;
  uint64_t since; /* when it was entered, on the clock without our overhead */
  uint64_t seen;  /* the last sample that had it */
  uint32_t active;
};

/* The hook of the mode `lines`. */
void lines_event(lua_State *L, lua_Debug *ar);

/* The line of a function, made when it is new; NULL when memory runs out. */
Line *lines_find(Recorder *recorder, uint32_t function, int number);
Line *lines_item(const Recorder *recorder, uint32_t number);

/* Room for the lines of frames `before` to `after`. */
bool lines_reserve(Recorder *recorder, uint32_t before, uint32_t after);

/* The time since the last event is that of the line on top. */
void lines_charge(Recorder *recorder, uint64_t stretch);

/* The frame on top, of the call `ar`, goes on in its current line. */
void lines_resume(Recorder *recorder, lua_State *L, lua_Debug *ar);

/* The frames above `frame` are dropped. */
void lines_pop(Recorder *recorder, const Frame *frame);

/* A sample found the frame on top, of the call `ar`, in its current line. */
void lines_sample(Recorder *recorder, lua_State *L, lua_Debug *ar);

void lines_close(Recorder *recorder);

#endif
