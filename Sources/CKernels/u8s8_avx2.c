// 8-bit kernels for AVX2. Its 8-bit multiply-add saturates, so values are widened to 16 bits:
// exact, at half the instruction's rate.
#include "u8s8_windows.h"

#if defined(__x86_64__)
#include <immintrin.h>

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define ISA avx2
#define TILE_ROWS 4
#define PANEL_WIDTH 16

// Signed bytes 0, 2 or 1, 3 of every four, as 16-bit values.
ALWAYS_INLINE __m256i even_signed(__m256i v) {
  return _mm256_srai_epi16(_mm256_slli_epi16(v, 8), 8);
}
ALWAYS_INLINE __m256i odd_signed(__m256i v) { return _mm256_srai_epi16(v, 8); }
// The same of unsigned bytes.
ALWAYS_INLINE __m256i even_unsigned(__m256i v) {
  return _mm256_and_si256(v, _mm256_set1_epi16(255));
}
ALWAYS_INLINE __m256i odd_unsigned(__m256i v) { return _mm256_srli_epi16(v, 8); }

ALWAYS_INLINE __m256i four(const void *p) {
  int32_t bits;
  memcpy(&bits, p, 4);
  return _mm256_set1_epi32(bits);
}

ALWAYS_INLINE __m256i add_products(__m256i sum, __m256i even_a, __m256i odd_a, __m256i even_b,
                                   __m256i odd_b) {
  sum = _mm256_add_epi32(sum, _mm256_madd_epi16(even_a, even_b));
  return _mm256_add_epi32(sum, _mm256_madd_epi16(odd_a, odd_b));
}

ALWAYS_INLINE const int8_t *sum_products(const struct windows *w, const int8_t *b, int32_t *target,
                                         const size_t rows) {
  __m256i sum[TILE_ROWS][2];
  UNROLLED_FOR(size_t r = 0; r < rows; r++) sum[r][0] = sum[r][1] = _mm256_setzero_si256();
  for (size_t outer = 0; outer < w->outer; outer++) {
    for (size_t inner = 0; inner < w->inner; inner++) {
      const uint8_t *a = window_run(w, outer, inner);
      for (size_t k = 0; k < w->run; k++, a += 4, b += 64) {
        const __m256i b0 = _mm256_loadu_si256((const __m256i *)b);
        const __m256i b1 = _mm256_loadu_si256((const __m256i *)(b + 32));
        const __m256i even0 = even_signed(b0), odd0 = odd_signed(b0);
        const __m256i even1 = even_signed(b1), odd1 = odd_signed(b1);
        UNROLLED_FOR(size_t r = 0; r < rows; r++) {
          const __m256i x = four(a + (ptrdiff_t)r * w->row_stride);
          const __m256i even = even_unsigned(x), odd = odd_unsigned(x);
          sum[r][0] = add_products(sum[r][0], even, odd, even0, odd0);
          sum[r][1] = add_products(sum[r][1], even, odd, even1, odd1);
        }
      }
    }
  }
  UNROLLED_FOR(size_t r = 0; r < rows; r++) {
    _mm256_storeu_si256((__m256i *)(target + r * PANEL_WIDTH), sum[r][0]);
    _mm256_storeu_si256((__m256i *)(target + r * PANEL_WIDTH + 8), sum[r][1]);
  }
  return b;
}

ALWAYS_INLINE void product_rows(const struct s8u8_product *p, const size_t rows) {
  __m256i sum[TILE_ROWS][2];
  UNROLLED_FOR(size_t r = 0; r < rows; r++) sum[r][0] = sum[r][1] = _mm256_setzero_si256();
  for (size_t k = 0; k < p->groups; k++) {
    if (k * 64 < p->next_size) __builtin_prefetch(p->next + k * 64, 0, 2);
    const __m256i b0 = _mm256_loadu_si256((const __m256i *)(p->b + k * 64));
    const __m256i b1 = _mm256_loadu_si256((const __m256i *)(p->b + k * 64 + 32));
    const __m256i even0 = even_unsigned(b0), odd0 = odd_unsigned(b0);
    const __m256i even1 = even_unsigned(b1), odd1 = odd_unsigned(b1);
    UNROLLED_FOR(size_t r = 0; r < rows; r++) {
      const __m256i w = four(p->a + (ptrdiff_t)r * p->a_row_stride + 4 * k);
      const __m256i even = even_signed(w), odd = odd_signed(w);
      sum[r][0] = add_products(sum[r][0], even, odd, even0, odd0);
      sum[r][1] = add_products(sum[r][1], even, odd, even1, odd1);
    }
  }
  UNROLLED_FOR(size_t r = 0; r < rows; r++) {
    const __m256 scale = _mm256_set1_ps(p->scale[r]), bias = _mm256_set1_ps(p->bias[r]);
    for (size_t half = 0; half < 2; half++) {
      __m256 value = _mm256_fmadd_ps(_mm256_cvtepi32_ps(sum[r][half]), scale, bias);
      if (p->relu) value = _mm256_max_ps(value, _mm256_setzero_ps());
      _mm256_storeu_ps(p->c + (ptrdiff_t)r * p->c_row_stride + half * 8, value);
    }
  }
}

ALWAYS_INLINE void dot_rows(const struct s8u8_dot *d, size_t first, const size_t rows) {
  __m256i sum[4];
  UNROLLED_FOR(size_t r = 0; r < rows; r++) sum[r] = _mm256_setzero_si256();
  const int8_t *w = d->weights + first * d->length;
  size_t k = 0;
  for (; k + 32 <= d->length; k += 32) {
    const __m256i x = _mm256_loadu_si256((const __m256i *)(d->x + k));
    const __m256i even = even_unsigned(x), odd = odd_unsigned(x);
    UNROLLED_FOR(size_t r = 0; r < rows; r++) {
      const __m256i v = _mm256_loadu_si256((const __m256i *)(w + r * d->length + k));
      sum[r] = add_products(sum[r], even, odd, even_signed(v), odd_signed(v));
    }
  }
  for (size_t r = 0; r < rows; r++) {
    int32_t parts[8], total = 0;
    _mm256_storeu_si256((__m256i *)parts, sum[r]);
    for (size_t i = 0; i < 8; i++) total += parts[i];
    for (size_t i = k; i < d->length; i++) total += d->x[i] * w[r * d->length + i];
    const float value = fmaf((float)total, d->scale[first + r], d->bias[first + r]);
    d->output[first + r] = d->relu && value < 0 ? 0 : value;
  }
}

// Independent chains, as in f32_peak.inc, of values that are widened already. A chain goes through
// the multiplication too (times 1 and 0 of every pair), or it would be done once for all rounds.
#define PEAK_CHAINS 14
#define PEAK_MULTIPLY_ADDS (PEAK_CHAINS * 16)

static uint64_t peak(uint64_t rounds) {
  const volatile int32_t zero = 0, low = 1, two = 2;
  const __m256i w = _mm256_set1_epi32(low), step = _mm256_set1_epi32(two);
  __m256i sum[PEAK_CHAINS];
  UNROLLED_FOR(size_t i = 0; i < PEAK_CHAINS; i++) sum[i] = _mm256_set1_epi32(zero);
  for (uint64_t round = 0; round < rounds; round++)
    UNROLLED_FOR(size_t i = 0; i < PEAK_CHAINS; i++)
      sum[i] = _mm256_add_epi32(_mm256_madd_epi16(sum[i], w), step);
  uint64_t total = 0;
  for (size_t i = 0; i < PEAK_CHAINS; i++) {
    uint32_t parts[8];
    _mm256_storeu_si256((__m256i *)parts, sum[i]);
    for (size_t lane = 0; lane < 8; lane++) total += parts[lane];
  }
  return total;
}

#define SCALED
typedef int16_t words __attribute__((vector_size(32), aligned(2)));
ALWAYS_INLINE words scaled(words value, words factor) {
  return (words)_mm256_mulhrs_epi16((__m256i)value, (__m256i)factor);
}

#include "u8s8_kernels.inc"
#pragma clang attribute pop

#else
typedef int u8s8_avx2_is_for_x86_64;
#endif
