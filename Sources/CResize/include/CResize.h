// The inner loops of resizing, sampling and normalising 8-bit RGB pictures.
//
// The functions have no state and allocate nothing: the caller owns all buffers. Each function
// takes the instruction set to use; the caller gets it once from `resize_best_isa`. No function
// reads or writes outside the sizes that are given here, and targets must not overlap sources.
#ifndef CRESIZE_H
#define CRESIZE_H

#include <stddef.h>
#include <stdint.h>

typedef enum {
  RESIZE_ISA_PORTABLE = 0,
  RESIZE_ISA_AVX2 = 1,
} resize_isa;

/// The kernels to use on this processor, from the instruction set that CProcessor names.
resize_isa resize_best_isa(void);

/// Resizes one row with a filter:
/// `dst[x] = min(255, (2^21 + sum over t < taps of weight(x, t) * src[first[x] + t]) >> 22)`
/// for each of the three channels. Positions count pixels.
///
/// - src: RGB pixels. `readable` bytes from `src` on may be read, which may be more than the pixels
///   of the row. The weights of pixels after them must be 0.
/// - first: `[width]`.
/// - weights: `[width, groups, 8]`. A group has the weights of four taps in units of 2^-22: first
///   the lower 11 bits of all four, then the bits above them of all four. The weights of taps that
///   a pixel does not have must be 0. `groups` is `taps / 4`, rounded up.
/// - dst: `[width, 3]`.
void resize_row(resize_isa isa, const uint8_t *src, size_t readable, const int32_t *first,
                const int16_t *weights, size_t groups, size_t taps, uint8_t *dst, size_t width);

/// Computes one row of a picture that is resized vertically with a filter:
/// `dst[x] = min(255, (2^21 + sum over t < taps of weights[t] * rows[t][x]) >> 22)`.
///
/// - rows: `[taps]` pointers to rows of `bytes` bytes.
/// - weights: `[taps]`, in units of 2^-22.
/// - dst: `[bytes]`.
void resize_column(resize_isa isa, const uint8_t *const *rows, const int32_t *weights, size_t taps,
                   uint8_t *dst, size_t bytes);

/// Resizes one row by linear interpolation. The results have 7 more bits than pixels:
/// `dst[x] = (src[first[x]] * (2048 - fraction[x]) + src[second[x]] * fraction[x]) >> 4`
/// for each of the three channels. Positions count pixels.
///
/// - src: RGB pixels. `readable` bytes from `src` on may be read.
/// - first, second, fraction: `[width]`. `fraction` is 0 to 2048.
/// - dst: `[width, 3]`.
void linear_row(resize_isa isa, const uint8_t *src, size_t readable, const int32_t *first,
                const int32_t *second, const int32_t *fraction, uint16_t *dst, size_t width);

/// Interpolates between two rows from `linear_row`:
/// `dst[x] = ((upper[x] * (2048 - fraction) >> 16) + (lower[x] * fraction >> 16) + 2) >> 2`.
/// `upper`, `lower` and `dst` have `count` values.
void linear_column(resize_isa isa, const uint16_t *upper, const uint16_t *lower, int32_t fraction,
                   uint8_t *dst, size_t count);

/// Converts pixels to floating point: `dst[i][c] = (src[i][reverse ? 2 - c : c] - mean[c]) *
/// scale[c]`. `src` and `dst` are `[pixels, 3]`; `mean` and `scale` have three values.
void normalize_pixels(resize_isa isa, const uint8_t *src, size_t pixels, int reverse,
                      const float *mean, const float *scale, float *dst);

/// A part of a picture, perhaps turned, mirrored or scaled. Positions are in pixels of the picture,
/// whole numbers at their centres; what lies outside is like the nearest pixel of the edge.
typedef struct {
  const uint8_t *src;         // [height][width][3]
  size_t width;               // 1 to 2^24
  size_t height;              // 1 to 2^24
  double x, y;                // what the result's first pixel shows
  double column_x, column_y;  // from a pixel of the result to the next one of its row
  double row_x, row_y;        // to the next row
} sample_window;

/// Writes `width` x `height` pixels of a window by bilinear interpolation, rounded to nearest. Adds
/// up red, green and blue of all of them in `sums`.
void sample_pixels(resize_isa isa, const sample_window *window, uint8_t *dst, size_t width,
                   size_t height, uint64_t sums[3]);

/// Changes the colours of `count` pixels in place, rounded to nearest and kept within 0 to 255.
/// `change` holds, for red, green and blue of a pixel, how much of it goes to red, green and blue
/// of the result, and then what is added to these: `[4][3]`.
void change_colors(resize_isa isa, uint8_t *pixels, size_t count, const float *change);

#endif
