/* What no pool of processes is quicker than on this machine: a fork, round
** trips and copies, with nothing done in between.
**
**   floors fork start MEGABYTES            seconds of fork, exit and wait
**   floors socket|apart|shm latency CALLS  seconds of a round trip
**   floors socket|shm noop TASKS           tasks a second, many under way
**   floors socket|shm bytes SIZE           seconds of a round trip of SIZE
**   floors c factor FILE                   seconds for the numbers in it
**
** `socket` is a Unix socket pair, whose readers sleep, `apart` the same with a
** processor for each side; `shm` is shared memory, where a side looks for a
** while before it sleeps. Prints JSON. */
#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
  WORKERS = 2,
  TASK = 32,    /* bytes of a task, and of its result */
  BLOCK = 1000, /* bytes of a block of the heap that is forked */
  FORKS = 15,
  WINDOW = 256, /* tasks under way for each worker */
  BATCH = 64,   /* of them in one write */
  SLOTS = 1024, /* more than a window */
  LOOKS = 2000, /* before sleeping */
  SMALL = 8 << 20,
  FEW = 11,
  MANY = 40
};

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static int compare(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static double part(double *times, int n, double share) {
  qsort(times, (size_t)n, sizeof *times, compare);
  return times[(int)(share * (n - 1))];
}

static void *allocate(size_t size) {
  void *block = malloc(size);
  if (!block) fail("malloc");
  return block;
}

static void *share(size_t size) {
  void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
  if (memory == MAP_FAILED) fail("mmap");
  return memory;
}

static pid_t fork_worker(void) {
  pid_t parent = getpid(), pid = fork();
  if (pid < 0) fail("fork");
  if (pid > 0) return pid;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(1);
  return 0;
}

static void end_worker(pid_t pid) {
  kill(pid, SIGKILL);
  waitpid(pid, NULL, 0);
}

/* Fork. */

static void fill_heap(size_t megabytes) {
  for (size_t i = 0; i < megabytes * 1000000 / BLOCK; i++)
    memset(allocate(BLOCK), 1, BLOCK);
}

static void fork_start(size_t megabytes) {
  double times[FORKS];
  fill_heap(megabytes);
  for (int i = 0; i < FORKS; i++) {
    double start = now();
    pid_t pid = fork();
    if (pid == 0) _exit(0);
    if (pid < 0 || waitpid(pid, NULL, 0) != pid) fail("fork");
    times[i] = now() - start;
  }
  printf("{\"first\": %.9f}\n", part(times, FORKS, 0.5));
}

/* Sockets. A worker that loses its parent is killed. */

static int read_all(int fd, char *bytes, size_t size) {
  while (size > 0) {
    ssize_t n = read(fd, bytes, size);
    if (n <= 0) return 0;
    bytes += n;
    size -= (size_t)n;
  }
  return 1;
}

static int write_all(int fd, const char *bytes, size_t size) {
  while (size > 0) {
    ssize_t n = write(fd, bytes, size);
    if (n <= 0) return 0;
    bytes += n;
    size -= (size_t)n;
  }
  return 1;
}

static _Noreturn void echo(int fd, size_t size) {
  char *bytes = allocate(size);
  while (read_all(fd, bytes, size) && write_all(fd, bytes, size)) {
  }
  _exit(0);
}

/* Whole tasks, as many as have come: at least one. */
static size_t read_tasks(int fd, char *bytes, size_t size) {
  ssize_t n = read(fd, bytes, size);
  if (n <= 0) return 0;
  size_t rest = (TASK - (size_t)n % TASK) % TASK;
  return read_all(fd, bytes + n, rest) ? ((size_t)n + rest) / TASK : 0;
}

static _Noreturn void echo_tasks(int fd) {
  char bytes[WINDOW * TASK];
  size_t n;
  while ((n = read_tasks(fd, bytes, sizeof bytes)) > 0 &&
         write_all(fd, bytes, n * TASK)) {
  }
  _exit(0);
}

/* A worker that sends back what it gets, `size` bytes at once; or whole tasks,
** where `size` is 0. */
static pid_t socket_worker(int *fd, size_t size) {
  int pair[2], room = 1 << 20;
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair)) fail("socket");
  for (int i = 0; i < 2; i++)
    setsockopt(pair[i], SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
  pid_t pid = fork_worker();
  if (pid == 0) {
    close(pair[0]);
    if (size > 0) echo(pair[1], size);
    echo_tasks(pair[1]);
  }
  close(pair[1]);
  *fd = pair[0];
  return pid;
}

static void echo_times(int fd, size_t size, double *times, int n) {
  char *bytes = allocate(size);
  memset(bytes, 1, size);
  for (int i = 0; i < n; i++) {
    double start = now();
    if (!write_all(fd, bytes, size) || !read_all(fd, bytes, size)) fail("echo");
    times[i] = now() - start;
  }
  free(bytes);
}

static void socket_times(size_t size, double *times, int n) {
  int fd;
  pid_t pid = socket_worker(&fd, size);
  echo_times(fd, size, times, n);
  end_worker(pid);
}

/* The `index`-th of the processors, or the last there is. */
static cpu_set_t one_of(const cpu_set_t *processors, int index) {
  cpu_set_t one;
  CPU_ZERO(&one);
  for (size_t i = 0; i < CPU_SETSIZE && index >= 0; i++) {
    if (!CPU_ISSET(i, processors)) continue;
    CPU_ZERO(&one);
    CPU_SET(i, &one);
    index--;
  }
  return one;
}

static void apart_times(size_t size, double *times, int n) {
  int fd;
  pid_t pid = socket_worker(&fd, size);
  cpu_set_t processors;
  if (sched_getaffinity(0, sizeof processors, &processors)) fail("affinity");
  cpu_set_t ours = one_of(&processors, 0), theirs = one_of(&processors, 1);
  if (sched_setaffinity(0, sizeof ours, &ours) ||
      sched_setaffinity(pid, sizeof theirs, &theirs))
    fail("affinity");
  echo_times(fd, size, times, n);
  end_worker(pid);
}

typedef struct {
  pid_t pid;
  int fd;
  long sent, received;
} SocketWorker;

static long send_tasks(SocketWorker *worker, long left) {
  static const char tasks[BATCH * TASK];
  long n = WINDOW - (worker->sent - worker->received);
  if (n > BATCH) n = BATCH;
  if (n > left) n = left;
  if (n <= 0) return 0;
  if (!write_all(worker->fd, tasks, (size_t)n * TASK)) fail("write");
  worker->sent += n;
  return n;
}

static long receive_results(SocketWorker *worker) {
  char results[WINDOW * TASK];
  if (worker->sent == worker->received) return 0;
  long n = (long)read_tasks(worker->fd, results, sizeof results);
  if (n == 0) fail("read");
  worker->received += n;
  return n;
}

static double socket_rate(long tasks) {
  SocketWorker workers[WORKERS] = {0};
  for (int i = 0; i < WORKERS; i++)
    workers[i].pid = socket_worker(&workers[i].fd, 0);
  long sent = 0, done = 0;
  double start = now();
  while (done < tasks) {
    for (int i = 0; i < WORKERS; i++)
      sent += send_tasks(&workers[i], tasks - sent);
    for (int i = 0; i < WORKERS; i++) done += receive_results(&workers[i]);
  }
  double taken = now() - start;
  for (int i = 0; i < WORKERS; i++) end_worker(workers[i].pid);
  return (double)tasks / taken;
}

/* Shared memory. */

/* A number that one side raises and the other waits for. */
typedef struct {
  _Alignas(64) _Atomic uint32_t value;
  _Alignas(64) _Atomic uint32_t asleep;
} Gate;

static void gate_raise(Gate *gate, uint32_t value) {
  atomic_store(&gate->value, value);
  if (atomic_load(&gate->asleep))
    syscall(SYS_futex, &gate->value, FUTEX_WAKE, 1, NULL, NULL, 0);
}

static void relax(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

/* Returns the value once it is another than `seen`. */
static uint32_t gate_wait(Gate *gate, uint32_t seen) {
  uint32_t value;
  for (int i = 0; i < LOOKS; i++) {
    value = atomic_load_explicit(&gate->value, memory_order_acquire);
    if (value != seen) return value;
    relax();
  }
  atomic_store(&gate->asleep, 1);
  while ((value = atomic_load(&gate->value)) == seen)
    syscall(SYS_futex, &gate->value, FUTEX_WAIT, seen, NULL, NULL, 0);
  atomic_store(&gate->asleep, 0);
  return value;
}

typedef struct {
  Gate sent, received;
  char bytes[];
} Letter;

static _Noreturn void answer_letters(Letter *letter, size_t size) {
  char *bytes = allocate(size);
  for (uint32_t seen = 0;;) {
    seen = gate_wait(&letter->sent, seen);
    memcpy(bytes, letter->bytes, size);
    memcpy(letter->bytes + size, bytes, size);
    gate_raise(&letter->received, seen);
  }
}

static void shm_times(size_t size, double *times, int n) {
  char *bytes = allocate(size);
  Letter *letter = share(sizeof *letter + 2 * size);
  pid_t pid = fork_worker();
  if (pid == 0) answer_letters(letter, size);
  memset(bytes, 1, size);
  for (int i = 0; i < n; i++) {
    double start = now();
    memcpy(letter->bytes, bytes, size);
    gate_raise(&letter->sent, (uint32_t)i + 1);
    gate_wait(&letter->received, (uint32_t)i);
    memcpy(bytes, letter->bytes + size, size);
    times[i] = now() - start;
  }
  end_worker(pid);
  free(bytes);
}

/* Tasks in a ring, and their results in another, in the same places. */
typedef struct {
  Gate sent, received;
  char tasks[SLOTS][TASK], results[SLOTS][TASK];
} Ring;

static _Noreturn void answer_ring(Ring *ring) {
  char task[TASK];
  for (uint32_t done = 0;;) {
    uint32_t sent = gate_wait(&ring->sent, done);
    for (; done != sent; done++) {
      memcpy(task, ring->tasks[done % SLOTS], TASK);
      task[0]++;
      memcpy(ring->results[done % SLOTS], task, TASK);
    }
    gate_raise(&ring->received, done);
  }
}

typedef struct {
  pid_t pid;
  Ring *ring;
  uint32_t sent, received;
} RingWorker;

static long ring_send(RingWorker *worker, long left) {
  static const char task[TASK];
  long n = WINDOW - (long)(worker->sent - worker->received);
  if (n > left) n = left;
  if (n <= 0) return 0;
  for (long i = 0; i < n; i++)
    memcpy(worker->ring->tasks[worker->sent++ % SLOTS], task, TASK);
  gate_raise(&worker->ring->sent, worker->sent);
  return n;
}

static long ring_receive(RingWorker *worker) {
  char result[TASK];
  uint32_t first = worker->received;
  uint32_t received = atomic_load(&worker->ring->received.value);
  while (worker->received != received)
    memcpy(result, worker->ring->results[worker->received++ % SLOTS], TASK);
  return (long)(received - first);
}

static double ring_rate(long tasks) {
  RingWorker workers[WORKERS] = {0};
  for (int i = 0; i < WORKERS; i++) {
    workers[i].ring = share(sizeof(Ring));
    workers[i].pid = fork_worker();
    if (workers[i].pid == 0) answer_ring(workers[i].ring);
  }
  long sent = 0, done = 0;
  double start = now();
  while (done < tasks) {
    long before = done;
    for (int i = 0; i < WORKERS; i++)
      sent += ring_send(&workers[i], tasks - sent);
    for (int i = 0; i < WORKERS; i++) done += ring_receive(&workers[i]);
    for (int i = 0; i < WORKERS && done == before; i++)
      if (workers[i].sent != workers[i].received) {
        gate_wait(&workers[i].ring->received, workers[i].received);
        break;
      }
  }
  double taken = now() - start;
  for (int i = 0; i < WORKERS; i++) end_worker(workers[i].pid);
  return (double)tasks / taken;
}

/* Factors. */

static int factor(int64_t n) {
  int count = 0;
  for (int64_t d = 2; d * d <= n; d++)
    for (; n % d == 0; n /= d) count++;
  return count + (n > 1);
}

static void factor_file(const char *path) {
  FILE *file = fopen(path, "r");
  char line[32];
  long factors = 0;
  if (!file) fail(path);
  double start = now();
  while (fgets(line, sizeof line, file))
    factors += factor(strtoll(line, NULL, 10));
  printf("{\"wall\": %.9f, \"factors\": %ld}\n", now() - start, factors);
  fclose(file);
}

typedef void Measure(size_t size, double *times, int n);

static void print_times(Measure *measure, const char *work, long n) {
  int latency = strcmp(work, "latency") == 0;
  int count = latency ? (int)n : n <= SMALL ? MANY : FEW;
  double *times = allocate((size_t)count * sizeof *times);
  measure(latency ? TASK : (size_t)n, times, count);
  printf("{\"p50\": %.9f, ", part(times, count, 0.5));
  printf("\"p99\": %.9f}\n", part(times, count, 0.99));
  free(times);
}

int main(int argc, char **argv) {
  if (argc != 4) {
    fprintf(stderr, "usage: floors fork|socket|apart|shm|c WORK ARGUMENT\n");
    return 2;
  }
  const char *way = argv[1], *work = argv[2];
  long n = strtol(argv[3], NULL, 10);
  int shm = strcmp(way, "shm") == 0, apart = strcmp(way, "apart") == 0;
  if (strcmp(way, "c") == 0)
    factor_file(argv[3]);
  else if (strcmp(way, "fork") == 0)
    fork_start((size_t)n);
  else if (strcmp(work, "noop") == 0)
    printf("{\"rate\": %.1f}\n", shm ? ring_rate(n) : socket_rate(n));
  else
    print_times(shm ? shm_times : apart ? apart_times : socket_times, work, n);
  return 0;
}
