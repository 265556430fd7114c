#ifndef PNG_CODEC_H
#define PNG_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "codec_status.h"

struct codec_png_header {
  /// As stored, before any orientation.
  size_t width, height;
  /// A complete file of this size holds at least this many bytes.
  size_t minimum_bytes;
  /// 3 (RGB), or 4 (RGBA, alpha not premultiplied) where any pixel may be transparent.
  size_t channels;
};

/// Reads up to the first image data.
struct codec_result codec_read_png_header(const uint8_t *bytes, size_t count,
                                          struct codec_png_header *header);

/// Decodes the whole file to `[height, width, channels]`, sized as `header` says; 16-bit samples
/// give their high byte, after any comparison with a transparent colour.
///
/// All of `pixels` is written when the status is codec_status_ok. With `accept_truncated`, a file
/// that ends after its first row is codec_status_ok too, and what was not decoded keeps the
/// caller's bytes.
struct codec_result codec_read_png_pixels(const uint8_t *bytes, size_t count,
                                          const struct codec_png_header *header,
                                          bool accept_truncated, uint8_t *pixels);

#endif
