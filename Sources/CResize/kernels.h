// The kernels themselves, included once for each instruction set with NAME(kernel) defined.
// Clang's vector types become whatever registers the surrounding target has.
#include <string.h>

#include "CResize.h"

typedef uint8_t NAME(u8x4) __attribute__((vector_size(4)));
typedef uint32_t NAME(u32x4) __attribute__((vector_size(16)));
typedef float NAME(f32x4) __attribute__((vector_size(16)));
typedef uint8_t NAME(u8x32) __attribute__((vector_size(32)));
typedef uint32_t NAME(u32x32) __attribute__((vector_size(128)));

enum { NAME(precision) = 22 };

void NAME(resize_row)(
    const uint8_t *src, size_t readable, const int32_t *first, const int32_t *count,
    const int32_t *weights, size_t stride, uint8_t *dst, size_t width)
{
  const uint32_t half = 1u << (NAME(precision) - 1);
  for (size_t x = 0; x < width; x++, weights += stride) {
    const uint8_t *from = src + 3 * (size_t)first[x];
    const size_t taps = (size_t)count[x];
    NAME(u32x4) sum = {half, half, half, half};
    // A pixel is read as four bytes: the last one of the picture has only three.
    const int isInside = 3 * ((size_t)first[x] + taps) + 1 <= readable;
    const size_t whole = taps - !isInside;
    for (size_t t = 0; t < whole; t++) {
      NAME(u8x4) pixel;
      memcpy(&pixel, from + 3 * t, 4);
      sum += __builtin_convertvector(pixel, NAME(u32x4)) * (uint32_t)weights[t];
    }
    if (!isInside) {
      NAME(u8x4) pixel = {0};
      memcpy(&pixel, from + 3 * whole, 3);
      sum += __builtin_convertvector(pixel, NAME(u32x4)) * (uint32_t)weights[whole];
    }
    sum >>= NAME(precision);
    const NAME(u32x4) most = {255, 255, 255, 255};
    sum = __builtin_elementwise_min(sum, most);
    const NAME(u8x4) result = __builtin_convertvector(sum, NAME(u8x4));
    // The fourth byte is overwritten by the next pixel.
    memcpy(dst + 3 * x, &result, x + 1 < width ? 4 : 3);
  }
}

void NAME(resize_column)(
    const uint8_t *const *rows, const int32_t *weights, size_t taps, uint8_t *dst, size_t bytes)
{
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

void NAME(linear_row)(
    const uint8_t *src, const int32_t *first, const int32_t *second, const int32_t *fraction,
    uint16_t *dst, size_t width)
{
  for (size_t x = 0; x < width; x++) {
    const uint8_t *left = src + 3 * (size_t)first[x];
    const uint8_t *right = src + 3 * (size_t)second[x];
    const int32_t weight = fraction[x];
    for (size_t c = 0; c < 3; c++)
      dst[3 * x + c] = (uint16_t)((left[c] * (2048 - weight) + right[c] * weight) >> 4);
  }
}

void NAME(linear_column)(
    const uint16_t *upper, const uint16_t *lower, int32_t fraction, uint8_t *dst, size_t count)
{
  const uint32_t below = (uint32_t)fraction;
  const uint32_t above = 2048 - below;
  for (size_t x = 0; x < count; x++)
    dst[x] = (uint8_t)(((upper[x] * above >> 16) + (lower[x] * below >> 16) + 2) >> 2);
}

void NAME(normalize_pixels)(
    const uint8_t *src, size_t pixels, int reverse, const float *mean, const float *scale,
    float *dst)
{
  const NAME(f32x4) means = {mean[0], mean[1], mean[2], 0};
  const NAME(f32x4) scales = {scale[0], scale[1], scale[2], 0};
  for (size_t i = 0; i < pixels; i++) {
    // Four bytes are read and four floats written but for the last pixel.
    const size_t lanes = i + 1 < pixels ? 4 : 3;
    NAME(u8x4) pixel = {0};
    memcpy(&pixel, src + 3 * i, lanes);
    NAME(u8x4) ordered =
        reverse ? __builtin_shufflevector(pixel, pixel, 2, 1, 0, 3) : pixel;
    const NAME(f32x4) value =
        (__builtin_convertvector(ordered, NAME(f32x4)) - means) * scales;
    memcpy(dst + 3 * i, &value, lanes * sizeof(float));
  }
}
