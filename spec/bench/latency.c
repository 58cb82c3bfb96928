/* Answers each HTTP/1.1 request so many milliseconds after it came, with 200
** bytes, on connections that stay open: a server that is slow and has time.
**
**   latency MILLISECONDS
**
** Prints its port on loopback, and ends when its standard input does.  Requests
** have no bodies.  The delay is kept to some microseconds, and never shorter:
** since it is the same for all, those that wait stand in a queue, and one timer
** descriptor is set to the first of them. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>
#include <uv.h>

enum {
  BACKLOG = 4096,
  LONGEST_REQUEST = 4096,
  LONGEST_ANSWER = 512,
  BODY = 200,
  SECOND = 1000000000 /* nanoseconds */
};

typedef struct Connection Connection;

/* A connection is in the queue while a request of it waits. */
struct Connection {
  uv_tcp_t socket;
  Connection *previous, *next;
  uint64_t due; /* 0 while it is not in the queue */
  size_t length;
  char input[LONGEST_REQUEST];
};

static struct {
  uv_tcp_t socket;
  uv_pipe_t input;
  uv_poll_t poll;
  int timer;
  uint64_t delay;
  Connection *first, *last;
  char answer[LONGEST_ANSWER];
  size_t length;
} server;

static void check(int status, const char *what) {
  if (status >= 0) return;
  fprintf(stderr, "latency: %s: %s\n", what, uv_strerror(status));
  exit(1);
}

/* Never with a time of zero, which would stop it. */
static void set_timer(uint64_t due) {
  struct itimerspec at = {.it_value = {.tv_sec = (time_t)(due / SECOND),
                                       .tv_nsec = (long)(due % SECOND)}};
  if (timerfd_settime(server.timer, TFD_TIMER_ABSTIME, &at, NULL) < 0)
    check(uv_translate_sys_error(errno), "timerfd_settime");
}

static void enqueue(Connection *c) {
  c->due = uv_hrtime() + server.delay;
  c->previous = server.last;
  c->next = NULL;
  if (server.last)
    server.last->next = c;
  else
    server.first = c;
  server.last = c;
  if (server.first == c) set_timer(c->due);
}

static void dequeue(Connection *c) {
  if (c->previous)
    c->previous->next = c->next;
  else
    server.first = c->next;
  if (c->next)
    c->next->previous = c->previous;
  else
    server.last = c->previous;
  c->due = 0;
}

static void free_connection(uv_handle_t *handle) { free(handle->data); }

static void close_connection(Connection *c) {
  if (c->due) dequeue(c);
  if (!uv_is_closing((uv_handle_t *)&c->socket))
    uv_close((uv_handle_t *)&c->socket, free_connection);
}

/* Takes the first request from the input, if it is whole. */
static void take_request(Connection *c) {
  static const char end[] = "\r\n\r\n";
  char *found = memmem(c->input, c->length, end, sizeof end - 1);
  if (!found) {
    if (c->length == sizeof c->input) close_connection(c);
    return;
  }
  size_t used = (size_t)(found - c->input) + sizeof end - 1;
  c->length -= used;
  memmove(c->input, c->input + used, c->length);
  enqueue(c);
}

static void answer(Connection *c) {
  uv_buf_t buffer = uv_buf_init(server.answer, (unsigned)server.length);
  dequeue(c);
  /* A socket that has no room for so little is not read by anybody. */
  if (uv_try_write((uv_stream_t *)&c->socket, &buffer, 1) < (int)server.length)
    close_connection(c);
  else
    take_request(c);
}

static void on_timer(uv_poll_t *poll, int status, int events) {
  uint64_t expirations;
  (void)poll;
  (void)events;
  check(status, "poll");
  if (read(server.timer, &expirations, sizeof expirations) < 0) return;
  while (server.first && server.first->due <= uv_hrtime()) answer(server.first);
  if (server.first) set_timer(server.first->due);
}

static void give_room(uv_handle_t *handle, size_t size, uv_buf_t *buffer) {
  Connection *c = handle->data;
  (void)size;
  *buffer = uv_buf_init(c->input + c->length,
                        (unsigned)(sizeof c->input - c->length));
}

static void on_data(uv_stream_t *stream, ssize_t n, const uv_buf_t *buffer) {
  Connection *c = stream->data;
  (void)buffer;
  if (n < 0) {
    close_connection(c);
    return;
  }
  c->length += (size_t)n;
  if (!c->due) take_request(c);
}

static void on_connection(uv_stream_t *stream, int status) {
  check(status, "listen");
  Connection *c = calloc(1, sizeof *c);
  if (!c) check(UV_ENOMEM, "connection");
  check(uv_tcp_init(stream->loop, &c->socket), "socket");
  c->socket.data = c;
  if (uv_accept(stream, (uv_stream_t *)&c->socket) < 0 ||
      uv_tcp_nodelay(&c->socket, 1) < 0 ||
      uv_read_start((uv_stream_t *)&c->socket, give_room, on_data) < 0)
    close_connection(c);
}

static void listen_on_loopback(uv_loop_t *loop) {
  struct sockaddr_in address;
  int size = sizeof address;
  check(uv_ip4_addr("127.0.0.1", 0, &address), "address");
  check(uv_tcp_init(loop, &server.socket), "socket");
  check(uv_tcp_bind(&server.socket, (struct sockaddr *)&address, 0), "bind");
  check(uv_listen((uv_stream_t *)&server.socket, BACKLOG, on_connection),
        "listen");
  check(uv_tcp_getsockname(&server.socket, (struct sockaddr *)&address, &size),
        "address");
  printf("%d\n", ntohs(address.sin_port));
  fflush(stdout);
}

static void start_timer(uv_loop_t *loop) {
  server.timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
  if (server.timer < 0) check(uv_translate_sys_error(errno), "timerfd_create");
  check(uv_poll_init(loop, &server.poll, server.timer), "poll");
  check(uv_poll_start(&server.poll, UV_READABLE, on_timer), "poll");
}

static void give_scrap(uv_handle_t *handle, size_t size, uv_buf_t *buffer) {
  static char scrap[64];
  (void)handle;
  (void)size;
  *buffer = uv_buf_init(scrap, sizeof scrap);
}

static void on_input(uv_stream_t *stream, ssize_t n, const uv_buf_t *buffer) {
  (void)buffer;
  if (n != 0) uv_stop(stream->loop);
}

static void watch_input(uv_loop_t *loop) {
  if (uv_guess_handle(STDIN_FILENO) != UV_NAMED_PIPE)
    check(UV_EINVAL, "standard input is not a pipe");
  check(uv_pipe_init(loop, &server.input, 0), "standard input");
  check(uv_pipe_open(&server.input, STDIN_FILENO), "standard input");
  check(uv_read_start((uv_stream_t *)&server.input, give_scrap, on_input),
        "standard input");
}

static void allow_descriptors(void) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) < 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

static void write_answer(void) {
  char body[BODY + 1];
  memset(body, 'x', BODY);
  body[BODY] = '\0';
  server.length = (size_t)snprintf(server.answer, sizeof server.answer,
                                   "HTTP/1.1 200 OK\r\n"
                                   "Content-Type: text/plain\r\n"
                                   "Content-Length: %d\r\n\r\n%s",
                                   BODY, body);
}

int main(int argc, char **argv) {
  char *end = NULL;
  unsigned long milliseconds = argc == 2 ? strtoul(argv[1], &end, 10) : 0;
  if (!end || *end || end == argv[1] || milliseconds > INT_MAX) {
    fputs("usage: latency MILLISECONDS\n", stderr);
    return 2;
  }
  uv_loop_t *loop = uv_default_loop();
  server.delay = (uint64_t)milliseconds * 1000000;
  allow_descriptors();
  write_answer();
  start_timer(loop);
  listen_on_loopback(loop);
  watch_input(loop);
  uv_run(loop, UV_RUN_DEFAULT);
  return 0;
}
