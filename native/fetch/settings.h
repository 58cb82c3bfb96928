/* What a request asks of libcurl beyond its URL: options by name. */
#ifndef PERILUNE_FETCH_SETTINGS_H
#define PERILUNE_FETCH_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>

#include "native/fetch/libcurl.h"

typedef enum SettingKind {
  SETTING_TEXT,
  SETTING_FLAG,    /* 0 or 1 */
  SETTING_INTEGER, /* from 0 */
  SETTING_BYTES,   /* from 0, of 64 bits */
  SETTING_MILLISECONDS,
  SETTING_SECONDS, /* whole ones */
  SETTING_CHOICE,  /* one of `choices` */
  SETTING_LINES,   /* a list */
} SettingKind;

typedef struct SettingChoice {
  const char *name;
  long value;
} SettingChoice;

typedef struct SettingOption {
  const char *name;
  SettingKind kind;
  CURLoption option;
  const SettingChoice *choices; /* ended by one without a name */
} SettingOption;

/* One option and its value. The bytes belong to whoever made it. */
typedef struct Setting {
  const SettingOption *option;
  const char *text;
  const char *const *lines;
  size_t count;     /* of lines */
  curl_off_t value; /* of all others */
} Setting;

/* NULL: there is no such option. */
const SettingOption *setting_option(const char *name);

/* The choice of a name, or NULL. */
const SettingChoice *setting_choice(const SettingOption *option,
                                    const char *name);

/* Lists that easy handles point into. */
enum { SETTING_LISTS = 4 };

typedef struct SettingLists {
  struct curl_slist *lists[SETTING_LISTS];
  int count;
} SettingLists;

/* libcurl keeps copies of texts, and points into `lists` as long as the handle
** has these options. */
CURLcode setting_apply(CURL *easy, const Setting *setting, SettingLists *lists);

/* Whether a handle with it keeps what one answer told for the next request. */
bool setting_remembers(const Setting *setting);

void setting_free_lists(SettingLists *lists);

#endif
