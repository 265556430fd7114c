// Decodes JPEG files with libjpeg, which is libjpeg-turbo on most systems. It uses the library's
// defaults: the ISLOW DCT and fancy upsampling.
#include <limits.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

// jpeglib.h needs stdio.h to be included before it.
#include <jpeglib.h>

#include <jerror.h>

#include "deadline.h"
#include "jpeg_codec.h"

struct reader {
  struct jpeg_decompress_struct jpeg;
  struct jpeg_error_mgr errors;
  struct jpeg_progress_mgr progress;
  jmp_buf failure;
  struct codec_result result;
  size_t count;
  int scan_limit;
  /// The most bytes that the library may allocate; 0 for no limit.
  size_t memory_limit;
  bool accept_damaged;
  /// See codec_deadline.
  uint64_t deadline;
  /// The data has ended, and the library continues as if it had read an end marker.
  bool has_ended;
  /// How many bytes the library had read when it was last within a scan or right after one.
  size_t end_of_scan;
  /// Bit i is set if a scan has contained values of component i.
  unsigned components_seen;
};

_Noreturn static void fail(struct reader *reader, enum codec_status status, const char *message) {
  reader->result.status = status;
  snprintf(reader->result.message, sizeof reader->result.message, "%s", message);
  longjmp(reader->failure, 1);
}

_Noreturn static void fail_with_library_message(struct reader *reader, enum codec_status status) {
  char message[JMSG_LENGTH_MAX];
  reader->errors.format_message((j_common_ptr)&reader->jpeg, message);
  fail(reader, status, message);
}

static enum codec_status status_of_error(int code) {
  switch (code) {
    case JERR_ARITH_NOTIMPL:
    case JERR_BAD_PRECISION:
    case JERR_CCIR601_NOTIMPL:
    case JERR_COMPONENT_COUNT:
    case JERR_CONVERSION_NOTIMPL:
    case JERR_EMPTY_IMAGE:  // The height is 0, which means that a DNL marker gives it later.
    case JERR_FRACT_SAMPLE_NOTIMPL:
    case JERR_NOT_COMPILED:
    case JERR_SOF_UNSUPPORTED:
      return codec_status_unsupported;
    case JERR_IMAGE_TOO_BIG:
    case JERR_NO_BACKING_STORE:  // More than `max_memory_to_use`.
    case JERR_WIDTH_OVERFLOW:
      return codec_status_limit;
    case JERR_OUT_OF_MEMORY:
      return codec_status_out_of_memory;
    case JERR_BAD_LIB_VERSION:
    case JERR_BAD_STATE:
    case JERR_BAD_STRUCT_SIZE:
      return codec_status_internal;
    default:
      return codec_status_corrupt;
  }
}

static void on_error(j_common_ptr info) {
  struct reader *reader = info->client_data;
  // After the end of the data, every error is a consequence of the missing data.
  fail_with_library_message(
      reader, reader->has_ended ? codec_status_truncated : status_of_error(info->err->msg_code));
}

static void on_message(j_common_ptr info, int level) {
  struct reader *reader = info->client_data;
  if (level >= 0) return;  // A trace message, not a warning.
  switch (info->err->msg_code) {
    case JWRN_ADOBE_XFORM:
    case JWRN_EXTRANEOUS_DATA:
    case JWRN_JFIF_MAJOR:
    case JWRN_NOT_SEQUENTIAL:  // Old encoders write 0 for both ends of a baseline scan's range.
      return;
    case JWRN_JPEG_EOF:
      reader->has_ended = true;
      break;
    case JWRN_HIT_MARKER:
      if (reader->jpeg.unread_marker == JPEG_EOI) reader->has_ended = true;
      break;
  }
  // After a warning, the library continues with what it can make of the data.
  if (reader->accept_damaged) return;
  fail_with_library_message(reader,
                            reader->has_ended ? codec_status_truncated : codec_status_corrupt);
}

/// The library calls this before it reads each row of blocks, and before the tables of the next
/// scan.
static void on_progress(j_common_ptr info) {
  struct reader *reader = info->client_data;
  struct jpeg_decompress_struct *jpeg = &reader->jpeg;
  if (!reader->has_ended) {
    size_t length_of_marker = jpeg->unread_marker ? 2 : 0;
    reader->end_of_scan = reader->count - jpeg->src->bytes_in_buffer - length_of_marker;
  }
  if (codec_is_over(reader->deadline)) {
    fail(reader, codec_status_timeout, "decoding takes too long");
  }
  if (jpeg->input_scan_number > reader->scan_limit) {
    fail(reader, codec_status_limit, "it has too many scans");
  }
  if (jpeg->progressive_mode && jpeg->Ss > 0) return;  // The scan only adds detail.
  for (int i = 0; i < jpeg->comps_in_scan; i++) {
    reader->components_seen |= 1u << jpeg->cur_comp_info[i]->component_index;
  }
}

static void open_reader(struct reader *reader, const uint8_t *bytes, size_t count) {
  struct jpeg_decompress_struct *jpeg = &reader->jpeg;
  jpeg_create_decompress(jpeg);
  jpeg->mem->max_memory_to_use =
      reader->memory_limit < LONG_MAX ? (long)reader->memory_limit : LONG_MAX;
  reader->progress.progress_monitor = on_progress;
  jpeg->progress = &reader->progress;
  jpeg_mem_src(jpeg, bytes, count);
  reader->count = count;
  jpeg_read_header(jpeg, TRUE);
  // Some versions of the library check these only in later or other calls.
  if (jpeg->data_precision != 8) {
    fail(reader, codec_status_unsupported, "samples of other than 8 bits");
  }
  if (jpeg->jpeg_color_space == JCS_UNKNOWN) {
    fail(reader, codec_status_unsupported, "an unknown colour space");
  }
}

static void prepare_reader(struct reader *reader) {
  memset(reader, 0, sizeof *reader);
  reader->jpeg.err = jpeg_std_error(&reader->errors);
  reader->jpeg.client_data = reader;
  reader->errors.error_exit = on_error;
  reader->errors.emit_message = on_message;
}

static size_t scaled(size_t length, unsigned eighths) { return (length * eighths + 7) / 8; }

/// The fewest bytes that the blocks of the picture can take, because Huffman coding needs at least
/// one bit for each block. 0 for arithmetic coding, which has no such limit.
static size_t minimum_bytes(const struct jpeg_decompress_struct *jpeg) {
  size_t blocks = 0;
  if (jpeg->arith_code) return 0;
  for (int i = 0; i < jpeg->num_components; i++) {
    const jpeg_component_info *component = &jpeg->comp_info[i];
    blocks += (size_t)component->width_in_blocks * component->height_in_blocks;
  }
  return blocks / 8;
}

static size_t rounded_up(size_t value, size_t multiple) {
  return (value + multiple - 1) / multiple * multiple;
}

/// The bytes of the coefficients that the library keeps in memory; 0 for a picture with one scan.
/// Each component is rounded up to whole groups of blocks, as the library allocates it.
static size_t coefficient_bytes(struct jpeg_decompress_struct *jpeg) {
  size_t blocks = 0;
  if (!jpeg_has_multiple_scans(jpeg)) return 0;
  for (int i = 0; i < jpeg->num_components; i++) {
    const jpeg_component_info *component = &jpeg->comp_info[i];
    blocks += rounded_up(component->width_in_blocks, (size_t)component->h_samp_factor) *
              rounded_up(component->height_in_blocks, (size_t)component->v_samp_factor);
  }
  return blocks * sizeof(JBLOCK);
}

static void try_to_read_header(struct reader *reader, const uint8_t *bytes, size_t count,
                               struct codec_jpeg_header *header) {
  if (setjmp(reader->failure)) return;
  struct jpeg_decompress_struct *jpeg = &reader->jpeg;
  open_reader(reader, bytes, count);
  header->width = jpeg->image_width;
  header->height = jpeg->image_height;
  header->minimum_bytes = minimum_bytes(jpeg);
  header->coefficient_bytes = coefficient_bytes(jpeg);
  jpeg->scale_num = 1;
  jpeg->scale_denom = 8;
  jpeg_calc_output_dimensions(jpeg);
  header->can_scale = jpeg->output_width == scaled(header->width, 1) &&
                      jpeg->output_height == scaled(header->height, 1);
}

struct codec_result codec_read_jpeg_header(const uint8_t *bytes, size_t count,
                                           struct codec_jpeg_header *header) {
  struct reader reader;
  prepare_reader(&reader);
  try_to_read_header(&reader, bytes, count, header);
  jpeg_destroy_decompress(&reader.jpeg);
  return reader.result;
}

/// Converts CMYK to RGB: `c * k / 255`, rounded.
///
/// 255 means no ink, as in the files of Adobe's programs. That is also how Pillow, OpenCV and
/// ImageMagick read files without Adobe's marker, because tools that remove metadata often remove
/// the marker.
static void convert_cmyk_row(const uint8_t *cmyk, uint8_t *rgb, size_t width) {
  for (size_t x = 0; x < width; x++, cmyk += 4, rgb += 3) {
    unsigned k = cmyk[3];
    for (int i = 0; i < 3; i++) rgb[i] = (uint8_t)((cmyk[i] * k + 127) / 255);
  }
}

static void read_cmyk_rows(struct jpeg_decompress_struct *jpeg, uint8_t *rgb) {
  size_t width = jpeg->output_width;
  JSAMPARRAY row =
      jpeg->mem->alloc_sarray((j_common_ptr)jpeg, JPOOL_IMAGE, jpeg->output_width * 4, 1);
  while (jpeg->output_scanline < jpeg->output_height) {
    uint8_t *line = rgb + width * 3 * jpeg->output_scanline;
    if (jpeg_read_scanlines(jpeg, row, 1) == 1) convert_cmyk_row(row[0], line, width);
  }
}

static void read_rgb_rows(struct jpeg_decompress_struct *jpeg, uint8_t *rgb) {
  enum { AT_ONCE = 16 };
  size_t stride = (size_t)jpeg->output_width * 3;
  while (jpeg->output_scanline < jpeg->output_height) {
    JSAMPROW rows[AT_ONCE];
    JDIMENSION left = jpeg->output_height - jpeg->output_scanline;
    JDIMENSION wanted = left < AT_ONCE ? left : AT_ONCE;
    for (JDIMENSION i = 0; i < wanted; i++) rows[i] = rgb + stride * (jpeg->output_scanline + i);
    jpeg_read_scanlines(jpeg, rows, wanted);
  }
}

static void try_to_read_pixels(struct reader *reader, const uint8_t *bytes, size_t count,
                               unsigned eighths, uint8_t *rgb, size_t width, size_t height) {
  if (setjmp(reader->failure)) return;
  struct jpeg_decompress_struct *jpeg = &reader->jpeg;
  open_reader(reader, bytes, count);
  bool is_cmyk = jpeg->jpeg_color_space == JCS_CMYK || jpeg->jpeg_color_space == JCS_YCCK;
  jpeg->out_color_space = is_cmyk ? JCS_CMYK : JCS_RGB;
  jpeg->scale_num = eighths;
  jpeg->scale_denom = 8;
  jpeg_start_decompress(jpeg);
  if (jpeg->output_width != width || jpeg->output_height != height) {
    fail(reader, codec_status_internal, "the decoded size differs from the announced one");
  }
  // If there are several scans, jpeg_start_decompress has read all of them.
  if (jpeg_has_multiple_scans(jpeg) && !reader->accept_damaged &&
      reader->components_seen != (1u << jpeg->num_components) - 1) {
    fail(reader, codec_status_truncated, "not all colour components are there");
  }
  if (is_cmyk) {
    read_cmyk_rows(jpeg, rgb);
  } else {
    read_rgb_rows(jpeg, rgb);
  }
  // This reads up to the end marker. A file without it is truncated, even if all rows are complete.
  jpeg_finish_decompress(jpeg);
}

struct codec_result codec_read_jpeg_pixels(const uint8_t *bytes, size_t count,
                                           const struct codec_jpeg_settings *settings, uint8_t *rgb,
                                           size_t width, size_t height) {
  struct reader reader;
  uint64_t deadline = codec_deadline(settings->time_limit);
  for (int attempt = 1; attempt <= 2; attempt++) {
    prepare_reader(&reader);
    reader.scan_limit = settings->scan_limit;
    reader.memory_limit = settings->memory_limit;
    reader.accept_damaged = settings->accept_damaged;
    reader.deadline = deadline;
    try_to_read_pixels(&reader, bytes, count, settings->eighths, rgb, width, height);
    jpeg_destroy_decompress(&reader.jpeg);
    // A file that ends within a scan has been decoded. If the file ends within the tables between
    // two scans, the library fails although earlier scans are complete. In that case, only the
    // bytes up to the end of the last scan are decoded in the second attempt.
    if (reader.result.status != codec_status_truncated || !reader.accept_damaged) break;
    if (reader.end_of_scan == 0) break;
    count = reader.end_of_scan;
  }
  return reader.result;
}
