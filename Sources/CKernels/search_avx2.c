// Search kernels for AVX2. Bytes are widened to 16 bits, whose products are exact. float16 values
// are widened by F16C, which every processor with AVX2 has.
#include "search_kernels_common.h"

#if defined(__x86_64__)
#include <immintrin.h>

#pragma clang attribute push(__attribute__((target("avx2,fma,f16c"))), apply_to = function)
#define ISA avx2

ALWAYS_INLINE __m256i widened(const int8_t *values) {
  return _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)values));
}

ALWAYS_INLINE int32_t words_sum(__m256i v) {
  int32_t parts[8], total = 0;
  _mm256_storeu_si256((__m256i *)parts, v);
  for (size_t i = 0; i < 8; i++) total += parts[i];
  return total;
}

ALWAYS_INLINE void s8_some(const struct s8_dots *d, size_t row, const size_t rows, size_t query,
                           const size_t queries) {
  __m256i sum[2][SEARCH_QUERIES];
  UNROLLED_FOR(size_t r = 0; r < rows; r++)
    UNROLLED_FOR(size_t q = 0; q < queries; q++) sum[r][q] = _mm256_setzero_si256();
  size_t k = 0;
  for (; k + 16 <= d->length; k += 16) {
    __m256i x[SEARCH_QUERIES];
    UNROLLED_FOR(size_t q = 0; q < queries; q++) x[q] = widened(s8_query(d, query + q) + k);
    UNROLLED_FOR(size_t r = 0; r < rows; r++) {
      const int8_t *values = s8_row(d, row + r) + k;
      if (k % 64 == 0) __builtin_prefetch(values + 1024);
      const __m256i v = widened(values);
      UNROLLED_FOR(size_t q = 0; q < queries; q++)
        sum[r][q] = _mm256_add_epi32(sum[r][q], _mm256_madd_epi16(v, x[q]));
    }
  }
  UNROLLED_FOR(size_t r = 0; r < rows; r++)
    UNROLLED_FOR(size_t q = 0; q < queries; q++)
      *s8_sum(d, row + r, query + q) =
          words_sum(sum[r][q]) + s8_rest(s8_row(d, row + r), s8_query(d, query + q), k, d->length);
}

// Two rows at a time with four queries: eight sums, and six widened vectors, in 16 registers.
ALWAYS_INLINE void s8_tile(const struct s8_dots *d, size_t row, const size_t rows,
                           const size_t queries) {
  if (rows == 1) {
    s8_some(d, row, 1, 0, queries);
  } else {
    s8_some(d, row, 2, 0, queries);
    s8_some(d, row + 2, 2, 0, queries);
  }
}

ALWAYS_INLINE void f16_rows(const struct f16_dots *d, size_t row, const size_t rows) {
  __m256 sum[4][2];
  UNROLLED_FOR(size_t r = 0; r < rows; r++) sum[r][0] = sum[r][1] = _mm256_setzero_ps();
  size_t k = 0;
  for (; k + 16 <= d->length; k += 16) {
    const __m256 x0 = _mm256_loadu_ps(d->query + k), x1 = _mm256_loadu_ps(d->query + k + 8);
    UNROLLED_FOR(size_t r = 0; r < rows; r++) {
      const uint16_t *values = f16_row(d, row + r) + k;
      if (k % 32 == 0) __builtin_prefetch(values + 512);
      const __m128i low = _mm_loadu_si128((const __m128i *)values);
      const __m128i high = _mm_loadu_si128((const __m128i *)(values + 8));
      sum[r][0] = _mm256_fmadd_ps(x0, _mm256_cvtph_ps(low), sum[r][0]);
      sum[r][1] = _mm256_fmadd_ps(x1, _mm256_cvtph_ps(high), sum[r][1]);
    }
  }
  UNROLLED_FOR(size_t r = 0; r < rows; r++) {
    float parts[8], total = 0;
    _mm256_storeu_ps(parts, _mm256_add_ps(sum[r][0], sum[r][1]));
    for (size_t i = 0; i < 8; i++) total += parts[i];
    d->sums[row + r] = total + f16_rest(f16_row(d, row + r), d->query, k, d->length);
  }
}

#include "search_kernels.inc"
#pragma clang attribute pop

#else
typedef int search_avx2_is_for_x86_64;
#endif
