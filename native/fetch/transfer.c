#include "native/fetch/transfer.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
  FIRST = 1024,         /* bytes of a buffer */
  KEPT = 64 << 10,      /* buffers up to this are used again */
  MOST_HEADS = 1 << 20, /* bytes of headers, those of redirects included */
  WRITTEN = 48 << 10,   /* bytes for a file that are written at once */
  TRIES = 100,
};

static const curl_off_t LONGEST = INT64_MAX / 2;

static bool reserve(TransferBytes *buffer, size_t more) {
  if (more <= buffer->room - buffer->size) return true;
  size_t room = buffer->room ? 2 * buffer->room : FIRST;
  if (room < buffer->size + more) room = buffer->size + more;
  char *bytes = realloc(buffer->bytes, room);
  if (!bytes) return false;
  buffer->bytes = bytes;
  buffer->room = room;
  return true;
}

static bool append(TransferBytes *buffer, const char *bytes, size_t size) {
  if (!reserve(buffer, size)) return false;
  if (size) memcpy(buffer->bytes + buffer->size, bytes, size);
  buffer->size += size;
  return true;
}

static void empty(TransferBytes *buffer) {
  if (buffer->room > KEPT) {
    free(buffer->bytes);
    *buffer = (TransferBytes){0};
  }
  buffer->size = 0;
}

/* What libcurl calls. None returns what it was asked for: the transfer ends. */

static size_t fail(Transfer *t, TransferFault fault, int error) {
  t->fault = fault;
  t->error = error;
  return 0;
}

/* The digits of a status line: NULL if there are none. */
static const char *status_in(const char *bytes, size_t size) {
  const char *blank = memchr(bytes, ' ', size);
  return blank && size - (size_t)(blank - bytes) >= 4 ? blank + 1 : NULL;
}

/* After "see other" any method becomes GET; a name of our own, which libcurl
** would keep, must not. And it may lead from TLS to a host without, where
** nothing is worth waiting for (set_url). */
static CURLcode begin_head(Transfer *t, const char *bytes, size_t size) {
  const char *status = status_in(bytes, size);
  t->head.size = 0;
  if (!status || *status != '3') return CURLE_OK;
  libcurl.easy_setopt(t->easy, CURLOPT_PIPEWAIT, 0L);
  if (memcmp(status, "303", 3) != 0) return CURLE_OK;
  t->plan = 0;
  return libcurl.easy_setopt(t->easy, CURLOPT_CUSTOMREQUEST, NULL);
}

/* Where libcurl_misfolds, an answer's first header must be seen before libcurl
** keeps it. take_head is called too late; but with CURLOPT_HEADER lines go to
** take_body first. Until a first header has come, that is on. */
static CURLcode expect_first(Transfer *t, bool on) {
  t->expects_first = on;
  return libcurl.easy_setopt(t->easy, CURLOPT_HEADER, (long)on);
}

static size_t check_first(Transfer *t, const char *bytes, size_t size) {
  bool folded = *bytes == ' ' || *bytes == '\t';
  return folded ? fail(t, TRANSFER_FOLDED, 0) : size;
}

/* What libcurl takes for one: in any case. Within a head it is a header. */
static bool is_status_line(const Transfer *t, const char *bytes, size_t size) {
  bool may_be = t->head.size == 0 || !t->in_head;
  return may_be && size > 5 && strncasecmp(bytes, "HTTP/", 5) == 0;
}

static size_t take_head(char *bytes, size_t one, size_t size, void *data) {
  Transfer *t = data;
  (void)one;
  bool begins = is_status_line(t, bytes, size);
  t->heads += size;
  if (t->heads > MOST_HEADS) return fail(t, TRANSFER_LARGE_HEAD, 0);
  t->in_head = *bytes != '\r' && *bytes != '\n';
  CURLcode code = begins ? begin_head(t, bytes, size) : CURLE_OK;
  if (!code && begins != t->expects_first && libcurl_misfolds())
    code = expect_first(t, begins);
  bool kept = !code && append(&t->head, bytes, size);
  return kept ? size : fail(t, TRANSFER_MEMORY, 0);
}

static bool write_all(int file, const char *bytes, size_t size) {
  while (size > 0) {
    ssize_t n = write(file, bytes, size);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return false;
    bytes += n;
    size -= (size_t)n;
  }
  return true;
}

/* Writes what has gathered. */
static bool flush(Transfer *t) {
  bool written = write_all(t->file, t->body.bytes, t->body.size);
  t->body.size = 0;
  return written;
}

/* As far as the headers tell; what is compressed is smaller still. */
static bool will_fit(const Transfer *t) {
  curl_off_t length = -1;
  libcurl.easy_getinfo(t->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
  return length < 0 || (uint64_t)length <= t->most;
}

static size_t take_body(char *bytes, size_t one, size_t size, void *data) {
  Transfer *t = data;
  (void)one;
  if (t->expects_first) return check_first(t, bytes, size);
  if (size > t->most - t->received || (t->received == 0 && !will_fit(t)))
    return fail(t, TRANSFER_LARGE, 0);
  if (t->streams && t->body.size >= TRANSFER_AHEAD) {
    t->paused = true;
    return CURL_WRITEFUNC_PAUSE;
  }
  if (!append(&t->body, bytes, size)) return fail(t, TRANSFER_MEMORY, 0);
  if (t->file >= 0 && t->body.size >= WRITTEN && !flush(t))
    return fail(t, TRANSFER_FILE, errno);
  t->received += size;
  return size;
}

static size_t give_body(char *to, size_t one, size_t size, void *data) {
  Transfer *t = data;
  size_t left = t->sent_size - t->sent_now;
  size *= one;
  if (size > left) size = left;
  if (size) memcpy(to, t->sent + t->sent_now, size);
  t->sent_now += size;
  return size;
}

static int seek_body(void *data, curl_off_t offset, int origin) {
  Transfer *t = data;
  if (origin != SEEK_SET || offset < 0 || (size_t)offset > t->sent_size)
    return CURL_SEEKFUNC_CANTSEEK;
  t->sent_now = (size_t)offset;
  return CURL_SEEKFUNC_OK;
}

/* A handle for a plan. */

#define SET(option, value) \
  if (!code) code = libcurl.easy_setopt(t->easy, option, value)

/* Nobody waits for a look-up of a name that was given up (QUICK_EXIT). */
static CURLcode set_own(Transfer *t) {
  CURLcode code = CURLE_OK;
  SET(CURLOPT_PRIVATE, t);
  SET(CURLOPT_ERRORBUFFER, t->message);
  SET(CURLOPT_NOSIGNAL, 1L);
  SET(CURLOPT_PROTOCOLS_STR, "http,https");
  SET(CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
  SET(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  SET(CURLOPT_QUICK_EXIT, 1L);
  SET(CURLOPT_HEADERFUNCTION, take_head);
  SET(CURLOPT_HEADERDATA, t);
  SET(CURLOPT_WRITEFUNCTION, take_body);
  SET(CURLOPT_WRITEDATA, t);
  SET(CURLOPT_READFUNCTION, give_body);
  SET(CURLOPT_READDATA, t);
  SET(CURLOPT_SEEKFUNCTION, seek_body);
  SET(CURLOPT_SEEKDATA, t);
  return code;
}

/* libcurl itself knows what becomes of GET, HEAD, POST and PUT where an answer
** redirects. */
static CURLcode set_method(Transfer *t, const TransferPlan *plan) {
  CURLcode code = CURLE_OK;
  bool posts = strcmp(plan->method, "POST") == 0;
  bool puts = strcmp(plan->method, "PUT") == 0;
  bool heads = strcmp(plan->method, "HEAD") == 0;
  if (strcmp(plan->method, "GET") == 0 && !plan->body) return code;
  if (heads) {
    SET(CURLOPT_NOBODY, 1L);
  } else if (puts) {
    SET(CURLOPT_UPLOAD, 1L);
    SET(CURLOPT_INFILESIZE_LARGE, (curl_off_t)plan->body_size);
  } else if (posts || plan->body) {
    SET(CURLOPT_POST, 1L);
    SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)plan->body_size);
    SET(CURLOPT_POSTFIELDS, plan->body ? plan->body : "");
  }
  if (!posts && !puts && !heads) SET(CURLOPT_CUSTOMREQUEST, plan->method);
  return code;
}

static CURLcode set_plan(Transfer *t, const TransferPlan *plan) {
  setting_free_lists(&t->lists);
  t->plan = 0;
  t->adopted = false;
  CURLcode code = set_own(t);
  SET(CURLOPT_MAXFILESIZE_LARGE, LONGEST); /* no length that is no number */
  if (!code) code = set_method(t, plan);
  for (size_t i = 0; !code && i < plan->count; i++)
    code = setting_apply(t->easy, &plan->settings[i], &t->lists);
  if (!code) t->plan = plan->number;
  return code;
}

/* Whether the handle may carry this transfer, too. What was cut short may have
** left things behind, and so does what remembers: what a server told of logins,
** cookies of a plan's own. */
static bool is_fit(const Transfer *t, const TransferPlan *plan) {
  return !t->used || (t->plan == plan->number && t->ended && !plan->remembers);
}

/* A handle that was reset would keep its cookies. */
static CURLcode renew(Transfer *t) {
  CURL *fresh = libcurl.easy_init();
  if (!fresh) return CURLE_OUT_OF_MEMORY;
  libcurl.easy_cleanup(t->easy);
  t->easy = fresh;
  t->plan = 0;
  return CURLE_OK;
}

/* Files. A name that nobody would look for stands for one that is not whole. */

static bool make_partial(Transfer *t, mode_t mode) {
  const char *name = strrchr(t->path, '/');
  int folder = name ? (int)(name + 1 - t->path) : 0;
  size_t room = (size_t)folder + 64;
  t->partial = malloc(room);
  if (!t->partial) return fail(t, TRANSFER_MEMORY, 0);
  for (int i = 0; i < TRIES; i++) {
    snprintf(t->partial, room, "%.*s.perilune-%d-%" PRIu32 "-%d.part", folder,
             t->path, (int)getpid(), t->number, i);
    t->file = open(t->partial, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (t->file >= 0) return true;
    if (errno != EEXIST) break;
  }
  fail(t, TRANSFER_FILE, errno);
  free(t->partial);
  t->partial = NULL;
  return false;
}

/* Whether nothing has that name, not even a link to nowhere; else errno. */
static bool is_free(const char *path) {
  struct stat there;
  return errno == ENOENT && lstat(path, &there) != 0 && errno == ENOENT;
}

/* A file that is there keeps its mode, and a link to it stays one, which one to
** nowhere would not; a device is written to. What cannot be looked at may be
** one, so that nothing replaces it. */
static bool open_file(Transfer *t, const char *path) {
  struct stat there;
  bool is_new = stat(path, &there) != 0;
  if (is_new && !is_free(path)) return fail(t, TRANSFER_FILE, errno);
  if (!is_new && S_ISCHR(there.st_mode)) {
    t->file = open(path, O_WRONLY | O_CLOEXEC);
    return t->file >= 0 || fail(t, TRANSFER_FILE, errno);
  }
  if (!is_new && !S_ISREG(there.st_mode))
    return fail(t, TRANSFER_FILE, S_ISDIR(there.st_mode) ? EISDIR : ENOTSUP);
  t->path = is_new ? strdup(path) : realpath(path, NULL);
  if (!t->path) return fail(t, TRANSFER_FILE, errno);
  if (!make_partial(t, is_new ? 0666 : there.st_mode & 0777)) return false;
  if (!is_new) (void)!fchmod(t->file, there.st_mode & 0777);
  return true;
}

static void drop_partial(Transfer *t) {
  if (t->file >= 0) close(t->file);
  if (t->partial) unlink(t->partial);
  free(t->partial);
  free(t->path);
  t->partial = t->path = NULL;
  t->file = -1;
}

static void keep_partial(Transfer *t) {
  if (!flush(t)) {
    fail(t, TRANSFER_FILE, errno);
    return;
  }
  int status = close(t->file);
  t->file = -1;
  if (status == 0 && t->partial) status = rename(t->partial, t->path);
  if (status != 0) {
    fail(t, TRANSFER_FILE, errno);
    return;
  }
  free(t->partial);
  t->partial = NULL;
}

/* libcurl would do it again when the handle is cleaned up, over what others
** have written meanwhile. */
static void write_jar(Transfer *t, bool now) {
  if (!t->writes_jar) return;
  t->writes_jar = false;
  if (now) libcurl.easy_setopt(t->easy, CURLOPT_COOKIELIST, "FLUSH");
  libcurl.easy_setopt(t->easy, CURLOPT_COOKIEJAR, NULL);
}

static bool is_success(const Transfer *t) {
  long status = 0;
  libcurl.easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
  return status >= 200 && status < 300;
}

Transfer *transfer_new(uint32_t number) {
  Transfer *t = calloc(1, sizeof *t);
  if (!t) return NULL;
  t->number = number;
  t->file = -1;
  t->easy = libcurl.easy_init();
  if (t->easy) return t;
  free(t);
  return NULL;
}

void transfer_free(Transfer *t) {
  write_jar(t, false);
  drop_partial(t);
  libcurl.easy_cleanup(t->easy);
  setting_free_lists(&t->lists);
  free(t->head.bytes);
  free(t->body.bytes);
  free(t);
}

static bool is_tls(const char *url) {
  return strncasecmp(url, "https:", 6) == 0;
}

/* What stands for the URL's host. */
static uint8_t host_of(const char *url) {
  const char *slashes = strstr(url, "://");
  const char *host = slashes ? slashes + 3 : url;
  uint32_t hash = 2166136261; /* FNV-1a */
  for (size_t n = strcspn(host, "/?#"); n > 0; n--, host++)
    hash = (hash ^ (unsigned char)*host) * 16777619;
  return (uint8_t)((hash >> 8) % TRANSFER_HOSTS);
}

/* Whether one connection to the host may serve all is known with TLS as soon as
** the first stands, which is worth waiting for; without TLS not before the
** first answer, which may be slow. */
static CURLcode set_url(Transfer *t, const char *url) {
  CURLcode code = CURLE_OK;
  t->shares = is_tls(url);
  t->host = host_of(url);
  SET(CURLOPT_URL, url);
  SET(CURLOPT_PIPEWAIT, (long)t->shares);
  return code;
}

bool transfer_prepare(Transfer *t, const TransferPlan *plan, const char *url,
                      const char *path) {
  CURLcode code = CURLE_OK;
  transfer_clear(t); /* a refusal may have been cut short, for want of memory */
  if (!is_fit(t, plan)) code = renew(t);
  t->used = true;
  t->ended = false;
  t->most = plan->most;
  t->streams = plan->streams;
  t->writes_jar = plan->writes_jar;
  t->sent = plan->body;
  t->sent_size = plan->body ? plan->body_size : 0;
  if (!code && t->plan != plan->number) code = set_plan(t, plan);
  if (!code) code = set_url(t, url);
  if (!code && libcurl_misfolds()) code = expect_first(t, true);
  t->code = code;
  return !code && (!path || open_file(t, path));
}

void transfer_end(Transfer *t, CURLcode code) {
  write_jar(t, true);
  t->active = false;
  t->over = true;
  t->ended = code == CURLE_OK;
  t->code = code;
  if (t->file < 0) return;
  if (!code && !t->fault && is_success(t)) keep_partial(t);
  if (t->file < 0 && !t->partial) return;
  drop_partial(t);
  t->body.size = 0;
}

void transfer_clear(Transfer *t) {
  write_jar(t, false);
  drop_partial(t);
  empty(&t->head);
  empty(&t->body);
  t->heads = t->received = 0;
  t->sent = NULL;
  t->sent_size = t->sent_now = 0;
  t->over = t->told = t->paused = false;
  t->in_head = true;
  t->refused = t->deaf = 0;
  t->code = CURLE_OK;
  t->fault = TRANSFER_SOUND;
  t->error = 0;
  t->message[0] = 0;
}
