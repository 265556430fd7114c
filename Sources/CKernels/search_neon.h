// The float16 part of the search kernels for NEON, and the loop for bytes.
//
// Reads: add_bytes(sum, a, b), which adds the products of sixteen bytes to four sums.
#ifndef SEARCH_NEON_H
#define SEARCH_NEON_H

#include <arm_neon.h>

#include "search_kernels_common.h"

ALWAYS_INLINE int32x4_t add_bytes(int32x4_t sum, int8x16_t a, int8x16_t b);

ALWAYS_INLINE void s8_tile(const struct s8_dots *d, size_t row, const size_t rows,
                           const size_t queries) {
  int32x4_t sum[4][SEARCH_QUERIES];
  UNROLLED_FOR(size_t r = 0; r < rows; r++)
    UNROLLED_FOR(size_t q = 0; q < queries; q++) sum[r][q] = vdupq_n_s32(0);
  size_t k = 0;
  for (; k + 16 <= d->length; k += 16) {
    int8x16_t x[SEARCH_QUERIES];
    UNROLLED_FOR(size_t q = 0; q < queries; q++) x[q] = vld1q_s8(s8_query(d, q) + k);
    UNROLLED_FOR(size_t r = 0; r < rows; r++) {
      const int8_t *values = s8_row(d, row + r) + k;
      if (k % 64 == 0) __builtin_prefetch(values + 512);
      const int8x16_t v = vld1q_s8(values);
      UNROLLED_FOR(size_t q = 0; q < queries; q++) sum[r][q] = add_bytes(sum[r][q], v, x[q]);
    }
  }
  UNROLLED_FOR(size_t r = 0; r < rows; r++)
    UNROLLED_FOR(size_t q = 0; q < queries; q++)
      *s8_sum(d, row + r, q) =
          vaddvq_s32(sum[r][q]) + s8_rest(s8_row(d, row + r), s8_query(d, q), k, d->length);
}

ALWAYS_INLINE float32x4_t widened(const uint16_t *values) {
  return vcvt_f32_f16(vreinterpret_f16_u16(vld1_u16(values)));
}

ALWAYS_INLINE void f16_rows(const struct f16_dots *d, size_t row, const size_t rows) {
  float32x4_t sum[4][2];
  UNROLLED_FOR(size_t r = 0; r < rows; r++) sum[r][0] = sum[r][1] = vdupq_n_f32(0);
  size_t k = 0;
  for (; k + 8 <= d->length; k += 8) {
    const float32x4_t x0 = vld1q_f32(d->query + k), x1 = vld1q_f32(d->query + k + 4);
    UNROLLED_FOR(size_t r = 0; r < rows; r++) {
      const uint16_t *values = f16_row(d, row + r) + k;
      if (k % 32 == 0) __builtin_prefetch(values + 256);
      sum[r][0] = vfmaq_f32(sum[r][0], x0, widened(values));
      sum[r][1] = vfmaq_f32(sum[r][1], x1, widened(values + 4));
    }
  }
  UNROLLED_FOR(size_t r = 0; r < rows; r++)
    d->sums[row + r] = vaddvq_f32(vaddq_f32(sum[r][0], sum[r][1])) +
                       f16_rest(f16_row(d, row + r), d->query, k, d->length);
}

#endif
