/* The template: a process with one thread, forked when a pool is made, from
** which all its workers are forked. It runs no tasks, so its state is always
** the same; it reaps the workers, and kills them when its parent is gone.
**
** Parent and template talk by packets on a socket. A worker never outlives the
** template, nor the template its parent. */
#ifndef PERILUNE_POOL_TEMPLATE_H
#define PERILUNE_POOL_TEMPLATE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Workers of a pool at most. */
#define TEMPLATE_SLOTS 256

typedef enum TemplateOrder {
  TEMPLATE_START,
  TEMPLATE_KILL,
  TEMPLATE_CONTINUE, /* a worker that was stopped */
} TemplateOrder;

/* To the template; a start brings two descriptors: socket, memory. */
typedef struct TemplateRequest {
  uint32_t order;
  uint32_t slot;
} TemplateRequest;

/* From it: the slot's worker has ended, or could not be started (pid 0, and an
** errno). */
typedef struct TemplateReport {
  uint32_t slot;
  int32_t pid;
  int32_t status; /* as waitpid has it */
  uint64_t time;  /* ns of the monotonic clock when it was known */
} TemplateReport;

/* What the processes do; neither may return to the caller's frames. */
typedef struct TemplateWork {
  bool (*prepare)(void *data); /* in the template, once; false: it ends */
  int (*work)(int socket, int memory, void *data); /* in a worker; exit code */
  void *data;
} TemplateWork;

/* Forks the template. Its pid and our end of the socket; false with errno. */
bool template_start(const TemplateWork *work, pid_t *pid, int *control);

/* Orders; false where the template is gone. */
bool template_spawn(int control, uint32_t slot, int socket, int memory);
bool template_kill(int control, uint32_t slot);
bool template_continue(pid_t pid, int control, uint32_t slot);

/* Takes a report that has come: 1; 0: none; -1: the template is gone. */
int template_report(int control, TemplateReport *report);

/* Kills the workers and the template, and waits until all are gone. */
void template_end(pid_t pid, int control);

#endif
