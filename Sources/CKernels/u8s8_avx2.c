// 8-bit kernels for AVX2. Its 8-bit multiply-add saturates, so values are widened to 16 bits: exact,
// at half the instruction's rate.
#include "CKernels.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include <string.h>

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define ISA avx2
#define TILE_ROWS 4
#define PANEL_WIDTH 16
#define UNROLLED _Pragma("clang loop unroll(full)")
#define ALWAYS_INLINE static inline __attribute__((always_inline))

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

ALWAYS_INLINE void store_u8(uint8_t *target, __m256i sum, const float *scale, const float *bias,
                            size_t count) {
  const __m256 value = _mm256_fmadd_ps(_mm256_cvtepi32_ps(sum), _mm256_loadu_ps(scale),
                                       _mm256_loadu_ps(bias));
  int32_t rounded[8];
  _mm256_storeu_si256((__m256i *)rounded, _mm256_cvtps_epi32(value));
  for (size_t i = 0; i < count && i < 8; i++)
    target[i] = rounded[i] < 0 ? 0 : rounded[i] > 255 ? 255 : (uint8_t)rounded[i];
}

ALWAYS_INLINE void conv_rows(const struct u8s8_convolution *g, const size_t rows) {
  __m256i sum[TILE_ROWS][2];
  UNROLLED for (size_t r = 0; r < rows; r++) sum[r][0] = sum[r][1] = _mm256_setzero_si256();
  const int8_t *b = g->b;
  for (size_t outer = 0; outer < g->outer; outer++) {
    for (size_t inner = 0; inner < g->inner; inner++) {
      const uint8_t *a =
          g->a + (ptrdiff_t)outer * g->a_outer_stride + (ptrdiff_t)inner * g->a_inner_stride;
      for (size_t k = 0; k < g->run; k++, a += 4, b += 64) {
        const __m256i b0 = _mm256_loadu_si256((const __m256i *)b);
        const __m256i b1 = _mm256_loadu_si256((const __m256i *)(b + 32));
        const __m256i even0 = even_signed(b0), odd0 = odd_signed(b0);
        const __m256i even1 = even_signed(b1), odd1 = odd_signed(b1);
        UNROLLED for (size_t r = 0; r < rows; r++) {
          const __m256i x = four(a + (ptrdiff_t)r * g->a_row_stride);
          const __m256i even = even_unsigned(x), odd = odd_unsigned(x);
          sum[r][0] = add_products(sum[r][0], even, odd, even0, odd0);
          sum[r][1] = add_products(sum[r][1], even, odd, even1, odd1);
        }
      }
    }
  }
  for (size_t r = 0; r < rows; r++) {
    uint8_t *row = g->c + (ptrdiff_t)r * g->c_row_stride;
    store_u8(row, sum[r][0], g->scale, g->bias, g->columns);
    if (g->columns > 8) store_u8(row + 8, sum[r][1], g->scale + 8, g->bias + 8, g->columns - 8);
  }
}

ALWAYS_INLINE void product_rows(const struct s8u8_product *p, const size_t rows) {
  __m256i sum[TILE_ROWS][2];
  UNROLLED for (size_t r = 0; r < rows; r++) sum[r][0] = sum[r][1] = _mm256_setzero_si256();
  for (size_t k = 0; k < p->groups; k++) {
    const __m256i b0 = _mm256_loadu_si256((const __m256i *)(p->b + k * 64));
    const __m256i b1 = _mm256_loadu_si256((const __m256i *)(p->b + k * 64 + 32));
    const __m256i even0 = even_unsigned(b0), odd0 = odd_unsigned(b0);
    const __m256i even1 = even_unsigned(b1), odd1 = odd_unsigned(b1);
    UNROLLED for (size_t r = 0; r < rows; r++) {
      const __m256i w = four(p->a + (ptrdiff_t)r * p->a_row_stride + 4 * k);
      const __m256i even = even_signed(w), odd = odd_signed(w);
      sum[r][0] = add_products(sum[r][0], even, odd, even0, odd0);
      sum[r][1] = add_products(sum[r][1], even, odd, even1, odd1);
    }
  }
  UNROLLED for (size_t r = 0; r < rows; r++) {
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
  UNROLLED for (size_t r = 0; r < rows; r++) sum[r] = _mm256_setzero_si256();
  const int8_t *w = d->weights + first * d->length;
  size_t k = 0;
  for (; k + 32 <= d->length; k += 32) {
    const __m256i x = _mm256_loadu_si256((const __m256i *)(d->x + k));
    const __m256i even = even_unsigned(x), odd = odd_unsigned(x);
    UNROLLED for (size_t r = 0; r < rows; r++) {
      const __m256i v = _mm256_loadu_si256((const __m256i *)(w + r * d->length + k));
      sum[r] = add_products(sum[r], even, odd, even_signed(v), odd_signed(v));
    }
  }
  for (size_t r = 0; r < rows; r++) {
    int32_t parts[8], total = 0;
    _mm256_storeu_si256((__m256i *)parts, sum[r]);
    for (size_t i = 0; i < 8; i++) total += parts[i];
    for (size_t i = k; i < d->length; i++) total += d->x[i] * w[r * d->length + i];
    const float value = (float)total * d->scale[first + r] + d->bias[first + r];
    d->output[first + r] = d->relu && value < 0 ? 0 : value;
  }
}

// Independent chains, as in f32_peak.inc, of values that are widened already. A chain goes through the
// multiplication too (times 1 and 0 of every pair), or it would be done once for all rounds.
#define PEAK_CHAINS 14
#define PEAK_MULTIPLY_ADDS (PEAK_CHAINS * 16)

static uint64_t peak(uint64_t rounds) {
  const volatile int32_t zero = 0, low = 1, two = 2;
  const __m256i w = _mm256_set1_epi32(low), step = _mm256_set1_epi32(two);
  __m256i sum[PEAK_CHAINS];
  UNROLLED for (size_t i = 0; i < PEAK_CHAINS; i++) sum[i] = _mm256_set1_epi32(zero);
  for (uint64_t round = 0; round < rounds; round++)
    UNROLLED for (size_t i = 0; i < PEAK_CHAINS; i++)
      sum[i] = _mm256_add_epi32(_mm256_madd_epi16(sum[i], w), step);
  uint64_t total = 0;
  for (size_t i = 0; i < PEAK_CHAINS; i++) {
    uint32_t parts[8];
    _mm256_storeu_si256((__m256i *)parts, sum[i]);
    for (size_t lane = 0; lane < 8; lane++) total += parts[lane];
  }
  return total;
}

#include "u8s8_kernels.inc"
#pragma clang attribute pop

#else
typedef int u8s8_avx2_is_for_x86_64;
#endif
