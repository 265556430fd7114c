// The code of the kernels. A file for one instruction set sets the compiler's target and then
// includes this file once. The compiler maps Clang's vector types to the registers of that target.
//
// Reads:
//   NAME(kernel)    the kernel's name followed by the instruction set, such as resize_row_avx2
//   HAS_RESIZE_ROW  defined if the including file has its own resize_row
// Defines:
//   resize_column, linear_row, linear_column, normalize_pixels, sample_pixels and change_colors, as
//   CResize.h describes them;
//   resize_row unless HAS_RESIZE_ROW is defined; and resize_pixel, one pixel of resize_row, which
//   the including file may call. Types and the constant `precision` carry NAME as well.
#include <string.h>

#include "CResize.h"

typedef uint8_t NAME(u8x4) __attribute__((vector_size(4)));
typedef uint16_t NAME(u16x4) __attribute__((vector_size(8)));
typedef uint32_t NAME(u32x4) __attribute__((vector_size(16)));
typedef int32_t NAME(i32x4) __attribute__((vector_size(16)));
typedef float NAME(f32x4) __attribute__((vector_size(16)));
typedef uint8_t NAME(u8x32) __attribute__((vector_size(32)));
typedef uint32_t NAME(u32x32) __attribute__((vector_size(128)));

enum { NAME(precision) = 22 };

/// Computes one pixel of `resize_row` without vector instructions.
static inline void NAME(resize_pixel)(const uint8_t *from, const int16_t *weights, size_t taps,
                                      uint8_t *dst) {
  const uint32_t half = 1u << (NAME(precision) - 1);
  uint32_t sum[3] = {half, half, half};
  for (size_t t = 0; t < taps; t++) {
    const int16_t *group = weights + t / 4 * 8 + t % 4;
    const uint32_t weight = (uint32_t)group[0] + ((uint32_t)group[4] << 11);
    for (size_t c = 0; c < 3; c++) sum[c] += from[3 * t + c] * weight;
  }
  for (size_t c = 0; c < 3; c++) {
    const uint32_t value = sum[c] >> NAME(precision);
    dst[c] = (uint8_t)(value > 255 ? 255 : value);
  }
}

#ifndef HAS_RESIZE_ROW
void NAME(resize_row)(const uint8_t *src, size_t readable, const int32_t *first,
                      const int16_t *weights, size_t groups, size_t taps, uint8_t *dst,
                      size_t width) {
  for (size_t x = 0; x < width; x++, weights += 8 * groups) {
    const size_t start = 3 * (size_t)first[x];
    const size_t most = (readable - start) / 3;
    NAME(resize_pixel)(src + start, weights, taps < most ? taps : most, dst + 3 * x);
  }
}
#endif

void NAME(resize_column)(const uint8_t *const *rows, const int32_t *weights, size_t taps,
                         uint8_t *dst, size_t bytes) {
  const uint32_t half = 1u << (NAME(precision) - 1);
  size_t x = 0;
  for (; x + 32 <= bytes; x += 32) {
    NAME(u32x32) sum = (NAME(u32x32)){0} + half;
    for (size_t t = 0; t < taps; t++) {
      NAME(u8x32) pixels;
      memcpy(&pixels, rows[t] + x, 32);
      sum += __builtin_convertvector(pixels, NAME(u32x32)) * (uint32_t)weights[t];
    }
    sum >>= NAME(precision);
    const NAME(u32x32) most = (NAME(u32x32)){0} + 255u;
    sum = __builtin_elementwise_min(sum, most);
    const NAME(u8x32) result = __builtin_convertvector(sum, NAME(u8x32));
    memcpy(dst + x, &result, 32);
  }
  for (; x < bytes; x++) {
    uint32_t sum = half;
    for (size_t t = 0; t < taps; t++) sum += rows[t][x] * (uint32_t)weights[t];
    sum >>= NAME(precision);
    dst[x] = (uint8_t)(sum > 255 ? 255 : sum);
  }
}

void NAME(linear_row)(const uint8_t *src, size_t readable, const int32_t *first,
                      const int32_t *second, const int32_t *fraction, uint16_t *dst, size_t width) {
  size_t x = 0;
  // Each step reads and writes four values for the three of a pixel; the next pixel overwrites the
  // fourth.
  for (; x + 1 < width && 3 * (size_t)second[x] + 4 <= readable; x++) {
    NAME(u8x4) left, right;
    memcpy(&left, src + 3 * (size_t)first[x], 4);
    memcpy(&right, src + 3 * (size_t)second[x], 4);
    const uint32_t weight = (uint32_t)fraction[x];
    const NAME(u32x4) sum = __builtin_convertvector(left, NAME(u32x4)) * (2048 - weight) +
                            __builtin_convertvector(right, NAME(u32x4)) * weight;
    const NAME(u16x4) value = __builtin_convertvector(sum >> 4, NAME(u16x4));
    memcpy(dst + 3 * x, &value, sizeof value);
  }
  for (; x < width; x++) {
    const uint8_t *left = src + 3 * (size_t)first[x];
    const uint8_t *right = src + 3 * (size_t)second[x];
    const int32_t weight = fraction[x];
    for (size_t c = 0; c < 3; c++)
      dst[3 * x + c] = (uint16_t)((left[c] * (2048 - weight) + right[c] * weight) >> 4);
  }
}

void NAME(linear_column)(const uint16_t *upper, const uint16_t *lower, int32_t fraction,
                         uint8_t *dst, size_t count) {
  const uint32_t below = (uint32_t)fraction;
  const uint32_t above = 2048 - below;
  for (size_t x = 0; x < count; x++)
    dst[x] = (uint8_t)(((upper[x] * above >> 16) + (lower[x] * below >> 16) + 2) >> 2);
}

void NAME(normalize_pixels)(const uint8_t *src, size_t pixels, int reverse, const float *mean,
                            const float *scale, float *dst) {
  const NAME(f32x4) means = {mean[0], mean[1], mean[2], 0};
  const NAME(f32x4) scales = {scale[0], scale[1], scale[2], 0};
  // Each step reads four bytes and writes four floats for the three channels of a pixel; the next
  // pixel overwrites the fourth float.
  for (size_t i = 0; i + 1 < pixels; i++) {
    NAME(u8x4) pixel;
    memcpy(&pixel, src + 3 * i, 4);
    if (reverse) pixel = __builtin_shufflevector(pixel, pixel, 2, 1, 0, 3);
    const NAME(f32x4) value = (__builtin_convertvector(pixel, NAME(f32x4)) - means) * scales;
    memcpy(dst + 3 * i, &value, sizeof value);
  }
  for (size_t c = 0; pixels > 0 && c < 3; c++) {
    const uint8_t value = src[3 * (pixels - 1) + (reverse ? 2 - c : c)];
    dst[3 * (pixels - 1) + c] = ((float)value - mean[c]) * scale[c];
  }
}

/// A number of pixels, at most `most` in both directions, in units of 2^-32 pixels.
static inline int64_t NAME(fixed_point)(double pixels, double most) {
  const double near = pixels < -most ? -most : pixels < most ? pixels : most;
  return (int64_t)(near * 0x1p32 + (near < 0 ? -0.5 : 0.5));
}

/// One pixel of a picture, interpolated between the four around the position (x, y), in units of
/// 2^-32 pixels.
///
/// `is_inside` says that all four are inside of the picture, and can be read as four bytes.
static inline NAME(i32x4)
    NAME(sample)(const sample_window *window, int64_t x, int64_t y, int is_inside) {
  const size_t stride = 3 * window->width;
  size_t next = 3, below = stride;
  if (!is_inside) {
    const int64_t right = (int64_t)(window->width - 1) << 32;
    const int64_t bottom = (int64_t)(window->height - 1) << 32;
    x = x < 0 ? 0 : x < right ? x : right;
    y = y < 0 ? 0 : y < bottom ? y : bottom;
    next = x < right ? 3 : 0;
    below = y < bottom ? stride : 0;
  }
  const uint8_t *from = window->src + (size_t)(y >> 32) * stride + 3 * (size_t)(x >> 32);
  NAME(u8x4) corners[4] = {{0}};
  if (is_inside || window->src + stride * window->height - from >= (ptrdiff_t)(below + next + 4)) {
    memcpy(&corners[0], from, 4);
    memcpy(&corners[1], from + next, 4);
    memcpy(&corners[2], from + below, 4);
    memcpy(&corners[3], from + below + next, 4);
  } else {
    // The last pixel of the picture has no byte behind it.
    memcpy(&corners[0], from, 3);
    memcpy(&corners[1], from + next, 3);
    memcpy(&corners[2], from + below, 3);
    memcpy(&corners[3], from + below + next, 3);
  }
  const float share_x = (float)(int32_t)((uint32_t)x >> 8) * 0x1p-24f;
  const float share_y = (float)(int32_t)((uint32_t)y >> 8) * 0x1p-24f;
  NAME(f32x4) upper = __builtin_convertvector(corners[0], NAME(f32x4));
  NAME(f32x4) lower = __builtin_convertvector(corners[2], NAME(f32x4));
  upper += (__builtin_convertvector(corners[1], NAME(f32x4)) - upper) * share_x;
  lower += (__builtin_convertvector(corners[3], NAME(f32x4)) - lower) * share_x;
  return __builtin_convertvector(upper + (lower - upper) * share_y + 0.5f, NAME(i32x4));
}

void NAME(sample_pixels)(const sample_window *window, uint8_t *dst, size_t width, size_t height,
                         uint64_t *sums) {
  // Where both ends of a row of positions are before these, the four pixels around each of them are
  // inside, and have a byte behind them.
  const int64_t inside_x = ((int64_t)window->width - 2) * (INT64_C(1) << 32);
  const int64_t inside_y = ((int64_t)window->height - 2) * (INT64_C(1) << 32);
  // No picture is so large: positions that are moved to here stay outside. Steps of at most this,
  // divided by their number, do not overflow.
  const double most = 1 << 29;
  const int64_t step_x = NAME(fixed_point)(window->column_x, most / (double)width);
  const int64_t step_y = NAME(fixed_point)(window->column_y, most / (double)width);
  for (size_t row = 0; row < height; row++) {
    int64_t x = NAME(fixed_point)(window->x + (double)row * window->row_x, most);
    int64_t y = NAME(fixed_point)(window->y + (double)row * window->row_y, most);
    const int64_t last_x = x + (int64_t)(width - 1) * step_x;
    const int64_t last_y = y + (int64_t)(width - 1) * step_y;
    const int is_inside = x >= 0 && last_x >= 0 && x < inside_x && last_x < inside_x && y >= 0 &&
                          last_y >= 0 && y < inside_y && last_y < inside_y;
    NAME(u32x4) row_sums = {0};
    for (size_t column = 0; column < width; column++, x += step_x, y += step_y) {
      const NAME(i32x4) rounded =
          is_inside ? NAME(sample)(window, x, y, 1) : NAME(sample)(window, x, y, 0);
      row_sums += (NAME(u32x4))rounded;
      const NAME(u8x4) pixel = __builtin_convertvector(rounded, NAME(u8x4));
      // The next pixel overwrites the fourth byte. (With a constant size this is a store, no call.)
      if (column + 1 < width || row + 1 < height)
        memcpy(dst, &pixel, 4);
      else
        memcpy(dst, &pixel, 3);
      dst += 3;
    }
    for (size_t c = 0; c < 3; c++) sums[c] += row_sums[c];
  }
}

void NAME(change_colors)(uint8_t *pixels, size_t count, const float *change) {
  NAME(f32x4) columns[4];
  for (size_t i = 0; i < 4; i++)
    columns[i] = (NAME(f32x4)){change[3 * i], change[3 * i + 1], change[3 * i + 2], 0};
  columns[3] += 0.5f;
  const NAME(f32x4) least = {0}, most = least + 255.5f;
  NAME(u8x4) next = {0};
  if (count > 1)
    memcpy(&next, pixels, 4);
  else if (count > 0)
    memcpy(&next, pixels, 3);
  for (size_t i = 0; i < count; i++, pixels += 3) {
    const NAME(f32x4) pixel = __builtin_convertvector(next, NAME(f32x4));
    // Read before its first byte is overwritten with the fourth of this pixel. (With
    // constant sizes these are loads and stores, no calls.)
    if (i + 2 < count)
      memcpy(&next, pixels + 3, 4);
    else if (i + 1 < count)
      memcpy(&next, pixels + 3, 3);
    NAME(f32x4) value = pixel[0] * columns[0] + columns[3];
    value += pixel[1] * columns[1];
    value += pixel[2] * columns[2];
    value = __builtin_elementwise_min(__builtin_elementwise_max(value, least), most);
    const NAME(u8x4) result =
        __builtin_convertvector(__builtin_convertvector(value, NAME(i32x4)), NAME(u8x4));
    if (i + 1 < count)
      memcpy(pixels, &result, 4);
    else
      memcpy(pixels, &result, 3);
  }
}
