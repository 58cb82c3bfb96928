#include "native/fetch/libcurl.h"

#include <dlfcn.h>
#include <pthread.h>
#include <string.h>

LibCurl libcurl;

/* Versions: the first that keeps headers, and the first that does it right. */
enum { FIRST_WITH_HEADERS = 0x075300, FIRST_SOUND = 0x080101 };

static const char *problem;
static bool misfolds;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void *library;

static void find(const char *name, void *function) {
  void *address = dlsym(library, name);
  if (!address && !problem) problem = name;
  memcpy(function, &address, sizeof address);
}

static void load(void) {
  library = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
  if (!library) {
    problem = "libcurl.so.4 cannot be loaded: apt-get install libcurl4";
    return;
  }
#define LIBCURL_FIND(name) find("curl_" #name, &libcurl.name);
  LIBCURL_FUNCTIONS(LIBCURL_FIND)
#undef LIBCURL_FIND
  if (!problem && libcurl.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
    problem = "libcurl cannot be initialised";
  if (problem) return;
  unsigned number = libcurl.version_info(CURLVERSION_NOW)->version_num;
  misfolds = number >= FIRST_WITH_HEADERS && number < FIRST_SOUND;
}

bool libcurl_load(const char **why) {
  pthread_once(&once, load);
  *why = problem;
  return problem == NULL;
}

bool libcurl_misfolds(void) { return misfolds; }
