// Compares the kernels of CResize with the formulas in its header. All except the last compute with
// whole numbers.
#include <stdlib.h>

#include "CResize.h"
#include "harness.h"

static const char *const isa_names[] = {"portable", "avx2"};
static const size_t widths[] = {1, 2, 5, 6, 9, 10, 11, 31, 64, 65, 150};

// Makes the weights of `taps` taps. Their sum is 2^22, as `resize_row` and `resize_column` expect.
static void random_taps(int32_t *weights, size_t taps) {
  int32_t left = 1 << 22;
  for (size_t t = 0; t + 1 < taps; t++) left -= weights[t] = (int32_t)random_below((size_t)left);
  weights[taps - 1] = left;
}

static double shifted(uint64_t sum) {
  const uint64_t value = (sum + (1 << 21)) >> 22;
  return value > 255 ? 255 : (double)value;
}

static void check_row(resize_isa isa, size_t width, size_t taps) {
  case_begins("%zu pixels, %zu taps", width, taps);
  const size_t source = 2 * width + taps, groups = (taps + 3) / 4;
  const uint8_t *src = random_bytes(3 * source);
  int32_t *first = memory(width * sizeof(int32_t)), *weights = memory(taps * sizeof(int32_t));
  int16_t *packed = memory(width * groups * 8 * sizeof(int16_t));
  struct expectation *expected;
  uint8_t *dst = output_bytes(3 * width, &expected);
  for (size_t x = 0; x < width; x++) {
    first[x] = (int32_t)(x + 1 == width ? source - taps : 2 * x);
    random_taps(weights, taps);
    for (size_t t = 0; t < taps; t++) {
      int16_t *group = packed + 8 * (groups * x + t / 4) + t % 4;
      group[0] = (int16_t)(weights[t] & 2047);
      group[4] = (int16_t)(weights[t] >> 11);
    }
    for (size_t c = 0; c < 3; c++) {
      uint64_t sum = 0;
      for (size_t t = 0; t < taps; t++)
        sum += (uint64_t)weights[t] * src[3 * ((size_t)first[x] + t) + c];
      expected[3 * x + c].value = shifted(sum);
    }
  }
  resize_row(isa, src, 3 * source, first, packed, groups, taps, dst, width);
  compare_bytes(dst, expected, 3 * width);
}

static void check_column(resize_isa isa, size_t bytes, size_t taps) {
  case_begins("%zu bytes, %zu taps", bytes, taps);
  const uint8_t *rows[16];
  int32_t *weights = memory(taps * sizeof(int32_t));
  random_taps(weights, taps);
  for (size_t t = 0; t < taps; t++) rows[t] = random_bytes(bytes);
  struct expectation *expected;
  uint8_t *dst = output_bytes(bytes + 3, &expected);
  for (size_t x = 0; x < bytes; x++) {
    uint64_t sum = 0;
    for (size_t t = 0; t < taps; t++) sum += (uint64_t)weights[t] * rows[t][x];
    expected[x].value = shifted(sum);
  }
  resize_column(isa, rows, weights, taps, dst, bytes);
  compare_bytes(dst, expected, bytes + 3);
}

static void check_linear_row(resize_isa isa, size_t width) {
  case_begins("%zu pixels", width);
  const size_t source = width + 3;
  const uint8_t *src = random_bytes(3 * source);
  int32_t *first = memory(width * sizeof(int32_t)), *second = memory(width * sizeof(int32_t));
  int32_t *fraction = memory(width * sizeof(int32_t));
  uint16_t *dst = memory(3 * width * sizeof(uint16_t));
  for (size_t x = 0; x < width; x++) {
    first[x] = (int32_t)(x + 1 == width ? source - 1 : x);
    second[x] = (int32_t)(x + 1 == width ? source - 1 : x + 1);
    fraction[x] = (int32_t)random_below(2049);
  }
  linear_row(isa, src, 3 * source, first, second, fraction, dst, width);
  struct expectation *expected;
  float *found = output_floats(3 * width, &expected);
  for (size_t i = 0; i < 3 * width; i++) {
    const size_t x = i / 3, c = i % 3;
    found[i] = dst[i];
    expected[i].value = (src[3 * (size_t)first[x] + c] * (2048 - fraction[x]) +
                         src[3 * (size_t)second[x] + c] * fraction[x]) >>
                        4;
  }
  compare_floats(found, expected, 3 * width);
}

static void check_linear_column(resize_isa isa, size_t count) {
  const uint32_t fraction = (uint32_t)random_below(2049);
  case_begins("%zu values, fraction %u", count, fraction);
  uint16_t *upper = memory(count * sizeof(uint16_t)), *lower = memory(count * sizeof(uint16_t));
  struct expectation *expected;
  uint8_t *dst = output_bytes(count + 3, &expected);
  for (size_t x = 0; x < count; x++) {
    upper[x] = (uint16_t)random_below(32641);
    lower[x] = (uint16_t)random_below(32641);
    expected[x].value =
        ((upper[x] * (2048 - fraction) >> 16) + (lower[x] * fraction >> 16) + 2) >> 2;
  }
  linear_column(isa, upper, lower, (int32_t)fraction, dst, count);
  compare_bytes(dst, expected, count + 3);
}

static void check_normalization(resize_isa isa, size_t pixels, int reverse) {
  case_begins("%zu pixels%s", pixels, reverse ? ", reversed" : "");
  static const float mean[] = {123.7f, 116.3f, 103.5f}, scale[] = {0.017f, 0.0175f, 1};
  const uint8_t *src = random_bytes(3 * pixels);
  struct expectation *expected;
  float *dst = output_floats(3 * pixels, &expected);
  for (size_t i = 0; i < 3 * pixels; i++) {
    const size_t c = i % 3;
    const double value = src[i / 3 * 3 + (reverse ? 2 - c : c)];
    const double result = (value - (double)mean[c]) * (double)scale[c];
    expected[i] = (struct expectation){result, 2 * ROUNDING * fabs(result)};
  }
  normalize_pixels(isa, src, pixels, reverse, mean, scale, dst);
  compare_floats(dst, expected, 3 * pixels);
}

// The value of one channel at a position, as the header says it.
static double sampled(const sample_window *window, double x, double y, size_t channel) {
  const double right = (double)window->width - 1, bottom = (double)window->height - 1;
  x = x < 0 ? 0 : x < right ? x : right;
  y = y < 0 ? 0 : y < bottom ? y : bottom;
  const size_t left = (size_t)x, top = (size_t)y;
  const size_t next = x < right ? left + 1 : left, below = y < bottom ? top + 1 : top;
  const double share_x = x - (double)left, share_y = y - (double)top;
  const uint8_t *upper = window->src + top * window->width * 3 + channel;
  const uint8_t *lower = window->src + below * window->width * 3 + channel;
  return (upper[3 * left] * (1 - share_x) + upper[3 * next] * share_x) * (1 - share_y) +
         (lower[3 * left] * (1 - share_x) + lower[3 * next] * share_x) * share_y;
}

static void check_samples(resize_isa isa, sample_window window, size_t width, size_t height) {
  case_begins("%zu x %zu of %zu x %zu", width, height, window.width, window.height);
  window.src = random_bytes(3 * window.width * window.height);
  struct expectation *expected;
  uint8_t *dst = output_bytes(3 * width * height, &expected);
  for (size_t i = 0; i < 3 * width * height; i++) {
    const double column = (double)(i / 3 % width), row = (double)(i / 3 / width);
    const double x = window.x + column * window.column_x + row * window.row_x;
    const double y = window.y + column * window.column_y + row * window.row_y;
    // The position is a whole number of 2^-24 pixels, and the value is computed in float32.
    expected[i] = nearest_byte(sampled(&window, x, y, i % 3), 1e-3);
  }
  uint64_t sums[3] = {1, 2, 3};
  sample_pixels(isa, &window, dst, width, height, sums);
  compare_bytes(dst, expected, 3 * width * height);
  struct expectation *sum_expected;
  float *found = output_floats(3, &sum_expected);
  for (size_t c = 0; c < 3; c++) {
    uint64_t sum = c + 1;
    for (size_t i = c; i < 3 * width * height; i += 3) sum += dst[i];
    found[c] = (float)sums[c];
    sum_expected[c] = (struct expectation){(double)(float)sum, 0};
  }
  compare_floats(found, sum_expected, 3);
}

static void check_colors(resize_isa isa, size_t count) {
  case_begins("%zu pixels", count);
  float *change = random_floats(12);
  for (size_t i = 0; i < 12; i++) change[i] *= i < 9 ? 1.5f : 60;
  struct expectation *expected;
  uint8_t *pixels = output_bytes(3 * count, &expected);
  for (size_t i = 0; i < 3 * count; i++) pixels[i] = (uint8_t)random_below(256);
  for (size_t i = 0; i < 3 * count; i++) {
    const uint8_t *pixel = pixels + i / 3 * 3;
    double value = (double)change[9 + i % 3];
    for (size_t c = 0; c < 3; c++) value += (double)change[3 * c + i % 3] * pixel[c];
    expected[i] = nearest_byte(value, 1e-3);
  }
  change_colors(isa, pixels, count, change);
  compare_bytes(pixels, expected, 3 * count);
}

void check_resizing(void) {
  for (resize_isa isa = RESIZE_ISA_PORTABLE; isa <= resize_best_isa(); isa++) {
    const char *name = isa_names[isa];
    kernel_begins("resize", name, "row");
    for (size_t taps = 1; taps <= 13; taps += 3)
      for (size_t i = 0; i < COUNT(widths); i++) check_row(isa, widths[i], taps);
    kernel_begins("resize", name, "column");
    for (size_t taps = 1; taps <= 13; taps += 3)
      for (size_t i = 0; i < COUNT(widths); i++) check_column(isa, 3 * widths[i], taps);
    kernel_begins("resize", name, "linear_row");
    for (size_t i = 0; i < COUNT(widths); i++) check_linear_row(isa, widths[i]);
    kernel_begins("resize", name, "linear_column");
    for (size_t i = 0; i < COUNT(widths); i++) check_linear_column(isa, 3 * widths[i]);
    kernel_begins("resize", name, "normalize_pixels");
    for (size_t i = 0; i < COUNT(widths); i++) {
      check_normalization(isa, widths[i], 0);
      check_normalization(isa, widths[i], 1);
    }
    kernel_begins("resize", name, "sample_pixels");
    static const sample_window windows[] = {
        // The picture itself, mirrored, turned and enlarged, turned by a right angle, a part, and
        // a single pixel.
        {NULL, 13, 7, 0, 0, 1, 0, 0, 1},
        {NULL, 13, 7, 12, 0, -1, 0, 0, 1},
        {NULL, 13, 7, -2.3, 1.1, 0.37, 0.11, -0.09, 0.41},
        {NULL, 5, 9, 4, 0, 0, 1, -1, 0},
        {NULL, 31, 33, 20.25, 18.5, 0.4, 0, 0, 0.45},
        {NULL, 1, 1, -1, -1, 0.3, 0.1, -0.1, 0.3},
        {NULL, 40, 2, 1e300, -1e300, 1, 0, 0, 1},
        {NULL, 64, 48, 1, 2, 3.1, 0.2, -0.2, 2.9},
        {NULL, 13, 7, 1, 1, 1e300, 0, 0, 1},
        {NULL, 13, 7, 11, 5, -1e300, 1e300, 0, -0.5},
    };
    for (size_t i = 0; i < COUNT(windows); i++)
      for (size_t size = 1; size <= 17; size += 4) check_samples(isa, windows[i], size, 18 - size);
    kernel_begins("resize", name, "change_colors");
    for (size_t i = 0; i < COUNT(widths); i++) check_colors(isa, widths[i]);
    check_colors(isa, 0);
  }
}
