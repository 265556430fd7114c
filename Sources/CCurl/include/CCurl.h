// Downloads over HTTP through libcurl, which is looked up when it is first needed: starting the
// program costs nothing, and building it needs no headers of libcurl.

#ifndef ALEXNET_CURL_H
#define ALEXNET_CURL_H

#include <stddef.h>
#include <stdint.h>

enum alexnet_curl_outcome {
  ALEXNET_CURL_DONE = 0,
  /// libcurl is not installed, or lacks a function.
  ALEXNET_CURL_MISSING = 1,
  /// A callback asked to end.
  ALEXNET_CURL_ABORTED = 2,
  /// The server answered with a status of 400 or more.
  ALEXNET_CURL_STATUS = 3,
  /// The connection ended before the announced size was reached.
  ALEXNET_CURL_CUT_OFF = 4,
  /// No connection in time, or too few bytes for too long.
  ALEXNET_CURL_TIMED_OUT = 5,
  /// Anything else: `message` says what.
  ALEXNET_CURL_FAILED = 6,
};

typedef struct {
  const char *url;
  const char *user_agent;
  /// Ask for the bytes from here on; 0 asks for all.
  int64_t offset;
  long connect_timeout_seconds;
  /// How long less than a byte a second may come.
  long stall_timeout_seconds;
  void *context;
  /// Called once, before the first byte: where in the file the body begins, and how large the
  /// whole file is (-1 where the server does not say). Nonzero ends the download.
  int (*on_start)(void *context, int64_t offset, int64_t total);
  /// Nonzero ends the download.
  int (*on_bytes)(void *context, const void *bytes, size_t count);
  /// Asked at least about once a second. Nonzero ends the download.
  int (*should_stop)(void *context);
} alexnet_curl_request;

typedef struct {
  enum alexnet_curl_outcome outcome;
  /// The last HTTP status, or 0.
  long status;
  /// Zero-terminated; empty where there is nothing to say.
  char message[256];
} alexnet_curl_result;

/// Downloads, following redirects between http and https, through the proxies that the environment
/// names. Keeps no memory.
void alexnet_curl_download(const alexnet_curl_request *request, alexnet_curl_result *result);

#endif
