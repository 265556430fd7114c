#ifndef JPEG_CODEC_H
#define JPEG_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "codec_status.h"

struct codec_jpeg_header {
  /// The size of the stored picture, before it is turned.
  size_t width, height;
  /// A complete file with this width and height has at least this many bytes; 0 if not known.
  size_t minimum_bytes;
  /// If the picture has several scans, as progressive files do, the library keeps the coefficients
  /// of all blocks in memory while it decodes. This is their size in bytes; 0 if there is one scan.
  size_t coefficient_bytes;
  /// Whether the decoder can reduce the picture. It cannot reduce lossless JPEG.
  bool can_scale;
};

/// Reads the file up to the first scan.
struct codec_result codec_read_jpeg_header(const uint8_t *bytes, size_t count,
                                           struct codec_jpeg_header *header);

struct codec_jpeg_settings {
  /// The scale in eighths: 1, 2, 4 or 8.
  unsigned eighths;
  /// A picture with more scans than this is refused, because each scan is a pass over the whole
  /// picture.
  int scan_limit;
  /// A picture is refused if the library would allocate more bytes than this.
  size_t memory_limit;
  /// In nanoseconds; 0 for no limit.
  uint64_t time_limit;
  /// Whether an incomplete or damaged file gives a picture. The library fills in the missing parts,
  /// which are grey or less detailed, and continues after damaged parts at the next restart marker,
  /// where there is one.
  bool accept_damaged;
};

/// Decodes the whole file to RGB, `[height, width, 3]`. `width` and `height` must be the stored
/// size times the scale, rounded up. If the status is codec_status_ok, all of `rgb` has been
/// written.
struct codec_result codec_read_jpeg_pixels(const uint8_t *bytes, size_t count,
                                           const struct codec_jpeg_settings *settings, uint8_t *rgb,
                                           size_t width, size_t height);

/// The most bytes that a JPEG file of such a picture takes. Width and height are 1 to 65500.
size_t codec_jpeg_limit(size_t width, size_t height);

/// Writes `[height, width, 3]` RGB pixels as a baseline JPEG file to `bytes`, which has room for
/// `*count` bytes; `*count` becomes the size of the file. `quality` is 1 to 100.
struct codec_result codec_write_jpeg(const uint8_t *rgb, size_t width, size_t height, int quality,
                                     uint8_t *bytes, size_t *count);

#endif
