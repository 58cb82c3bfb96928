/* What the files of a worker share. */
#ifndef PERILUNE_POOL_WORKING_LUA_H
#define PERILUNE_POOL_WORKING_LUA_H

#include <lua.h>
#include <time.h>

#include "native/parcel.h"
#include "native/pool/channel.h"
#include "native/pool/frame.h"
#include "native/pool/frames_lua.h"
#include "native/pool/worker_lua.h"

enum { FOREVER = -1 };

/* Stack indices of the state's main thread: what worker_prepare leaves. */
enum { FUNCTIONS = 1, SHEET, HANDLER, RUN_TASK, RUN_CALL, DEFINE, REPORT };

typedef struct Worker {
  Channel channel;
  const WorkerOptions *options;
  ChannelState *state;
  timer_t timer;
  Frame frame;    /* the header of the one under way */
  bool let_go;    /* that frame is not in the ring any more */
  bool starved;   /* its function was lost, for want of memory */
  uint64_t now;   /* when what was done last ended, or the wait for this */
  uint64_t woken; /* when the owner last heard of results */
  WorkerSpan span;
  uint32_t span_job;
  uint64_t span_index;
  uint64_t span_start;
  double span_cpu;
} Worker;

/* Sending (sending_lua.c). Where the owner is gone they end the process. */

/* The owner hears of results when the worker has run out of tasks, when they
** pile up, and once in a millisecond. */
void worker_tell(Worker *w);
void worker_tell_in_time(Worker *w);

/* Room for a frame of up to `size` bytes. */
char *worker_await_room(Worker *w, size_t size);
void worker_send(Worker *w, const Frame *header, const Parcel *parcel);

/* The timeline: tasks that follow each other share a span for a millisecond. */
void worker_begin_span(Worker *w);
void worker_extend_span(Worker *w);
void worker_end_span(Worker *w);

/* Calling (calling_lua.c). */

/* Pushes what FUNCTIONS.. say: made in the template, nothing in it may differ
** from worker to worker. */
void worker_prepare(lua_State *L, Worker *w);

/* Has a protected function deal with the frame under way: RUN_TASK, RUN_CALL or
** DEFINE. False: it has failed, and the owner was told. */
bool worker_serve(lua_State *L, Worker *w, int function);

#endif
