// Decodes PNG files with the full interface of libpng. The simplified interface would treat 16-bit
// samples without a gamma chunk as linear light.
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <png.h>

#include "deadline.h"
#include "png_codec.h"

struct reader {
  png_structp png;
  png_infop info;
  jmp_buf failure;
  struct codec_result result;
  const uint8_t *bytes;
  size_t count, position;
  bool has_ended;
  /// At least one row has been decoded.
  bool has_rows;
  bool accept_damaged;
  /// See codec_deadline.
  uint64_t deadline;
};

_Noreturn static void fail(struct reader *reader, enum codec_status status, const char *message) {
  reader->result.status = status;
  snprintf(reader->result.message, sizeof reader->result.message, "%s", message);
  longjmp(reader->failure, 1);
}

_Noreturn static void on_error(png_structp png, png_const_charp message) {
  struct reader *reader = png_get_error_ptr(png);
  if (strcmp(message, "Out of memory") == 0) fail(reader, codec_status_out_of_memory, message);
  // All chunks may be complete and still contain too few rows.
  if (strstr(message, "Not enough image data")) reader->has_ended = true;
  fail(reader, reader->has_ended ? codec_status_truncated : codec_status_corrupt, message);
}

static void on_warning(png_structp png, png_const_charp message) {
  struct reader *reader = png_get_error_ptr(png);
  // libpng only warns of a wrong checksum of all rows, and leaves out transparent colours whose
  // checksum is wrong. Other chunks that are not critical do not change the pixels.
  bool matters = strstr(message, "incorrect data check") ||
                 (strstr(message, "tRNS") && strstr(message, "CRC error"));
  if (matters && !reader->accept_damaged) on_error(png, message);
}

static void check_time(struct reader *reader) {
  if (codec_is_over(reader->deadline)) {
    fail(reader, codec_status_timeout, "decoding takes too long");
  }
}

static void read_bytes(png_structp png, png_bytep target, size_t wanted) {
  struct reader *reader = png_get_io_ptr(png);
  check_time(reader);
  if (wanted > reader->count - reader->position) {
    reader->has_ended = true;
    png_error(png, "the file ends early");
  }
  memcpy(target, reader->bytes + reader->position, wanted);
  reader->position += wanted;
}

static void prepare_reader(struct reader *reader, const uint8_t *bytes, size_t count) {
  memset(reader, 0, sizeof *reader);
  reader->bytes = bytes;
  reader->count = count;
}

static void open_reader(struct reader *reader) {
  enum { MAXIMUM_CHUNK_BYTES = 8000000, ALL_BUT_THE_ESSENTIAL = -1 };
  png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, reader, on_error, on_warning);
  if (!png) fail(reader, codec_status_out_of_memory, "libpng could not start");
  reader->png = png;
  reader->info = png_create_info_struct(png);
  if (!reader->info) fail(reader, codec_status_out_of_memory, "libpng could not start");
  png_set_read_fn(png, reader, read_bytes);
  // Chunks that are not critical are left out if their checksum is wrong: see on_warning.
  png_set_crc_action(png, reader->accept_damaged ? PNG_CRC_WARN_USE : PNG_CRC_ERROR_QUIT,
                     PNG_CRC_WARN_DISCARD);
  // libpng limits the width and the height. The caller has limited the number of pixels instead.
  png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
  png_set_chunk_malloc_max(png, MAXIMUM_CHUNK_BYTES);
  // Colour profiles, gamma and texts do not affect the decoded pixels, so they are skipped.
  png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, NULL, ALL_BUT_THE_ESSENTIAL);
#ifdef PNG_MAXIMUM_INFLATE_WINDOW
  // Some encoders write a window size that is too small. libpng then uses the largest window.
  png_set_option(png, PNG_MAXIMUM_INFLATE_WINDOW, PNG_OPTION_ON);
#endif
  png_read_info(png, reader->info);
}

static void close_reader(struct reader *reader) {
  if (reader->png) png_destroy_read_struct(&reader->png, &reader->info, NULL);
}

static void try_to_read_header(struct reader *reader, struct codec_png_header *header) {
  enum { HIGHEST_DEFLATE_RATIO = 1032 };
  if (setjmp(reader->failure)) return;
  open_reader(reader);
  // A transparent colour that comes before the palette is there, but libpng does not use it.
  int transparent_colours = 0;
  png_get_tRNS(reader->png, reader->info, NULL, &transparent_colours, NULL);
  bool has_alpha = (png_get_color_type(reader->png, reader->info) & PNG_COLOR_MASK_ALPHA) ||
                   transparent_colours > 0;
  header->width = png_get_image_width(reader->png, reader->info);
  header->height = png_get_image_height(reader->png, reader->info);
  header->channels = has_alpha ? 4 : 3;
  header->minimum_bytes =
      png_get_rowbytes(reader->png, reader->info) * header->height / HIGHEST_DEFLATE_RATIO;
}

struct codec_result codec_read_png_header(const uint8_t *bytes, size_t count,
                                          struct codec_png_header *header) {
  struct reader reader;
  prepare_reader(&reader, bytes, count);
  try_to_read_header(&reader, header);
  close_reader(&reader);
  return reader.result;
}

/// Makes libpng convert any kind of pixels to 8-bit RGB or RGBA.
static void set_transformations(png_structp png) {
  png_set_expand(png);  // Expands palettes, fewer than 8 bits, and a transparent colour.
  png_set_strip_16(png);
  png_set_gray_to_rgb(png);
}

static void try_to_read_pixels(struct reader *reader, const struct codec_png_header *header,
                               uint8_t *pixels) {
  if (setjmp(reader->failure)) return;
  size_t stride = header->width * header->channels;
  open_reader(reader);
  // If a part of a buffer is missing, libpng discards the whole buffer, so it should be small.
  if (reader->accept_damaged) png_set_compression_buffer_size(reader->png, 64);
  set_transformations(reader->png);
  int passes = png_set_interlace_handling(reader->png);
  png_read_update_info(reader->png, reader->info);
  if (png_get_rowbytes(reader->png, reader->info) != stride ||
      png_get_image_height(reader->png, reader->info) != header->height) {
    fail(reader, codec_status_internal, "the decoded size differs from the announced one");
  }
  for (int pass = 0; pass < passes; pass++) {
    for (size_t y = 0; y < header->height; y++) {
      check_time(reader);
      png_read_row(reader->png, pixels + stride * y, NULL);
      reader->has_rows = true;
    }
  }
  // This reads up to the end chunk. A file without it is truncated, even if all rows are complete.
  png_read_end(reader->png, NULL);
}

struct codec_result codec_read_png_pixels(const uint8_t *bytes, size_t count,
                                          const struct codec_png_header *header,
                                          bool accept_damaged, uint64_t time_limit,
                                          uint8_t *pixels) {
  struct reader reader;
  prepare_reader(&reader, bytes, count);
  reader.deadline = codec_deadline(time_limit);
  reader.accept_damaged = accept_damaged;
  try_to_read_pixels(&reader, header, pixels);
  close_reader(&reader);
  if (accept_damaged && reader.has_rows &&
      (reader.result.status == codec_status_truncated ||
       reader.result.status == codec_status_corrupt)) {
    reader.result.status = codec_status_ok;
  }
  return reader.result;
}

/// The beginning of a PNG file: its signature and a header of one pixel.
static const uint8_t smallest_header[] = {
    0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n', 0, 0, 0, 13, 'I',  'H',  'D',  'R', 0,
    0,    0,   1,   0,   0,    0,    1,    8,    0, 0, 0, 0,  0x3A, 0x7E, 0x9B, 0x55};

/// The length and the name of a chunk of pixels, where libpng stops reading texts.
static const uint8_t start_of_pixels[] = {0, 0, 0, 0, 'I', 'D', 'A', 'T'};

/// A file in three parts, read one after the other.
struct parts {
  const uint8_t *bytes[3];
  size_t count[3];
};

static void read_parts(png_structp png, png_bytep target, size_t wanted) {
  struct parts *parts = png_get_io_ptr(png);
  for (int i = 0; i < 3; i++) {
    size_t part = wanted < parts->count[i] ? wanted : parts->count[i];
    memcpy(target, parts->bytes[i], part);
    target += part;
    wanted -= part;
    parts->bytes[i] += part;
    parts->count[i] -= part;
  }
  if (wanted > 0) png_error(png, "the file ends early");
}

static void ignore_warning(png_structp png, png_const_charp message) {
  (void)png;
  (void)message;
}

static void try_to_read_text(struct reader *reader, struct parts *parts, uint8_t *text,
                             size_t capacity, volatile size_t *length) {
  if (setjmp(reader->failure)) return;
  png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, reader, on_error, ignore_warning);
  if (!png) return;
  reader->png = png;
  reader->info = png_create_info_struct(png);
  if (!reader->info) return;
  png_set_read_fn(png, parts, read_parts);
  png_set_crc_action(png, PNG_CRC_ERROR_QUIT, PNG_CRC_ERROR_QUIT);
  // The name of the text counts, too.
  png_set_chunk_malloc_max(png, capacity + 100);
  png_read_info(png, reader->info);
  png_textp texts;
  int number;
  if (png_get_text(png, reader->info, &texts, &number) == 0 || number != 1) return;
  if (!texts[0].text || texts[0].text_length > capacity) return;
  memcpy(text, texts[0].text, texts[0].text_length);
  *length = texts[0].text_length;
}

size_t codec_read_png_text(const uint8_t *chunk, size_t count, uint8_t *text, size_t capacity) {
  struct reader reader;
  struct parts parts = {{smallest_header, chunk, start_of_pixels},
                        {sizeof smallest_header, count, sizeof start_of_pixels}};
  volatile size_t length = 0;
  prepare_reader(&reader, NULL, 0);
  try_to_read_text(&reader, &parts, text, capacity, &length);
  close_reader(&reader);
  return length;
}
