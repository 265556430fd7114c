#ifndef CODEC_STATUS_H
#define CODEC_STATUS_H

enum __attribute__((enum_extensibility(closed))) codec_status {
  codec_status_ok,
  /// The file ends before the picture is complete.
  codec_status_truncated,
  /// The file is damaged.
  codec_status_corrupt,
  /// The file uses a feature that this build of the library does not support.
  codec_status_unsupported,
  /// The picture is larger, or takes longer to decode, than the caller allows.
  codec_status_limit,
  /// Decoding took longer than the caller allows.
  codec_status_timeout,
  codec_status_out_of_memory,
  /// A defect of this code: it does not fit the library.
  codec_status_internal,
};

struct codec_result {
  enum codec_status status;
  /// The message of the library, zero-terminated; empty if the status is codec_status_ok.
  char message[200];
};

#endif
