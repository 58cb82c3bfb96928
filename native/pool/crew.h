/* A pool's workers, as their owner sees them: processes that start and end,
** channels, and which tasks each of them has. */
#ifndef PERILUNE_POOL_CREW_H
#define PERILUNE_POOL_CREW_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "native/pool/channel.h"
#include "native/pool/template.h"

/* Tasks that a worker may have at once. */
#define CREW_FLIGHTS 1024

/* A task that has gone to a worker. */
typedef struct Flight {
  uint64_t index;
  uint64_t position; /* of its frame in the ring */
  uint32_t job;      /* 0: taken back */
} Flight;

typedef struct CrewWorker {
  Channel channel; /* open from its start to its release */
  uint64_t oldest; /* flights: oldest..next-1, modulo their number */
  uint64_t next;
  uint32_t held; /* flights that were not taken back */
  int32_t pid;
  int32_t status; /* as waitpid has it, when dead */
  uint64_t died;  /* ns of the monotonic clock */
  bool gone;      /* its socket has closed: its report is on its way */
  bool dead;      /* reported; what it has sent is still there */
  Flight flights[CREW_FLIGHTS];
} CrewWorker;

typedef struct Crew {
  pid_t template;
  int control;
  uint32_t count;
  uint32_t cpus;
  bool dozing; /* workers wake the owner's sockets */
  bool lost;   /* the template is gone, and all workers with it */
  CrewWorker *workers;
} Crew;

/* Processors that this process may run on. */
uint32_t crew_cpus(void);

/* Forks the template. `workers` are the caller's, zeroed, and stay. False with
** errno. */
bool crew_open(Crew *crew, CrewWorker *workers, uint32_t count,
               const TemplateWork *work);

/* Kills all and waits for their end. Idempotent. */
void crew_close(Crew *crew);

/* A worker in a slot that has none. False with errno. */
bool crew_start(Crew *crew, uint32_t slot);
void crew_kill(Crew *crew, uint32_t slot);

/* Lets a worker go on that somebody has stopped, or the template. */
void crew_continue(Crew *crew, uint32_t slot);

/* Takes the reports that have come. */
void crew_listen(Crew *crew);

/* Makes the slot of a dead worker free. */
void crew_release(Crew *crew, uint32_t slot);

/* Whether it can be given no more. */
static inline bool crew_full(CrewWorker *worker) {
  if (worker->held == 0) worker->oldest = worker->next;
  return worker->next - worker->oldest == CREW_FLIGHTS;
}

/* Notes a task whose frame was published at a position of the ring. */
void crew_note(CrewWorker *worker, uint32_t job, uint64_t index,
               uint64_t position);

/* The oldest flight, or NULL. */
Flight *crew_oldest(CrewWorker *worker);
void crew_drop_oldest(CrewWorker *worker);

/* The newest flight that the worker has not begun and that is of this job and
** index (job 0: any) is taken back: it will not run. False: there is none. */
bool crew_take_back(CrewWorker *worker, uint32_t job, uint64_t index,
                    Flight *taken);

/* The same for all of a job; returns how many were taken back. */
uint32_t crew_take_back_all(CrewWorker *worker, uint32_t job);

/* Whether the worker has a task of the job with an index from..to. */
bool crew_holds(const CrewWorker *worker, uint32_t job, uint64_t from,
                uint64_t to);

/* Whether the worker, which is dead, had begun with its oldest flight. */
bool crew_had_begun(CrewWorker *worker);

typedef enum CrewWoken { CREW_READY, CREW_LATE, CREW_INTERRUPTED } CrewWoken;

/* Waits until a worker has sent something, has made room where that is wanted,
** or has ended; until `seconds` have passed (below 0: no end), or a signal. */
CrewWoken crew_wait(Crew *crew, double seconds);

/* For an event loop: workers wake their sockets from now on. False: look at
** them now instead. A later crew_wait or crew_listen ends it. */
bool crew_doze(Crew *crew);

/* Whether the owner waits for room to send to the worker. */
void crew_want_room(CrewWorker *worker, bool wanted);

#endif
