// The inner loops of resizing and normalising 8-bit RGB rows.
//
// No state, no allocation: callers own every buffer. Each function takes the instruction set to
// use; ask `resize_best_isa` once and pass its answer.
#ifndef CRESIZE_H
#define CRESIZE_H

#include <stddef.h>
#include <stdint.h>

typedef enum {
  RESIZE_ISA_PORTABLE = 0,
  RESIZE_ISA_AVX2 = 1,
} resize_isa;

/// The kernels for the instruction set that CProcessor names.
resize_isa resize_best_isa(void);

/// Weighted sums along a row: `dst[x] = (2^21 + sum of weight(x, t) * src[first[x] + t]) >> 22`
/// over `t < taps`, for each of three interleaved channels, at most 255.
///
/// Weights come in `groups` groups of four taps a pixel, each first the lower 11 bits of all four,
/// then what lies above them; taps that a pixel does not have weigh nothing. `readable` is the
/// number of bytes that may be read from `src` on, and taps beyond it must weigh nothing.
/// `dst` has room for `3 * width` bytes.
void resize_row(resize_isa isa, const uint8_t *src, size_t readable, const int32_t *first,
                const int16_t *weights, size_t groups, size_t taps, uint8_t *dst, size_t width);

/// Weighted sums down a column: `dst[x] = (2^21 + sum of weights[t] * rows[t][x]) >> 22`, at most
/// 255, for `bytes` bytes.
void resize_column(resize_isa isa, const uint8_t *const *rows, const int32_t *weights, size_t taps,
                   uint8_t *dst, size_t bytes);

/// Two taps a pixel, unrounded: `dst[x] = (src[first[x]] * (2048 - fraction[x])
/// + src[second[x]] * fraction[x]) >> 4`, three channels. `readable` is the number of bytes that
/// may be read from `src` on.
void linear_row(resize_isa isa, const uint8_t *src, size_t readable, const int32_t *first,
                const int32_t *second, const int32_t *fraction, uint16_t *dst, size_t width);

/// `dst[x] = ((upper[x] * (2048 - fraction) >> 16) + (lower[x] * fraction >> 16) + 2) >> 2`.
void linear_column(resize_isa isa, const uint16_t *upper, const uint16_t *lower, int32_t fraction,
                   uint8_t *dst, size_t count);

/// `dst[i][c] = (src[i][reverse ? 2 - c : c] - mean[c]) * scale[c]` for `pixels` RGB pixels.
void normalize_pixels(resize_isa isa, const uint8_t *src, size_t pixels, int reverse,
                      const float *mean, const float *scale, float *dst);

#endif
