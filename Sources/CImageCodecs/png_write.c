// PNG files from 8-bit pixels, over libpng's simplified interface: with 8-bit pixels it writes them
// as they are.
#include <stdio.h>
#include <string.h>

#include <png.h>

#include "png_codec.h"

static void describe(png_image *image, size_t width, size_t height) {
  memset(image, 0, sizeof *image);
  image->version = PNG_IMAGE_VERSION;
  image->width = (png_uint_32)width;
  image->height = (png_uint_32)height;
  image->format = PNG_FORMAT_RGB;
}

size_t codec_png_limit(size_t width, size_t height) {
  png_image image;
  describe(&image, width, height);
  return PNG_IMAGE_PNG_SIZE_MAX(image);
}

struct codec_result codec_write_png(const uint8_t *rgb, size_t width, size_t height, bool fast,
                                    uint8_t *bytes, size_t *count) {
  struct codec_result result = {codec_status_ok, ""};
  png_image image;
  describe(&image, width, height);
  if (fast) image.flags |= PNG_IMAGE_FLAG_FAST;
  png_alloc_size_t size = *count;
  if (!png_image_write_to_memory(&image, bytes, &size, 0, rgb, 0, NULL)) {
    result.status = codec_status_internal;
    snprintf(result.message, sizeof result.message, "%s", image.message);
  }
  *count = size;
  return result;
}
