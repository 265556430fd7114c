// Search kernels for AVX-512 with VNNI, whose products of bytes need one factor without sign.
// Therefore 128 is added to the rows, and the sum of the query times 128 is subtracted at the end.
#include "search_kernels_common.h"

#if defined(__x86_64__)
#include <immintrin.h>

#pragma clang attribute push(                                                     \
    __attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,avx512vnni,fma"))), \
    apply_to = function)
#define ISA avx512

ALWAYS_INLINE void s8_tile(const struct s8_dots *d, size_t row, const size_t rows,
                           const size_t queries) {
  __m512i sum[4][SEARCH_QUERIES], shift[SEARCH_QUERIES];
  UNROLLED_FOR(size_t q = 0; q < queries; q++) {
    shift[q] = _mm512_setzero_si512();
    UNROLLED_FOR(size_t r = 0; r < rows; r++) sum[r][q] = _mm512_setzero_si512();
  }
  const __m512i bias = _mm512_set1_epi8(-128);
  for (size_t k = 0; k < d->length; k += 64) {
    const size_t left = d->length - k;
    const __mmask64 mask = left >= 64 ? ~0ull : (1ull << left) - 1;
    __m512i x[SEARCH_QUERIES];
    UNROLLED_FOR(size_t q = 0; q < queries; q++) {
      x[q] = _mm512_maskz_loadu_epi8(mask, s8_query(d, q) + k);
      shift[q] = _mm512_dpbusd_epi32(shift[q], bias, x[q]);
    }
    UNROLLED_FOR(size_t r = 0; r < rows; r++) {
      const int8_t *values = s8_row(d, row + r) + k;
      __builtin_prefetch(values + 1024);
      const __m512i v = _mm512_xor_si512(_mm512_maskz_loadu_epi8(mask, values), bias);
      UNROLLED_FOR(size_t q = 0; q < queries; q++)
        sum[r][q] = _mm512_dpbusd_epi32(sum[r][q], v, x[q]);
    }
  }
  UNROLLED_FOR(size_t r = 0; r < rows; r++)
    UNROLLED_FOR(size_t q = 0; q < queries; q++)
      *s8_sum(d, row + r, q) = _mm512_reduce_add_epi32(_mm512_sub_epi32(sum[r][q], shift[q]));
}

ALWAYS_INLINE void f16_rows(const struct f16_dots *d, size_t row, const size_t rows) {
  __m512 sum[4][2];
  UNROLLED_FOR(size_t r = 0; r < rows; r++) sum[r][0] = sum[r][1] = _mm512_setzero_ps();
  size_t k = 0;
  for (; k + 32 <= d->length; k += 32) {
    const __m512 x0 = _mm512_loadu_ps(d->query + k), x1 = _mm512_loadu_ps(d->query + k + 16);
    UNROLLED_FOR(size_t r = 0; r < rows; r++) {
      const uint16_t *values = f16_row(d, row + r) + k;
      __builtin_prefetch(values + 512);
      const __m256i low = _mm256_loadu_si256((const __m256i *)values);
      const __m256i high = _mm256_loadu_si256((const __m256i *)(values + 16));
      sum[r][0] = _mm512_fmadd_ps(x0, _mm512_cvtph_ps(low), sum[r][0]);
      sum[r][1] = _mm512_fmadd_ps(x1, _mm512_cvtph_ps(high), sum[r][1]);
    }
  }
  UNROLLED_FOR(size_t r = 0; r < rows; r++)
    d->sums[row + r] = _mm512_reduce_add_ps(_mm512_add_ps(sum[r][0], sum[r][1])) +
                       f16_rest(f16_row(d, row + r), d->query, k, d->length);
}

#include "search_kernels.inc"
#pragma clang attribute pop

#else
typedef int search_avx512_is_for_x86_64;
#endif
