// JPEG files from 8-bit pixels, over libjpeg, into memory that the caller owns.
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

// jpeglib.h needs stdio.h to be included before it.
#include <jpeglib.h>

#include "jpeg_codec.h"

struct writer {
  struct jpeg_compress_struct jpeg;
  struct jpeg_error_mgr errors;
  struct jpeg_destination_mgr target;
  jmp_buf failure;
  struct codec_result result;
};

static void on_error(j_common_ptr info) {
  struct writer *writer = info->client_data;
  char message[JMSG_LENGTH_MAX];
  info->err->format_message(info, message);
  writer->result.status = codec_status_internal;
  snprintf(writer->result.message, sizeof writer->result.message, "%s", message);
  longjmp(writer->failure, 1);
}

static void on_message(j_common_ptr info, int level) {
  (void)info;
  (void)level;
}

static void begin(j_compress_ptr jpeg) { (void)jpeg; }

/// The library calls this when the buffer is full.
static boolean on_full_buffer(j_compress_ptr jpeg) {
  struct writer *writer = jpeg->client_data;
  writer->result.status = codec_status_internal;
  snprintf(writer->result.message, sizeof writer->result.message, "the JPEG buffer is too small");
  longjmp(writer->failure, 1);
}

static void end(j_compress_ptr jpeg) { (void)jpeg; }

size_t codec_jpeg_limit(size_t width, size_t height) {
  // A coded value takes less than two bytes, zeros behind 0xFF included, and there are up to three
  // for each pixel of whole blocks of 16 x 16. The tables take less than the last summand.
  size_t columns = (width + 15) / 16 * 16;
  size_t rows = (height + 15) / 16 * 16;
  return columns * rows * 6 + 4096;
}

static void try_to_write(struct writer *writer, const uint8_t *rgb, size_t width, size_t height,
                         int quality) {
  if (setjmp(writer->failure)) return;
  struct jpeg_compress_struct *jpeg = &writer->jpeg;
  // The library fails here if it is another version than that of its header.
  jpeg_create_compress(jpeg);
  jpeg->client_data = writer;
  jpeg->dest = &writer->target;
  jpeg->image_width = (JDIMENSION)width;
  jpeg->image_height = (JDIMENSION)height;
  jpeg->input_components = 3;
  jpeg->in_color_space = JCS_RGB;
  jpeg_set_defaults(jpeg);
  jpeg_set_quality(jpeg, quality, TRUE);
  jpeg->optimize_coding = TRUE;
  jpeg_start_compress(jpeg, TRUE);
  while (jpeg->next_scanline < jpeg->image_height) {
    // The library does not change the row.
    JSAMPROW row = (JSAMPROW)(uintptr_t)(rgb + (size_t)jpeg->next_scanline * width * 3);
    jpeg_write_scanlines(jpeg, &row, 1);
  }
  jpeg_finish_compress(jpeg);
}

struct codec_result codec_write_jpeg(const uint8_t *rgb, size_t width, size_t height, int quality,
                                     uint8_t *bytes, size_t *count) {
  struct writer writer;
  memset(&writer, 0, sizeof writer);
  writer.jpeg.err = jpeg_std_error(&writer.errors);
  writer.errors.error_exit = on_error;
  writer.errors.emit_message = on_message;
  writer.jpeg.client_data = &writer;
  writer.target.init_destination = begin;
  writer.target.empty_output_buffer = on_full_buffer;
  writer.target.term_destination = end;
  writer.target.next_output_byte = bytes;
  writer.target.free_in_buffer = *count;
  try_to_write(&writer, rgb, width, height, quality);
  *count -= writer.target.free_in_buffer;
  jpeg_destroy_compress(&writer.jpeg);
  return writer.result;
}
