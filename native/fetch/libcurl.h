/* libcurl, loaded when it is first needed: it brings some thirty libraries
** along, with which every program would take several times as long to start. */
#ifndef PERILUNE_FETCH_LIBCURL_H
#define PERILUNE_FETCH_LIBCURL_H

#include <curl/curl.h>
#include <stdbool.h>

#define LIBCURL_FUNCTIONS(X) \
  X(easy_cleanup) \
  X(easy_getinfo) \
  X(easy_init) \
  X(easy_pause) \
  X(easy_reset) \
  X(easy_setopt) \
  X(easy_strerror) \
  X(global_init) \
  X(multi_add_handle) \
  X(multi_cleanup) \
  X(multi_info_read) \
  X(multi_init) \
  X(multi_remove_handle) \
  X(multi_setopt) \
  X(multi_socket_action) \
  X(multi_strerror) \
  X(share_cleanup) \
  X(share_init) \
  X(share_setopt) \
  X(slist_append) \
  X(slist_free_all) \
  X(version_info)

#define LIBCURL_MEMBER(name) __typeof__ (&curl_##name)(name);
typedef struct LibCurl {
  LIBCURL_FUNCTIONS(LIBCURL_MEMBER)
} LibCurl;
#undef LIBCURL_MEMBER

/* Valid after libcurl_load, which may be called by any thread. False: *why. */
extern LibCurl libcurl;
bool libcurl_load(const char **why);

/* Whether a handle's second transfer goes wrong where the answer's first header
** is a continuation line. From 7.83.0 until 8.1.1 libcurl kept a pointer to the
** last header of the transfer before, which was freed, and wrote there (curl's
** issue 11101). */
bool libcurl_misfolds(void);

#endif
