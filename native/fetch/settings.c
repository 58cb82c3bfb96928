#include "native/fetch/settings.h"

#include <string.h>

static const SettingChoice VERSIONS[] = {
    {"1.0", CURL_HTTP_VERSION_1_0},
    {"1.1", CURL_HTTP_VERSION_1_1},
    {"2", CURL_HTTP_VERSION_2TLS},
    {NULL, 0},
};

static const SettingChoice SCHEMES[] = {
    {"basic", CURLAUTH_BASIC},
    {"digest", CURLAUTH_DIGEST},
    {"ntlm", CURLAUTH_NTLM},
    {"negotiate", CURLAUTH_NEGOTIATE},
    {"bearer", CURLAUTH_BEARER},
    {"any", (long)CURLAUTH_ANY},
    {NULL, 0},
};

static const SettingChoice TLS[] = {
    {"1.2", CURL_SSLVERSION_TLSv1_2},
    {"1.3", CURL_SSLVERSION_TLSv1_3},
    {NULL, 0},
};

static const SettingChoice ADDRESSES[] = {
    {"any", CURL_IPRESOLVE_WHATEVER},
    {"4", CURL_IPRESOLVE_V4},
    {"6", CURL_IPRESOLVE_V6},
    {NULL, 0},
};

/* In the order of their names. */
static const SettingOption OPTIONS[] = {
    {"address_family", SETTING_CHOICE, CURLOPT_IPRESOLVE, ADDRESSES},
    {"auth", SETTING_CHOICE, CURLOPT_HTTPAUTH, SCHEMES},
    {"bearer", SETTING_TEXT, CURLOPT_XOAUTH2_BEARER, NULL},
    {"ca_file", SETTING_TEXT, CURLOPT_CAINFO, NULL},
    {"ca_path", SETTING_TEXT, CURLOPT_CAPATH, NULL},
    {"cert", SETTING_TEXT, CURLOPT_SSLCERT, NULL},
    {"cert_type", SETTING_TEXT, CURLOPT_SSLCERTTYPE, NULL},
    {"ciphers", SETTING_TEXT, CURLOPT_SSL_CIPHER_LIST, NULL},
    {"compression", SETTING_TEXT, CURLOPT_ACCEPT_ENCODING, NULL},
    {"connect_timeout", SETTING_MILLISECONDS, CURLOPT_CONNECTTIMEOUT_MS, NULL},
    {"connect_to", SETTING_LINES, CURLOPT_CONNECT_TO, NULL},
    {"cookie_file", SETTING_TEXT, CURLOPT_COOKIEFILE, NULL},
    {"cookie_jar", SETTING_TEXT, CURLOPT_COOKIEJAR, NULL},
    {"dns_cache_timeout", SETTING_SECONDS, CURLOPT_DNS_CACHE_TIMEOUT, NULL},
    {"follow", SETTING_FLAG, CURLOPT_FOLLOWLOCATION, NULL},
    {"headers", SETTING_LINES, CURLOPT_HTTPHEADER, NULL},
    {"http_version", SETTING_CHOICE, CURLOPT_HTTP_VERSION, VERSIONS},
    {"interface", SETTING_TEXT, CURLOPT_INTERFACE, NULL},
    {"keep_alive", SETTING_FLAG, CURLOPT_TCP_KEEPALIVE, NULL},
    {"key", SETTING_TEXT, CURLOPT_SSLKEY, NULL},
    {"key_password", SETTING_TEXT, CURLOPT_KEYPASSWD, NULL},
    {"key_type", SETTING_TEXT, CURLOPT_SSLKEYTYPE, NULL},
    {"max_age", SETTING_SECONDS, CURLOPT_MAXAGE_CONN, NULL},
    {"max_receive_rate", SETTING_BYTES, CURLOPT_MAX_RECV_SPEED_LARGE, NULL},
    {"max_redirects", SETTING_INTEGER, CURLOPT_MAXREDIRS, NULL},
    {"max_send_rate", SETTING_BYTES, CURLOPT_MAX_SEND_SPEED_LARGE, NULL},
    {"no_proxy", SETTING_TEXT, CURLOPT_NOPROXY, NULL},
    {"password", SETTING_TEXT, CURLOPT_PASSWORD, NULL},
    {"pinned_key", SETTING_TEXT, CURLOPT_PINNEDPUBLICKEY, NULL},
    {"proxy", SETTING_TEXT, CURLOPT_PROXY, NULL},
    {"proxy_auth", SETTING_CHOICE, CURLOPT_PROXYAUTH, SCHEMES},
    {"proxy_headers", SETTING_LINES, CURLOPT_PROXYHEADER, NULL},
    {"proxy_password", SETTING_TEXT, CURLOPT_PROXYPASSWORD, NULL},
    {"proxy_username", SETTING_TEXT, CURLOPT_PROXYUSERNAME, NULL},
    {"range", SETTING_TEXT, CURLOPT_RANGE, NULL},
    {"referer", SETTING_TEXT, CURLOPT_REFERER, NULL},
    {"stall_rate", SETTING_INTEGER, CURLOPT_LOW_SPEED_LIMIT, NULL},
    {"stall_timeout", SETTING_SECONDS, CURLOPT_LOW_SPEED_TIME, NULL},
    {"timeout", SETTING_MILLISECONDS, CURLOPT_TIMEOUT_MS, NULL},
    {"tls13_ciphers", SETTING_TEXT, CURLOPT_TLS13_CIPHERS, NULL},
    {"tls_min", SETTING_CHOICE, CURLOPT_SSLVERSION, TLS},
    {"unix_socket", SETTING_TEXT, CURLOPT_UNIX_SOCKET_PATH, NULL},
    {"user_agent", SETTING_TEXT, CURLOPT_USERAGENT, NULL},
    {"username", SETTING_TEXT, CURLOPT_USERNAME, NULL},
    {"verify", SETTING_FLAG, CURLOPT_SSL_VERIFYPEER, NULL},
};

const SettingOption *setting_option(const char *name) {
  size_t low = 0;
  size_t high = sizeof OPTIONS / sizeof *OPTIONS;
  while (low < high) {
    size_t middle = (low + high) / 2;
    int order = strcmp(name, OPTIONS[middle].name);
    if (order == 0) return &OPTIONS[middle];
    if (order < 0)
      high = middle;
    else
      low = middle + 1;
  }
  return NULL;
}

const SettingChoice *setting_choice(const SettingOption *option,
                                    const char *name) {
  for (const SettingChoice *choice = option->choices; choice->name; choice++)
    if (strcmp(choice->name, name) == 0) return choice;
  return NULL;
}

static CURLcode apply_lines(CURL *easy, const Setting *setting,
                            SettingLists *lists) {
  struct curl_slist *list = NULL;
  for (size_t i = 0; i < setting->count; i++) {
    struct curl_slist *longer = libcurl.slist_append(list, setting->lines[i]);
    if (!longer) {
      libcurl.slist_free_all(list);
      return CURLE_OUT_OF_MEMORY;
    }
    list = longer;
  }
  if (!list) return CURLE_OK;
  lists->lists[lists->count++] = list;
  return libcurl.easy_setopt(easy, setting->option->option, list);
}

/* Whoever is not asked for a certificate is not asked for its name. */
static CURLcode apply_verify(CURL *easy, long verify) {
  CURLcode code = libcurl.easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2 * verify);
  return code ? code
              : libcurl.easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, verify);
}

CURLcode setting_apply(CURL *easy, const Setting *setting,
                       SettingLists *lists) {
  CURLoption option = setting->option->option;
  switch (setting->option->kind) {
  case SETTING_TEXT: return libcurl.easy_setopt(easy, option, setting->text);
  case SETTING_LINES: return apply_lines(easy, setting, lists);
  case SETTING_BYTES: return libcurl.easy_setopt(easy, option, setting->value);
  default: break;
  }
  if (option == CURLOPT_SSL_VERIFYPEER)
    return apply_verify(easy, (long)setting->value);
  return libcurl.easy_setopt(easy, option, (long)setting->value);
}

bool setting_remembers(const Setting *setting) {
  switch (setting->option->option) {
  case CURLOPT_COOKIEFILE:
  case CURLOPT_COOKIEJAR: return true;
  case CURLOPT_HTTPAUTH:
  case CURLOPT_PROXYAUTH:
    return setting->value != CURLAUTH_BASIC &&
           setting->value != CURLAUTH_BEARER;
  default: return false;
  }
}

void setting_free_lists(SettingLists *lists) {
  for (int i = 0; i < lists->count; i++)
    libcurl.slist_free_all(lists->lists[i]);
  lists->count = 0;
}
