/* Stands before the calls of fallible.h, by the linker's --wrap. */
#include "spec/faults/faults.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <lauxlib.h>
#include <malloc.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>

#define CALLER __builtin_return_address(0)

static Faults *plan;

enum {
#define CALL(name, ...) CALL_##name,
#define CURL CALL
#include "spec/faults/fallible.h"
#undef CALL
#undef CURL
  CALL_dlsym,
  CALL_realloc,
  CALLS
};

enum { MOST_ERRORS = 4 };

const char *const fault_names[] = {
#define CALL(name, ...) #name,
#define CURL(name, ...) "curl_" #name,
#include "spec/faults/fallible.h"
#undef CALL
#undef CURL
    "dlsym", "realloc", NULL};

static const int errors[CALLS][MOST_ERRORS] = {
#define CALL(name, result, parameters, arguments, failure, ...) {__VA_ARGS__},
#define CURL CALL
#include "spec/faults/fallible.h"
#undef CALL
#undef CURL
    {ENOENT}, {ENOMEM}};

int fault_errno(int call, int error) {
  return error < MOST_ERRORS ? errors[call][error] : 0;
}

bool fault_passes(int number) { return number == EINTR || number == ENOBUFS; }

void faults_use(Faults *faults) { plan = faults; }

/* NOLINTNEXTLINE(bugprone-reserved-identifier): the linker's */
extern const char __executable_start[];

static unsigned long offset_of(const void *address) {
  return (unsigned long)((uintptr_t)address - (uintptr_t)__executable_start);
}

static FaultSite *site_at(unsigned long where, int call) {
  for (unsigned long i = where * 0x9e3779b1; /* Fibonacci's */; i++) {
    FaultSite *site = &plan->sites[i % FAULTS_SITES];
    unsigned long there = 0;
    if (atomic_compare_exchange_strong(&site->where, &there, where))
      site->call = call;
    else if (there != where)
      continue;
    return site;
  }
}

/* Whether what has begun to fail goes on. */
static bool fails_again(void) {
  if (!plan->failed) return false;
  return plan->length == FAULT_PERSISTENT ||
         atomic_fetch_sub(&plan->left, 1) > 0;
}

static bool fails(int call, const void *from) {
  if (!plan) return false;
  unsigned long where = offset_of(from);
  long time = atomic_fetch_add(&site_at(where, call)->count, 1) + 1;
  if (plan->call != call) return false;
  if (where == plan->where && time == plan->first)
    plan->left = plan->length - 1;
  else if (!fails_again())
    return false;
  errno = fault_errno(call, plan->error);
  plan->number = errno;
  plan->failed = true;
  return true;
}

/* NOLINTBEGIN(bugprone-reserved-identifier): the linker's names.
** NOLINTBEGIN(bugprone-macro-parentheses): parameters stand in them already */
#define CALL(...)
#define CURL(name, result, parameters, arguments, failure, ...) \
  static result(*real_##name) parameters; \
  static result curl_##name parameters { \
    return fails(CALL_##name, CALLER) ? (failure) : real_##name arguments; \
  }
#include "spec/faults/fallible.h"
#undef CALL
#undef CURL

/* What is to stand for a function that dlsym has found. */
static void *stand_in(const char *name, void *found) {
  void *stands = found;
#define CALL(...)
#define CURL(name_, ...) \
  if (strcmp(name, "curl_" #name_) == 0) { \
    memcpy(&real_##name_, &found, sizeof found); \
    __typeof__(&curl_##name_) own = curl_##name_; \
    memcpy(&stands, &own, sizeof own); \
  }
#include "spec/faults/fallible.h"
#undef CALL
#undef CURL
  return stands;
}

#define CURL(...)
#define CALL(name, result, parameters, arguments, failure, ...) \
  result __real_##name parameters; \
  result __wrap_##name parameters; \
  result __wrap_##name parameters { \
    return fails(CALL_##name, CALLER) ? (failure) : __real_##name arguments; \
  }
#include "spec/faults/fallible.h"
#undef CALL
#undef CURL

void *__real_dlsym(void *library, const char *name);
void *__wrap_dlsym(void *library, const char *name);
void *__wrap_dlsym(void *library, const char *name) {
  void *found = fails(CALL_dlsym, CALLER) ? NULL : __real_dlsym(library, name);
  return found ? stand_in(name, found) : NULL;
}

/* Lua relies on it that no block fails to shrink. */
void *__real_realloc(void *block, size_t size);
void *__wrap_realloc(void *block, size_t size);
void *__wrap_realloc(void *block, size_t size) {
  bool grows = size > malloc_usable_size(block);
  return grows && fails(CALL_realloc, CALLER) ? NULL
                                              : __real_realloc(block, size);
}
/* NOLINTEND(bugprone-macro-parentheses)
** NOLINTEND(bugprone-reserved-identifier) */
