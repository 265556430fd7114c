#ifndef PNG_CODEC_H
#define PNG_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "codec_status.h"

struct codec_png_header {
  /// The size of the stored picture, before it is turned.
  size_t width, height;
  /// A complete file with this width and height has at least this many bytes.
  size_t minimum_bytes;
  /// 3 (RGB), or 4 (RGBA, alpha not premultiplied) if a pixel may be transparent.
  size_t channels;
};

/// Reads the file up to the first image data.
struct codec_result codec_read_png_header(const uint8_t *bytes, size_t count,
                                          struct codec_png_header *header);

/// Decodes the whole file to `[height, width, channels]`, the values in `header`. Of 16-bit
/// samples, the high byte is used. They are compared with a transparent colour before that.
///
/// `time_limit` is in nanoseconds; 0 for no limit.
///
/// If the status is codec_status_ok, all of `pixels` has been written. With `accept_damaged`, the
/// status is also codec_status_ok if the file ends or cannot be decoded after its first row, or if
/// a checksum of its rows is wrong. The pixels that could not be decoded then keep the caller's
/// bytes.
struct codec_result codec_read_png_pixels(const uint8_t *bytes, size_t count,
                                          const struct codec_png_header *header,
                                          bool accept_damaged, uint64_t time_limit,
                                          uint8_t *pixels);

/// Reads the text in a zTXt chunk, decompressed, which is given from its length to its checksum.
/// Returns the number of bytes that were written to `text`; 0 if the chunk is damaged, or if the
/// text does not fit.
size_t codec_read_png_text(const uint8_t *chunk, size_t count, uint8_t *text, size_t capacity);

/// The most bytes that a PNG file of such a picture takes. Width and height are 1 to 2^31 - 1, and
/// their product fits a third of that.
size_t codec_png_limit(size_t width, size_t height);

/// Writes `[height, width, 3]` RGB pixels as a PNG file to `bytes`, which has room for `*count`
/// bytes; `*count` becomes the size of the file. `fast` says whether speed matters more than size.
struct codec_result codec_write_png(const uint8_t *rgb, size_t width, size_t height, bool fast,
                                    uint8_t *bytes, size_t *count);

#endif
