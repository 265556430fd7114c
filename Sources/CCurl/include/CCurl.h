// Downloads over HTTP with libcurl. The library is loaded when the first download starts, so that
// other commands do not load it. Building needs no headers of libcurl.

#ifndef ALEXNET_CURL_H
#define ALEXNET_CURL_H

#include <stddef.h>
#include <stdint.h>

enum alexnet_curl_outcome {
  ALEXNET_CURL_DONE = 0,
  /// libcurl is not installed, or is too old to have all functions.
  ALEXNET_CURL_MISSING = 1,
  /// A callback asked to end.
  ALEXNET_CURL_ABORTED = 2,
  /// The server answered with a status of 400 or more.
  ALEXNET_CURL_STATUS = 3,
  /// The connection ended before the announced size was reached.
  ALEXNET_CURL_CUT_OFF = 4,
  /// There was no connection in time, or too few bytes arrived for too long.
  ALEXNET_CURL_TIMED_OUT = 5,
  /// Any other failure; `message` describes it.
  ALEXNET_CURL_FAILED = 6,
};

typedef struct {
  const char *url;
  const char *user_agent;
  /// The position of the first byte to ask for; 0 for the whole file.
  int64_t offset;
  long connect_timeout_seconds;
  /// The download fails if less than a byte a second arrives for this long.
  long stall_timeout_seconds;
  void *context;
  /// Called once, before the first byte. `offset` is the position in the file at which the body
  /// begins, and `total` is the size of the whole file, or -1 if the server does not say it. A
  /// nonzero result ends the download.
  int (*on_start)(void *context, int64_t offset, int64_t total);
  /// Called with each part of the body, in order. A nonzero result ends the download.
  int (*on_bytes)(void *context, const void *bytes, size_t count);
  /// Called about once a second or more often. A nonzero result ends the download.
  int (*should_stop)(void *context);
} alexnet_curl_request;

typedef struct {
  enum alexnet_curl_outcome outcome;
  /// The last HTTP status, or 0.
  long status;
  /// Zero-terminated; empty if there is no message.
  char message[256];
} alexnet_curl_result;

/// Downloads a file. Redirects to http and https are followed, and the proxies in the environment
/// are used. All memory is freed before it returns, except that the library stays loaded.
void alexnet_curl_download(const alexnet_curl_request *request, alexnet_curl_result *result);

#endif
