#include "host/profiler/sampler.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "host/profiler/lines.h"
#include "host/profiler/stack.h"
#include "host/profiler/tick.h"

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

struct Sampler {
  Sampler *next;
  Recorder *recorder;
  timer_t timer;
  atomic_uint pending;  /* ticks of the timer since the last sample */
  atomic_uint due;      /* how many there are when the hook is armed */
  atomic_uint patience; /* ticks from one arming to the next, at least */
  double period;        /* of the timer, in ticks of tick.h */
  double cost;          /* of the last arming */
  Stamp last;
  uint64_t number; /* of the sample under way */
  uint64_t stretch;
  unsigned ticks;
};

/* Those of this thread; read by the handler. */
static _Thread_local Sampler *_Atomic active;

static struct sigaction previous_action;

/* The process that has the handler: a forked one may have lost it. */
static pid_t installed;
static pthread_mutex_t installing = PTHREAD_MUTEX_INITIALIZER;

static void pass_on(int signal, siginfo_t *info, void *context) {
  if (previous_action.sa_flags & SA_SIGINFO)
    previous_action.sa_sigaction(signal, info, context);
  else if (previous_action.sa_handler != SIG_IGN &&
           previous_action.sa_handler != SIG_DFL)
    previous_action.sa_handler(signal);
}

void sampler_pass(Sampler *sampler, Line *line) {
  if (line->seen == sampler->number) return;
  line->seen = sampler->number;
  line->total += sampler->stretch;
}

/* What has passed since the last sample, by both clocks. */
static void look_at_clocks(Sampler *sampler, uint64_t *idle) {
  Stamp now = {tick_now(), tick_cpu()};
  double busy = (double)(now.cpu - sampler->last.cpu) * tick_rate() * 1e-9;
  sampler->stretch = now.tick - sampler->last.tick;
  *idle = (double)sampler->stretch > busy ? sampler->stretch - (uint64_t)busy
                                          : 0;
  sampler->last = now;
}

/* Builds every segment's frames, the oldest first: their node is then on top.
** At a call's event the callee has not run yet. */
static void build_frames(Recorder *recorder, const lua_Debug *ar) {
  uint32_t count = recorder->segment_count;
  recorder->top = recorder->frames;
  recorder->segment_count = 0;
  for (uint32_t i = 0; i < count && !recorder->failed; i++) {
    Segment segment = recorder->segments[i];
    bool is_last = i + 1 == count;
    stack_push_segment(recorder, segment.L, segment.announced);
    if (recorder->failed) return;
    stack_rebuild(recorder, segment.L,
                  is_last && ar->event == LUA_HOOKCALL ? 1 : 0);
  }
}

/* Leaves the segments alone, without frames. */
static void drop_frames(Recorder *recorder) {
  for (uint32_t i = 0; i < recorder->segment_count; i++)
    recorder->segments[i].base = i + 1;
  recorder->top = recorder->frames + recorder->segment_count;
}

static void charge_line(Recorder *recorder, lua_State *L, lua_Debug *ar) {
  const Sampler *sampler = recorder->sampler;
  lua_Debug call;
  if (!lua_getstack(L, ar->event == LUA_HOOKCALL ? 1 : 0, &call)) return;
  lua_getinfo(L, "l", &call);
  if (call.currentline <= 0) return;
  Line *line = lines_find(recorder, recorder->top->node->function,
                          call.currentline);
  if (!line) return;
  line->self += sampler->stretch;
  line->samples += sampler->ticks;
}

static void charge(Recorder *recorder, lua_State *L, lua_Debug *ar,
                   uint64_t idle) {
  Sampler *sampler = recorder->sampler;
  build_frames(recorder, ar);
  if (recorder->failed) return;
  Node *node = recorder->top->node;
  node->self += sampler->stretch;
  node->samples += sampler->ticks;
  if (idle > recorder->long_stretch) node->wait += idle;
  charge_line(recorder, L, ar);
  drop_frames(recorder);
}

static void take(lua_State *L, lua_Debug *ar, void *data) {
  Sampler *sampler = data;
  Recorder *recorder = sampler->recorder;
  uint64_t idle;
  if (recorder->failed) return;
  if (recorder->L != L) stack_switch(recorder, L);
  sampler->ticks = atomic_exchange(&sampler->pending, 0);
  atomic_store(&sampler->due, atomic_load(&sampler->patience));
  recorder->samples += sampler->ticks;
  sampler->number++;
  look_at_clocks(sampler, &idle);
  charge(recorder, L, ar, idle);
}

/* Lua marks every call under way when a hook is set. Where that takes long, in
** deep recursion, there are fewer samples, which weigh more. Twice, for once
** the thread may just have lost the processor. */
static void arm(Sampler *sampler, unsigned pending) {
  enum { SHARE = 4 }; /* a quarter of the time is for arming at most */
  uint64_t before = tick_now();
  hook_urge(sampler->recorder->hooks, HOOK_SAMPLE, take, sampler);
  double last = sampler->cost, cost = (double)(tick_now() - before);
  double least = cost < last ? cost : last;
  unsigned patience = 1 + (unsigned)(SHARE * least / sampler->period);
  sampler->cost = cost;
  atomic_store(&sampler->patience, patience);
  atomic_store(&sampler->due, pending + patience);
}

static void on_signal(int signal, siginfo_t *info, void *context) {
  int saved = errno;
  Sampler *sampler = active;
  bool of_timer = info->si_code == SI_TIMER;
  while (sampler && (!of_timer || sampler != info->si_value.sival_ptr))
    sampler = sampler->next;
  if (sampler) {
    unsigned ticks = 1u + (unsigned)info->si_overrun;
    unsigned pending = atomic_fetch_add(&sampler->pending, ticks) + ticks;
    if (pending >= atomic_load(&sampler->due)) arm(sampler, pending);
  } else {
    pass_on(signal, info, context);
  }
  errno = saved;
}

static void install(void) {
  struct sigaction action;
  installed = getpid();
  memset(&action, 0, sizeof action);
  action.sa_sigaction = on_signal;
  action.sa_flags = SA_RESTART | SA_SIGINFO;
  sigemptyset(&action.sa_mask);
  sigaction(SIGPROF, &action, &previous_action);
  if (previous_action.sa_sigaction == on_signal)
    memset(&previous_action, 0, sizeof previous_action);
}

static void install_once(void) {
  pthread_mutex_lock(&installing);
  if (installed != getpid()) install();
  pthread_mutex_unlock(&installing);
}

static bool start_timer(Sampler *sampler, double interval) {
  struct sigevent event;
  memset(&event, 0, sizeof event);
  event.sigev_notify = SIGEV_THREAD_ID;
  event.sigev_signo = SIGPROF;
  event.sigev_value.sival_ptr = sampler;
  event.sigev_notify_thread_id = gettid();
  if (timer_create(CLOCK_MONOTONIC, &event, &sampler->timer) != 0) return false;
  time_t seconds = (time_t)interval;
  struct timespec period = {seconds,
                            (long)((interval - (double)seconds) * 1e9)};
  const struct itimerspec when = {period, period};
  if (timer_settime(sampler->timer, 0, &when, NULL) == 0) return true;
  timer_delete(sampler->timer);
  return false;
}

bool sampler_start(Recorder *recorder) {
  install_once();
  Sampler *sampler = calloc(1, sizeof *sampler);
  if (!sampler) return false;
  sampler->recorder = recorder;
  sampler->last = recorder->cpu;
  sampler->period = recorder->interval * tick_rate();
  sampler->next = active;
  active = sampler;
  if (start_timer(sampler, recorder->interval)) {
    recorder->sampler = sampler;
    return true;
  }
  active = sampler->next;
  free(sampler);
  return false;
}

static void unlink_sampler(const Sampler *sampler) {
  if (active == sampler) {
    active = sampler->next;
    return;
  }
  for (Sampler *s = active; s; s = s->next)
    if (s->next == sampler) s->next = sampler->next;
}

void sampler_stop(Recorder *recorder) {
  Sampler *sampler = recorder->sampler;
  if (!sampler) return;
  timer_delete(sampler->timer);
  unlink_sampler(sampler);
  hook_calm(recorder->hooks, HOOK_SAMPLE);
  recorder->sampler = NULL;
  free(sampler);
}
