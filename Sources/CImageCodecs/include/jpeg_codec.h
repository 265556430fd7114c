#ifndef JPEG_CODEC_H
#define JPEG_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "codec_status.h"

struct codec_jpeg_header {
  /// As stored, before any orientation.
  size_t width, height;
  /// A complete file of this size holds at least this many bytes (0: not known).
  size_t minimum_bytes;
  /// What the library keeps of the whole picture while it decodes: the coefficients of all its
  /// blocks where they come in several scans (as progressive files have them), else 0.
  size_t coefficient_bytes;
  /// Whether the decoder can reduce it; lossless JPEG cannot be reduced.
  bool can_scale;
};

/// Reads up to the first scan.
struct codec_result codec_read_jpeg_header(const uint8_t *bytes, size_t count,
                                           struct codec_jpeg_header *header);

struct codec_jpeg_settings {
  /// The scale in eighths: 1, 2, 4 or 8.
  unsigned eighths;
  /// More scans than this are refused: each costs a pass over the whole picture.
  int scan_limit;
  /// A picture for which the library would allocate more bytes than this is refused.
  size_t memory_limit;
  /// Whether the rest of a picture that ends early may be whatever the decoder makes of it.
  bool accept_truncated;
};

/// Decodes the whole file to RGB, `[height, width, 3]`, with `width` and `height` the stored size
/// times the scale, rounded up. All of `rgb` is written when the status is codec_status_ok.
struct codec_result codec_read_jpeg_pixels(const uint8_t *bytes, size_t count,
                                           const struct codec_jpeg_settings *settings, uint8_t *rgb,
                                           size_t width, size_t height);

#endif
