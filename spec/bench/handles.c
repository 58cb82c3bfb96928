/* What libcurl takes for requests, with nothing around it: the floor under
** fetch.lua's figures.
**
**   handles URL N CONCURRENCY
**
** Gets URL/1 to URL/N, so many at once, by handles that are used again, and
** keeps nothing. Prints JSON as peers/fetch.lua does. */
#include <curl/curl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <time.h>

enum { EVENTS = 256, MOST = 4096, WATCHED = 65536 };

static struct {
  CURLM *multi;
  int epoll;
  unsigned char watched[WATCHED]; /* CURL_POLL_*, by descriptor */
  double due;                     /* seconds; negative: never */
  const char *url;
  long started, count, ended;
} all = {.due = -1};

static double seconds(clockid_t clock) {
  struct timespec t;
  clock_gettime(clock, &t);
  return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void fail(const char *what) {
  fprintf(stderr, "handles: %s\n", what);
  exit(1);
}

static int on_socket(CURL *easy, curl_socket_t s, int what, void *data,
                     void *more) {
  struct epoll_event event = {.data.fd = s};
  (void)easy, (void)data, (void)more;
  if (s >= WATCHED) fail("too many sockets");
  int before = all.watched[s];
  int after = what == CURL_POLL_REMOVE ? 0 : what;
  event.events = (after & CURL_POLL_IN ? EPOLLIN : 0u) |
                 (after & CURL_POLL_OUT ? EPOLLOUT : 0u);
  if (before != after)
    epoll_ctl(all.epoll,
              !after   ? EPOLL_CTL_DEL
              : before ? EPOLL_CTL_MOD
                       : EPOLL_CTL_ADD,
              s, &event);
  all.watched[s] = (unsigned char)after;
  return 0;
}

static int on_timer(CURLM *multi, long ms, void *data) {
  (void)multi, (void)data;
  all.due = ms < 0 ? -1 : seconds(CLOCK_MONOTONIC) + (double)ms * 1e-3;
  return 0;
}

static size_t on_body(const char *bytes, size_t one, size_t size, void *data) {
  (void)bytes, (void)one, (void)data;
  return size;
}

static void start(CURL *easy) {
  char url[1024];
  snprintf(url, sizeof url, "%s/%ld", all.url, ++all.started);
  curl_easy_setopt(easy, CURLOPT_URL, url);
  if (curl_multi_add_handle(all.multi, easy)) fail("a handle is refused");
}

static void note_ends(void) {
  CURLMsg *message;
  int left;
  while ((message = curl_multi_info_read(all.multi, &left))) {
    CURL *easy = message->easy_handle;
    if (message->data.result) fail(curl_easy_strerror(message->data.result));
    curl_multi_remove_handle(all.multi, easy);
    all.ended++;
    if (all.started < all.count) start(easy);
  }
}

static void turn(void) {
  struct epoll_event events[EVENTS];
  int running;
  double left = all.due < 0 ? 1 : all.due - seconds(CLOCK_MONOTONIC);
  int n = epoll_wait(all.epoll, events, EVENTS,
                     left > 0 ? (int)(left * 1e3 + 1) : 0);
  for (int i = 0; i < n; i++)
    curl_multi_socket_action(
        all.multi, events[i].data.fd,
        (events[i].events & ~(unsigned)EPOLLOUT ? CURL_CSELECT_IN : 0) |
            (events[i].events & EPOLLOUT ? CURL_CSELECT_OUT : 0),
        &running);
  while (all.due >= 0 && all.due <= seconds(CLOCK_MONOTONIC)) {
    all.due = -1;
    curl_multi_socket_action(all.multi, CURL_SOCKET_TIMEOUT, 0, &running);
    note_ends();
  }
  note_ends();
}

static void open_all(long concurrency) {
  all.multi = curl_multi_init();
  all.epoll = epoll_create1(EPOLL_CLOEXEC);
  if (!all.multi || all.epoll < 0) fail("it cannot start");
  curl_multi_setopt(all.multi, CURLMOPT_SOCKETFUNCTION, on_socket);
  curl_multi_setopt(all.multi, CURLMOPT_TIMERFUNCTION, on_timer);
  curl_multi_setopt(all.multi, CURLMOPT_MAXCONNECTS, concurrency);
  for (long i = 0; i < concurrency && all.started < all.count; i++) {
    CURL *easy = curl_easy_init();
    if (!easy) fail("not enough memory");
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    start(easy);
  }
}

int main(int argc, char **argv) {
  long concurrency = argc == 4 ? strtol(argv[3], NULL, 10) : 0;
  if (concurrency < 1 || concurrency > MOST) {
    fprintf(stderr, "usage: handles URL N CONCURRENCY\n");
    return 2;
  }
  struct rusage usage;
  all.url = argv[1];
  all.count = strtol(argv[2], NULL, 10);
  curl_global_init(CURL_GLOBAL_DEFAULT);
  double cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
  double wall = seconds(CLOCK_MONOTONIC);
  open_all(concurrency);
  while (all.ended < all.count) turn();
  cpu = seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
  wall = seconds(CLOCK_MONOTONIC) - wall;
  getrusage(RUSAGE_SELF, &usage);
  printf("{\"wall\":%.9f,\"cpu\":%.12f,\"rss\":%ld,\"rate\":%.3f}\n", wall,
         cpu / (double)all.count, usage.ru_maxrss * 1024,
         (double)all.count / wall);
  return 0;
}
