// The code of the kernels. A file for one instruction set sets the compiler's target and then
// includes this file once. The compiler maps Clang's vector types to the registers of that target.
//
// Reads:
//   NAME(kernel)    the kernel's name followed by the instruction set, such as resize_row_avx2
//   HAS_RESIZE_ROW  defined if the including file has its own resize_row
// Defines:
//   resize_column, linear_row, linear_column and normalize_pixels, as CResize.h describes them;
//   resize_row unless HAS_RESIZE_ROW is defined; and resize_pixel, one pixel of resize_row, which
//   the including file may call. Types and the constant `precision` carry NAME as well.
#include <string.h>

#include "CResize.h"

typedef uint8_t NAME(u8x4) __attribute__((vector_size(4)));
typedef uint16_t NAME(u16x4) __attribute__((vector_size(8)));
typedef uint32_t NAME(u32x4) __attribute__((vector_size(16)));
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
