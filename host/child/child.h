/* Runs a solution in a fresh process, and reads the clocks of that process from
** outside. Knows nothing of Lua: child_lua.c is the binding, requests.c the
** other side. start.c and end.c have its beginning and its end.
**
** The child is killed when the thread that started it ends. */
#ifndef PERILUNE_CHILD_H
#define PERILUNE_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "host/child/wire.h"

/* The program's first argument when it is to be the child. */
#define CHILD_COMMAND "--perilune-child"

typedef enum ChildCode {
  CHILD_OK,
  CHILD_ERROR,    /* a Lua error; the child lives on, as after the next five */
  CHILD_MEMORY,   /* the memory limit was met */
  CHILD_SYNTAX,   /* the file does not parse */
  CHILD_MISSING,  /* there is no such file, folder or function */
  CHILD_CONTRACT, /* the file did not return a table of functions */
  CHILD_DATA,     /* the results cannot be sent */
  CHILD_TIME,     /* killed: out of time. From here on the child is dead */
  CHILD_OUTPUT,   /* killed: printed too much */
  CHILD_EXIT,     /* ended by itself */
  CHILD_CRASH,    /* died of a signal, or broke the protocol */
  CHILD_SYSTEM,   /* the system refused a process, a socket, memory */
  CHILD_CODES
} ChildCode;

/* "error", "memory" and so on. */
extern const char *const child_code_names[CHILD_CODES];

typedef struct ChildLimits {
  double cpu;    /* seconds of processor time, a request */
  double wall;   /* seconds, a request */
  size_t reply;  /* bytes, a reply */
  size_t output; /* bytes, in all */
} ChildLimits;

/* Zeroed is a valid child that was never started. */
typedef struct Child {
  pid_t pid;    /* that was started. 0: none, or reaped */
  pid_t worker; /* that runs the solution: the same, or in its sandbox */
  int first;    /* a pidfd of its sandbox's first process; 0: none */
  pid_t owner;
  int socket;
  int pipe;  /* what the child prints */
  bool busy; /* a request is under way, or was torn by an error */
  clockid_t clock;
  ChildLimits limits;
  double wall_end; /* of the request under way */
  double cpu_end;
  uint64_t nonce;
  const char *policy; /* of its sandbox, the caller's; NULL: none */
  size_t policy_size;
  SandboxReport report;
  char *output; /* limits.output bytes that the caller owns */
  size_t printed;
  ChildCode code; /* why it died; CHILD_OK while it lives */
  char message[320];
  void (*signalled)(void *data); /* after a signal came to us; may not return */
  void *data;
} Child;

typedef struct ChildTimes {
  double cpu;
  double family; /* processor time of the processes that it has started */
  double wall;
} ChildTimes;

/* Says that this program hands CHILD_COMMAND to child_main. Without it no child
** is started, for that would run whatever program has embedded us. */
void child_announce(void);

/* Starts the process, and the one in its sandbox. False: see code and message;
** there is none then. */
bool child_start(Child *child);

/* One request: begin, exchange, receive all of the reply, end. A false says
** that the child is dead, with code and message set; every later call gives
** false again. */
bool child_begin(Child *child);
bool child_exchange(Child *child, ChildRequest request, const void *bytes,
                    size_t size, ChildFrame *reply);
bool child_receive(Child *child, void *bytes, size_t size);
void child_end(Child *child);

/* What the child has used so far. */
ChildTimes child_times(const Child *child);

/* Reads what it has printed and not yet been taken from the pipe. */
void child_drain(Child *child);

/* Kills it for a reason of the caller's. */
void child_fail(Child *child, ChildCode code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Kills the child and the processes that it has started, and reaps it.
** Idempotent. In a process forked from the owner it does nothing. */
void child_close(Child *child);

/* The child's side, in requests.c: serves requests until the socket closes.
** Returns the program's exit code. */
int child_main(int argc, char **argv);

#endif
