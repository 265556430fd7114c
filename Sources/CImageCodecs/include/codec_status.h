#ifndef CODEC_STATUS_H
#define CODEC_STATUS_H

enum __attribute__((enum_extensibility(closed))) codec_status {
  codec_status_ok,
  /// The data ends before the picture does.
  codec_status_truncated,
  /// The decoder found damage.
  codec_status_corrupt,
  /// Well-formed, but beyond what this build of the library can do.
  codec_status_unsupported,
  /// Larger or costlier than the caller allows.
  codec_status_limit,
  codec_status_out_of_memory,
  /// A disagreement between this code and the library.
  codec_status_internal,
};

struct codec_result {
  enum codec_status status;
  /// What the library said, zero-terminated; empty with codec_status_ok.
  char message[200];
};

#endif
