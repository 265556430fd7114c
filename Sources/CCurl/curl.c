#include "CCurl.h"

#include <dlfcn.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

// Constants of libcurl's stable ABI, from curl/curl.h.
enum {
  OPT_LOW_SPEED_LIMIT = 19,
  OPT_LOW_SPEED_TIME = 20,
  OPT_NOPROGRESS = 43,
  OPT_FAILONERROR = 45,
  OPT_FOLLOWLOCATION = 52,
  OPT_MAXREDIRS = 68,
  OPT_CONNECTTIMEOUT = 78,
  OPT_NOSIGNAL = 99,
  OPT_PROTOCOLS = 181,
  OPT_REDIR_PROTOCOLS = 182,
  OPT_WRITEDATA = 10001,
  OPT_URL = 10002,
  OPT_RANGE = 10007,
  OPT_ERRORBUFFER = 10010,
  OPT_USERAGENT = 10018,
  OPT_HEADERDATA = 10029,
  OPT_XFERINFODATA = 10057,
  OPT_WRITEFUNCTION = 20011,
  OPT_HEADERFUNCTION = 20079,
  OPT_XFERINFOFUNCTION = 20219,
  INFO_RESPONSE_CODE = 0x200002,
  GLOBAL_ALL = 3,
  PROTOCOLS_HTTP_AND_HTTPS = 1 | 2,
  ERROR_SIZE = 256,
  CODE_PARTIAL_FILE = 18,
  CODE_HTTP_RETURNED_ERROR = 22,
  CODE_OPERATION_TIMEDOUT = 28,
};

typedef struct {
  int (*global_init)(long flags);
  void *(*easy_init)(void);
  int (*easy_setopt)(void *handle, int option, ...);
  int (*easy_perform)(void *handle);
  int (*easy_getinfo)(void *handle, int info, ...);
  const char *(*easy_strerror)(int code);
  void (*easy_cleanup)(void *handle);
} curl_functions;

typedef struct {
  const curl_functions *curl;
  void *handle;
  const alexnet_curl_request *request;
  int started;
  int aborted;
  // From the headers of the current answer; -1 if there was no such header.
  int64_t content_length;
  int64_t range_start;
  int64_t range_total;
} transfer;

static void *open_library(void) {
  static const char *const names[] = {
#ifdef __APPLE__
      "/usr/lib/libcurl.4.dylib",
      "libcurl.4.dylib",
#else
      "libcurl.so.4",
      "libcurl-gnutls.so.4",
      "libcurl.so",
#endif
  };
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    void *library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
    if (library) return library;
  }
  return NULL;
}

static int find(void *library, const char *name, void *function, size_t size) {
  void *address = dlsym(library, name);
  if (!address) return 0;
  memcpy(function, &address, size);
  return 1;
}

#define FIND(field, name) find(library, name, &functions->field, sizeof functions->field)

static int load(curl_functions *functions) {
  // The library is never closed, because it registers handlers that run when the process exits.
  void *library = open_library();
  return library && FIND(global_init, "curl_global_init") && FIND(easy_init, "curl_easy_init") &&
         FIND(easy_setopt, "curl_easy_setopt") && FIND(easy_perform, "curl_easy_perform") &&
         FIND(easy_getinfo, "curl_easy_getinfo") && FIND(easy_strerror, "curl_easy_strerror") &&
         FIND(easy_cleanup, "curl_easy_cleanup");
}

static int has_name(const char *line, size_t length, const char *name) {
  size_t name_length = strlen(name);
  return length > name_length && strncasecmp(line, name, name_length) == 0;
}

static size_t on_header(char *line, size_t size, size_t count, void *context) {
  transfer *t = context;
  size_t length = size * count;
  char value[128];
  if (has_name(line, length, "HTTP/")) {
    // A new answer begins. The values so far came from the headers of a redirect.
    t->content_length = t->range_start = t->range_total = -1;
  } else if (has_name(line, length, "Content-Length:")) {
    size_t skip = strlen("Content-Length:");
    snprintf(value, sizeof value, "%.*s", (int)(length - skip < 100 ? length - skip : 100),
             line + skip);
    t->content_length = strtoll(value, NULL, 10);
  } else if (has_name(line, length, "Content-Range:")) {
    size_t skip = strlen("Content-Range:");
    int64_t first = -1, last = -1, total = -1;
    snprintf(value, sizeof value, "%.*s", (int)(length - skip < 100 ? length - skip : 100),
             line + skip);
    if (sscanf(value, " bytes %" SCNd64 "-%" SCNd64 "/%" SCNd64, &first, &last, &total) >= 2) {
      t->range_start = first;
      t->range_total = total;
    }
  }
  return length;
}

static int start(transfer *t) {
  long status = 0;
  t->curl->easy_getinfo(t->handle, INFO_RESPONSE_CODE, &status);
  t->started = 1;
  int64_t offset = 0, total = t->content_length;
  if (status == 206 && t->range_start >= 0) {
    offset = t->range_start;
    total = t->range_total;
  }
  return t->request->on_start(t->request->context, offset, total);
}

static size_t on_body(char *bytes, size_t size, size_t count, void *context) {
  transfer *t = context;
  if (!t->started && start(t) != 0) t->aborted = 1;
  if (!t->aborted && t->request->on_bytes(t->request->context, bytes, size * count) != 0)
    t->aborted = 1;
  // libcurl ends the transfer if the result is not the number of bytes.
  return t->aborted ? 0 : size * count;
}

static int on_progress(void *context, int64_t a, int64_t b, int64_t c, int64_t d) {
  (void)a, (void)b, (void)c, (void)d;
  transfer *t = context;
  if (t->request->should_stop(t->request->context) != 0) t->aborted = 1;
  return t->aborted;
}

static enum alexnet_curl_outcome outcome(const transfer *t, int code) {
  if (t->aborted) return ALEXNET_CURL_ABORTED;
  switch (code) {
    case 0:
      return ALEXNET_CURL_DONE;
    case CODE_PARTIAL_FILE:
      return ALEXNET_CURL_CUT_OFF;
    case CODE_HTTP_RETURNED_ERROR:
      return ALEXNET_CURL_STATUS;
    case CODE_OPERATION_TIMEDOUT:
      return ALEXNET_CURL_TIMED_OUT;
    default:
      return ALEXNET_CURL_FAILED;
  }
}

static void configure(transfer *t, char *error, const char *range) {
  const curl_functions *curl = t->curl;
  const alexnet_curl_request *request = t->request;
  curl->easy_setopt(t->handle, OPT_URL, request->url);
  curl->easy_setopt(t->handle, OPT_USERAGENT, request->user_agent);
  curl->easy_setopt(t->handle, OPT_NOSIGNAL, 1L);
  curl->easy_setopt(t->handle, OPT_FAILONERROR, 1L);
  curl->easy_setopt(t->handle, OPT_FOLLOWLOCATION, 1L);
  curl->easy_setopt(t->handle, OPT_MAXREDIRS, 10L);
  curl->easy_setopt(t->handle, OPT_PROTOCOLS, (long)PROTOCOLS_HTTP_AND_HTTPS);
  curl->easy_setopt(t->handle, OPT_REDIR_PROTOCOLS, (long)PROTOCOLS_HTTP_AND_HTTPS);
  curl->easy_setopt(t->handle, OPT_CONNECTTIMEOUT, request->connect_timeout_seconds);
  curl->easy_setopt(t->handle, OPT_LOW_SPEED_LIMIT, 1L);
  curl->easy_setopt(t->handle, OPT_LOW_SPEED_TIME, request->stall_timeout_seconds);
  curl->easy_setopt(t->handle, OPT_ERRORBUFFER, error);
  curl->easy_setopt(t->handle, OPT_HEADERFUNCTION, on_header);
  curl->easy_setopt(t->handle, OPT_HEADERDATA, t);
  curl->easy_setopt(t->handle, OPT_WRITEFUNCTION, on_body);
  curl->easy_setopt(t->handle, OPT_WRITEDATA, t);
  curl->easy_setopt(t->handle, OPT_NOPROGRESS, 0L);
  curl->easy_setopt(t->handle, OPT_XFERINFOFUNCTION, on_progress);
  curl->easy_setopt(t->handle, OPT_XFERINFODATA, t);
  if (request->offset > 0) curl->easy_setopt(t->handle, OPT_RANGE, range);
}

void alexnet_curl_download(const alexnet_curl_request *request, alexnet_curl_result *result) {
  memset(result, 0, sizeof *result);
  result->outcome = ALEXNET_CURL_MISSING;
  curl_functions functions;
  if (!load(&functions)) return;

  transfer t = {&functions, NULL, request, 0, 0, -1, -1, -1};
  result->outcome = ALEXNET_CURL_FAILED;
  if (functions.global_init(GLOBAL_ALL) != 0 || !(t.handle = functions.easy_init())) {
    snprintf(result->message, sizeof result->message, "libcurl does not start");
    return;
  }
  char error[ERROR_SIZE] = "";
  char range[32];
  snprintf(range, sizeof range, "%" PRId64 "-", request->offset);
  configure(&t, error, range);

  int code = functions.easy_perform(t.handle);
  // For an empty file, on_body is never called.
  if (code == 0 && !t.started && start(&t) != 0) t.aborted = 1;
  functions.easy_getinfo(t.handle, INFO_RESPONSE_CODE, &result->status);
  result->outcome = outcome(&t, code);
  if (code != 0)
    snprintf(result->message, sizeof result->message, "%s",
             error[0] ? error : functions.easy_strerror(code));
  functions.easy_cleanup(t.handle);
}
