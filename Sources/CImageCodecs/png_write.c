// PNG files from 8-bit RGB pixels, with the full interface of libpng: its simplified one does not
// let the caller choose filters, which decide both the size and the time.
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <png.h>
#include <zlib.h>

#include "png_codec.h"

struct writer {
  png_structp png;
  png_infop info;
  jmp_buf failure;
  struct codec_result result;
  const uint8_t *rgb;
  size_t width, height;
  bool fast;
  uint8_t *bytes;
  size_t capacity, count;
};

size_t codec_png_limit(size_t width, size_t height) {
  png_image image;
  memset(&image, 0, sizeof image);
  image.version = PNG_IMAGE_VERSION;
  image.width = (png_uint_32)width;
  image.height = (png_uint_32)height;
  image.format = PNG_FORMAT_RGB;
  return PNG_IMAGE_PNG_SIZE_MAX(image);
}

_Noreturn static void on_error(png_structp png, png_const_charp message) {
  struct writer *writer = png_get_error_ptr(png);
  writer->result.status =
      strcmp(message, "Out of memory") == 0 ? codec_status_out_of_memory : codec_status_internal;
  snprintf(writer->result.message, sizeof writer->result.message, "%s", message);
  longjmp(writer->failure, 1);
}

static void on_warning(png_structp png, png_const_charp message) {
  (void)png;
  (void)message;
}

static void write_bytes(png_structp png, png_bytep source, size_t count) {
  struct writer *writer = png_get_io_ptr(png);
  if (count > writer->capacity - writer->count) png_error(png, "the file is larger than its limit");
  memcpy(writer->bytes + writer->count, source, count);
  writer->count += count;
}

static void flush(png_structp png) { (void)png; }

static void write_file(struct writer *writer) {
  if (setjmp(writer->failure)) return;
  writer->png = png_create_write_struct(PNG_LIBPNG_VER_STRING, writer, on_error, on_warning);
  if (writer->png) writer->info = png_create_info_struct(writer->png);
  if (!writer->png || !writer->info) {
    writer->result.status = codec_status_out_of_memory;
    snprintf(writer->result.message, sizeof writer->result.message, "libpng could not start");
    return;
  }
  png_structp png = writer->png;
  png_set_write_fn(png, writer, write_bytes, flush);
  png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
  png_set_IHDR(png, writer->info, (png_uint_32)writer->width, (png_uint_32)writer->height, 8,
               PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
               PNG_FILTER_TYPE_DEFAULT);
  if (writer->fast) {
    // For a photo with colours over it, measured with zlib 1.2.13: one fixed filter and level 1
    // take half the time of level 3 without a filter, and three quarters of its bytes. The search
    // for the best filter of each row would take as long again, for 1% of the bytes.
    png_set_filter(png, PNG_FILTER_TYPE_BASE, PNG_FILTER_UP);
    png_set_compression_level(png, 1);
    png_set_compression_strategy(png, Z_FILTERED);
  }
  png_write_info(png, writer->info);
  for (size_t y = 0; y < writer->height; y++) {
    png_write_row(png, writer->rgb + y * writer->width * 3);
  }
  png_write_end(png, writer->info);
}

struct codec_result codec_write_png(const uint8_t *rgb, size_t width, size_t height, bool fast,
                                    uint8_t *bytes, size_t *count) {
  struct writer writer;
  memset(&writer, 0, sizeof writer);
  writer.result.status = codec_status_ok;
  writer.rgb = rgb;
  writer.width = width;
  writer.height = height;
  writer.fast = fast;
  writer.bytes = bytes;
  writer.capacity = *count;
  write_file(&writer);
  if (writer.png) png_destroy_write_struct(&writer.png, &writer.info);
  *count = writer.count;
  return writer.result;
}
