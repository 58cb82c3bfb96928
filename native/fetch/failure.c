/* What has gone wrong with a transfer, in words. */
#include <string.h>

#include "native/fetch/transfer.h"

static bool says(const Transfer *t, const char *part) {
  return strstr(t->message, part) != NULL;
}

/* libcurl tells of a line of more than 100 KiB as of a lack of memory; from 8.6
** on as CURLE_TOO_LARGE. */
static bool is_long_line(const Transfer *t) {
  const int too_large = 100;
  long sent = 0;
  if (t->code != CURLE_OUT_OF_MEMORY && (int)t->code != too_large) return false;
  if (!t->over) return false; /* what was sent was another transfer's */
  libcurl.easy_getinfo(t->easy, CURLINFO_REQUEST_SIZE, &sent);
  return t->in_head && sent > 0;
}

static const char *fault_of_code(const Transfer *t) {
  long redirects = 0;
  if (is_long_line(t)) return "protocol";
  switch (t->code) {
  case CURLE_UNSUPPORTED_PROTOCOL: /* of an answer's first line, too */
    if (says(t, "HTTP/0.9") || says(t, " response")) return "protocol";
    libcurl.easy_getinfo(t->easy, CURLINFO_REDIRECT_COUNT, &redirects);
    return redirects ? "redirect" : "url";
  case CURLE_URL_MALFORMAT:
    return says(t, "redirect target") ? "redirect" : "url";
  case CURLE_TOO_MANY_REDIRECTS: return "redirect";
  case CURLE_COULDNT_RESOLVE_HOST:
  case CURLE_COULDNT_RESOLVE_PROXY: return "resolve";
  case CURLE_COULDNT_CONNECT:
  case CURLE_PROXY:
  case CURLE_INTERFACE_FAILED: return "connect";
  case CURLE_OPERATION_TIMEDOUT:
    return says(t, "too slow") ? "stalled" : "timeout";
  case CURLE_SSL_CONNECT_ERROR:
  case CURLE_PEER_FAILED_VERIFICATION:
  case CURLE_SSL_CERTPROBLEM:
  case CURLE_SSL_CIPHER:
  case CURLE_SSL_CACERT_BADFILE:
  case CURLE_SSL_ISSUER_ERROR:
  case CURLE_SSL_INVALIDCERTSTATUS:
  case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
  case CURLE_SSL_CLIENTCERT: return "tls";
  case CURLE_RECV_ERROR: /* also of what was received and cannot be read */
    if (says(t, "chunked-encoding") || says(t, "response headers"))
      return "protocol";
    return "reset";
  case CURLE_BAD_FUNCTION_ARGUMENT: /* a line that is no header */
    return t->over ? "protocol" : "curl";
  case CURLE_SEND_ERROR:
  case CURLE_GOT_NOTHING:
  case CURLE_PARTIAL_FILE: return "reset";
  case CURLE_WEIRD_SERVER_REPLY:
  case CURLE_BAD_CONTENT_ENCODING:
  case CURLE_WRITE_ERROR:
  case CURLE_HTTP2:
  case CURLE_HTTP2_STREAM: return "protocol";
  case CURLE_LOGIN_DENIED:
  case CURLE_AUTH_ERROR: return "auth";
  case CURLE_FILESIZE_EXCEEDED: return "too_large";
  case CURLE_OUT_OF_MEMORY: return "memory";
  default: return "curl";
  }
}

const char *transfer_fault(const Transfer *t) {
  switch (t->fault) {
  case TRANSFER_LARGE: return "too_large";
  case TRANSFER_LARGE_HEAD:
  case TRANSFER_FOLDED: return "protocol";
  case TRANSFER_FILE: return "file";
  case TRANSFER_MEMORY:
  case TRANSFER_DEAF: return "memory";
  default: return fault_of_code(t);
  }
}

const char *transfer_message(const Transfer *t) {
  switch (t->fault) {
  case TRANSFER_LARGE: return "the body is larger than max_bytes";
  case TRANSFER_LARGE_HEAD: return "the headers are larger than 1 MiB";
  case TRANSFER_FOLDED: return "the first header is a continuation line";
  case TRANSFER_FILE: return strerror(t->error);
  case TRANSFER_MEMORY: return "not enough memory";
  case TRANSFER_DEAF: return t->message;
  default: break;
  }
  if (is_long_line(t)) return "a line of the headers is too long";
  if (t->code == CURLE_COULDNT_CONNECT && t->refused)
    return strerror(t->refused);
  return t->message[0] ? t->message : libcurl.easy_strerror(t->code);
}
