#include "native/pool/crew.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "native/pool/frame.h"

enum {
  SPIN = 50000,       /* ns before the owner goes to sleep */
  SHORT_SPIN = 10000, /* while a worker should be reading, and does not */
  LOOKS = 16,
  MOST_CPUS = 4096,
};

#define SECOND UINT64_C(1000000000)
#define NO_END UINT64_MAX

uint32_t crew_cpus(void) {
  size_t size = CPU_ALLOC_SIZE(MOST_CPUS);
  cpu_set_t *set = CPU_ALLOC(MOST_CPUS);
  int count = 0;
  if (set && sched_getaffinity(0, size, set) == 0)
    count = CPU_COUNT_S(size, set);
  if (set) CPU_FREE(set);
  return count > 0 ? (uint32_t)count : 1;
}

bool crew_open(Crew *crew, CrewWorker *workers, uint32_t count,
               const TemplateWork *work) {
  *crew = (Crew){.count = count, .cpus = crew_cpus(), .workers = workers};
  return template_start(work, &crew->template, &crew->control);
}

static void release_all(Crew *crew) {
  for (uint32_t i = 0; i < crew->count; i++)
    channel_close(&crew->workers[i].channel);
  crew->template = 0;
}

void crew_close(Crew *crew) {
  if (crew->template == 0) return;
  template_end(crew->template, crew->control);
  release_all(crew);
}

/* Ours, the worker's. */
static bool open_sockets(int sockets[2]) {
  return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) == 0;
}

static bool send_ends(Crew *crew, uint32_t slot, int memory) {
  int sockets[2];
  CrewWorker *worker = &crew->workers[slot];
  if (!open_sockets(sockets)) return false;
  bool sent = channel_open(&worker->channel, memory, sockets[0], true);
  if (!sent) close(sockets[0]);
  sent = sent && template_spawn(crew->control, slot, sockets[1], memory);
  int error = errno;
  close(sockets[1]);
  if (!sent) channel_close(&worker->channel);
  errno = error;
  return sent;
}

bool crew_start(Crew *crew, uint32_t slot) {
  CrewWorker *worker = &crew->workers[slot];
  errno = EPIPE;
  if (crew->lost) return false;
  int memory = channel_memory();
  if (memory < 0) return false;
  worker->oldest = worker->next = 0;
  worker->held = 0;
  worker->pid = 0;
  worker->gone = worker->dead = false;
  bool sent = send_ends(crew, slot, memory);
  int error = errno;
  close(memory);
  errno = error;
  return sent;
}

void crew_kill(Crew *crew, uint32_t slot) {
  CrewWorker *worker = &crew->workers[slot];
  if (worker->channel.shared && !worker->dead)
    template_kill(crew->control, slot);
}

void crew_continue(Crew *crew, uint32_t slot) {
  CrewWorker *worker = &crew->workers[slot];
  if (worker->channel.shared && !worker->dead)
    template_continue(crew->template, crew->control, slot);
}

/* Without the template there are no reports: its workers die with it. */
static void lose_template(Crew *crew) {
  crew->lost = true;
  for (uint32_t i = 0; i < crew->count; i++) {
    CrewWorker *worker = &crew->workers[i];
    if (!worker->channel.shared || worker->dead) continue;
    worker->dead = true;
    worker->status = SIGKILL;
    worker->died = channel_now();
  }
}

static void awake_all(Crew *crew, bool woken) {
  crew->dozing = false;
  for (uint32_t i = 0; i < crew->count; i++) {
    CrewWorker *worker = &crew->workers[i];
    if (!worker->channel.shared) continue;
    if (!woken)
      atomic_store(worker->channel.ours, 0);
    else if (!channel_awake(&worker->channel))
      worker->gone = true;
  }
}

void crew_listen(Crew *crew) {
  TemplateReport report;
  int came = 0;
  if (crew->dozing) awake_all(crew, true);
  while (!crew->lost && (came = template_report(crew->control, &report)) > 0) {
    if (report.slot >= crew->count) continue;
    CrewWorker *worker = &crew->workers[report.slot];
    worker->pid = report.pid;
    worker->status = report.status;
    worker->died = report.time;
    worker->dead = true;
  }
  if (came < 0) lose_template(crew);
}

void crew_release(Crew *crew, uint32_t slot) {
  channel_close(&crew->workers[slot].channel);
  crew->workers[slot].dead = false;
}

static Flight *flight(CrewWorker *worker, uint64_t number) {
  return &worker->flights[number % CREW_FLIGHTS];
}

void crew_note(CrewWorker *worker, uint32_t job, uint64_t index,
               uint64_t position) {
  *flight(worker, worker->next++) = (Flight){index, position, job};
  worker->held++;
}

/* Those at the ends that were taken back are no more in anybody's way. */
Flight *crew_oldest(CrewWorker *worker) {
  while (worker->oldest < worker->next &&
         flight(worker, worker->oldest)->job == 0)
    worker->oldest++;
  return worker->oldest < worker->next ? flight(worker, worker->oldest) : NULL;
}

void crew_drop_oldest(CrewWorker *worker) {
  worker->oldest++;
  worker->held--;
}

static Frame *frame_of(CrewWorker *worker, const Flight *it) {
  Ring *out = &worker->channel.out;
  return (Frame *)(void *)(out->bytes + it->position % CHANNEL_RING);
}

/* What the worker has let go of it had taken before. */
static bool is_let_go(CrewWorker *worker, const Flight *it) {
  RingShared *shared = worker->channel.out.shared;
  return atomic_load_explicit(&shared->read, memory_order_acquire) >
         it->position;
}

static bool take_from_ring(CrewWorker *worker, Flight *it) {
  uint32_t claim = FRAME_FREE;
  return !is_let_go(worker, it) &&
         atomic_compare_exchange_strong(&frame_of(worker, it)->claim, &claim,
                                        FRAME_REVOKED);
}

static bool is_wanted(const Flight *it, uint32_t job, uint64_t index) {
  return it->job != 0 && (job == 0 || (it->job == job && it->index == index));
}

bool crew_take_back(CrewWorker *worker, uint32_t job, uint64_t index,
                    Flight *taken) {
  for (uint64_t i = worker->next; i > worker->oldest; i--) {
    Flight *it = flight(worker, i - 1);
    if (!is_wanted(it, job, index)) continue;
    if (!take_from_ring(worker, it)) return false;
    *taken = *it;
    it->job = 0;
    worker->held--;
    return true;
  }
  return false;
}

uint32_t crew_take_back_all(CrewWorker *worker, uint32_t job) {
  uint32_t count = 0;
  for (uint64_t i = worker->next; i > worker->oldest; i--) {
    Flight *it = flight(worker, i - 1);
    if (it->job != job) continue;
    if (!take_from_ring(worker, it)) break;
    it->job = 0;
    count++;
  }
  worker->held -= count;
  return count;
}

bool crew_holds(const CrewWorker *worker, uint32_t job, uint64_t from,
                uint64_t to) {
  for (uint64_t i = worker->oldest; i < worker->next; i++) {
    const Flight *it = &worker->flights[i % CREW_FLIGHTS];
    if (it->job == job && it->index >= from && it->index <= to) return true;
  }
  return false;
}

bool crew_had_begun(CrewWorker *worker) {
  Flight *it = crew_oldest(worker);
  return it && (is_let_go(worker, it) ||
                atomic_load(&frame_of(worker, it)->claim) == FRAME_TAKEN);
}

/* Whether there is the room that the owner waits for. */
static bool has_room(CrewWorker *worker) {
  char *to;
  return atomic_load_explicit(&worker->channel.shared->room_wanted,
                              memory_order_relaxed) &&
         ring_room(&worker->channel.out, CHANNEL_RING / 2, &to) >=
             CHANNEL_RING / 2;
}

static bool has_news(CrewWorker *worker) {
  const char *at;
  return ring_there(&worker->channel.in, &at) >= sizeof(Frame) ||
         has_room(worker);
}

static bool any_news(Crew *crew) {
  for (uint32_t i = 0; i < crew->count; i++) {
    CrewWorker *worker = &crew->workers[i];
    if (worker->channel.shared && (worker->dead || has_news(worker)))
      return true;
  }
  return false;
}

/* Room is news once: who still cannot send says so again. */
static void take_note_of_room(Crew *crew) {
  for (uint32_t i = 0; i < crew->count; i++) {
    CrewWorker *worker = &crew->workers[i];
    if (worker->channel.shared && has_room(worker))
      crew_want_room(worker, false);
  }
}

/* A processor is free for the owner while fewer workers than that are busy. A
** worker that runs out of work may use it, too, for as long. */
static bool may_spin(Crew *crew) {
  uint32_t busy = 0;
  for (uint32_t i = 0; i < crew->count; i++) busy += crew->workers[i].held > 0;
  bool may = busy < crew->cpus;
  for (uint32_t i = 0; i < crew->count; i++) {
    ChannelShared *shared = crew->workers[i].channel.shared;
    if (shared &&
        atomic_load_explicit(&shared->may_spin, memory_order_relaxed) != may)
      atomic_store_explicit(&shared->may_spin, may, memory_order_relaxed);
  }
  return may;
}

/* How much those have read that must read before the owner can go on; 0: there
** are none. */
static uint64_t progress(Crew *crew) {
  uint64_t sum = 0;
  for (uint32_t i = 0; i < crew->count; i++) {
    ChannelShared *shared = crew->workers[i].channel.shared;
    if (shared &&
        atomic_load_explicit(&shared->room_wanted, memory_order_relaxed))
      sum += 1 + atomic_load_explicit(&shared->down.read, memory_order_relaxed);
  }
  return sum;
}

/* A worker that reads on is worth waiting for; one that does not waits for this
** processor, maybe. */
static bool spin(Crew *crew, uint64_t until) {
  uint64_t seen = progress(crew);
  uint64_t ns = seen ? SHORT_SPIN : SPIN;
  uint64_t now = channel_now();
  uint64_t end = now + ns;
  for (; now < end && now < until; now = channel_now()) {
    for (int i = 0; i < LOOKS; i++) {
      if (any_news(crew)) return true;
      channel_relax();
    }
    if (progress(crew) != seen) {
      seen = progress(crew);
      end = now + ns;
    }
  }
  return false;
}

bool crew_doze(Crew *crew) {
  crew->dozing = true;
  for (uint32_t i = 0; i < crew->count; i++)
    if (crew->workers[i].channel.shared)
      channel_doze(&crew->workers[i].channel);
  bool quiet = !any_news(crew);
  take_note_of_room(crew);
  return quiet;
}

static nfds_t list_descriptors(Crew *crew, struct pollfd *fds) {
  nfds_t count = 0;
  if (!crew->lost)
    fds[count++] = (struct pollfd){.fd = crew->control, .events = POLLIN};
  for (uint32_t i = 0; i < crew->count; i++) {
    CrewWorker *worker = &crew->workers[i];
    bool open = worker->channel.shared && !worker->gone;
    if (open)
      fds[count++] = (struct pollfd){.fd = worker->channel.socket,
                                     .events = POLLIN};
  }
  return count;
}

static int sleep_until_woken(Crew *crew, uint64_t until) {
  struct pollfd fds[1 + TEMPLATE_SLOTS];
  uint64_t now = channel_now();
  uint64_t ns = until > now ? until - now : 0;
  struct timespec time = {.tv_sec = (time_t)(ns / SECOND),
                          .tv_nsec = (long)(ns % SECOND)};
  nfds_t count = list_descriptors(crew, fds);
  return ppoll(fds, count, until == NO_END ? NULL : &time, NULL);
}

static uint64_t end_of(double seconds) {
  enum { LONGEST = 1 << 30 };
  if (seconds < 0 || seconds > LONGEST) return NO_END;
  return channel_now() + (uint64_t)(seconds * (double)SECOND);
}

static CrewWoken wait_for_news(Crew *crew, double seconds) {
  if (any_news(crew)) return CREW_READY;
  uint64_t until = end_of(seconds);
  if (may_spin(crew) && seconds != 0 && spin(crew, until)) return CREW_READY;
  if (!crew_doze(crew)) {
    awake_all(crew, false);
    return CREW_READY;
  }
  int ready = sleep_until_woken(crew, until);
  int error = errno;
  awake_all(crew, true);
  if (ready > 0) crew_listen(crew);
  if (ready < 0) return error == EINTR ? CREW_INTERRUPTED : CREW_READY;
  return ready > 0 || any_news(crew) ? CREW_READY : CREW_LATE;
}

CrewWoken crew_wait(Crew *crew, double seconds) {
  CrewWoken woken = wait_for_news(crew, seconds);
  take_note_of_room(crew);
  return woken;
}

void crew_want_room(CrewWorker *worker, bool wanted) {
  atomic_store_explicit(&worker->channel.shared->room_wanted, wanted,
                        memory_order_relaxed);
}
