// 8-bit kernels for AVX-512 with VNNI: 64 multiply-adds an instruction.
#include "u8s8_windows.h"

#if defined(__x86_64__)
#include <immintrin.h>

#pragma clang attribute push(                                                     \
    __attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,avx512vnni,fma"))), \
    apply_to = function)
#define ISA avx512
#define TILE_ROWS 14
#define PANEL_WIDTH 32

ALWAYS_INLINE __m512i four(const void *p) {
  int32_t bits;
  memcpy(&bits, p, 4);
  return _mm512_set1_epi32(bits);
}

// Adds the products of windows and the panel that begins at `b` to `sum`. Returns the end of the
// panel.
ALWAYS_INLINE const int8_t *accumulate(const struct windows *w, const int8_t *b,
                                       __m512i sum[TILE_ROWS][2], const size_t rows) {
  UNROLLED_FOR(size_t r = 0; r < rows; r++) sum[r][0] = sum[r][1] = _mm512_setzero_si512();
  const ptrdiff_t stride = w->row_stride;
  for (size_t outer = 0; outer < w->outer; outer++) {
    for (size_t inner = 0; inner < w->inner; inner++) {
      const uint8_t *a = window_run(w, outer, inner);
      for (size_t k = 0; k < w->run; k++, a += 4, b += 128) {
        const __m512i b0 = _mm512_loadu_si512(b), b1 = _mm512_loadu_si512(b + 64);
        UNROLLED_FOR(size_t r = 0; r < rows; r++) {
          const __m512i x = four(a + (ptrdiff_t)r * stride);
          sum[r][0] = _mm512_dpbusd_epi32(sum[r][0], x, b0);
          sum[r][1] = _mm512_dpbusd_epi32(sum[r][1], x, b1);
        }
      }
    }
  }
  return b;
}

// Packs two vectors together. Instructions that narrow a single vector are slow on some processors,
// most of all those that store to memory.
#define ROUNDED
ALWAYS_INLINE __m256i rounded(__m512 low, __m512 high) {
  // Packing alternates four values of each vector. This puts them in order.
  const __m512i order = _mm512_set_epi32(0, 0, 0, 0, 0, 0, 0, 0, 13, 9, 5, 1, 12, 8, 4, 0);
  const __m512i words = _mm512_packs_epi32(_mm512_cvtps_epi32(low), _mm512_cvtps_epi32(high));
  const __m512i bytes = _mm512_packus_epi16(words, words);
  return _mm512_castsi512_si256(_mm512_permutexvar_epi32(order, bytes));
}

// The sums stay in registers to the end.
#define CONV_ROWS
ALWAYS_INLINE void conv_rows(const struct u8s8_convolution *g, const size_t rows) {
  const struct windows w = {g->a,     g->a_row_stride,   g->outer, g->a_outer_stride,
                            g->inner, g->a_inner_stride, g->run};
  __m512i sum[TILE_ROWS][2];
  accumulate(&w, g->b, sum, rows);
  const __m512 scale0 = _mm512_loadu_ps(g->scale), scale1 = _mm512_loadu_ps(g->scale + 16);
  const __m512 bias0 = _mm512_loadu_ps(g->bias), bias1 = _mm512_loadu_ps(g->bias + 16);
  const __mmask32 mask = g->columns == 32 ? ~0u : (1u << g->columns) - 1;
  UNROLLED_FOR(size_t r = 0; r < rows; r++) {
    const __m512 low = _mm512_cvtepi32_ps(sum[r][0]), high = _mm512_cvtepi32_ps(sum[r][1]);
    const __m256i bytes =
        rounded(_mm512_fmadd_ps(low, scale0, bias0), _mm512_fmadd_ps(high, scale1, bias1));
    _mm256_mask_storeu_epi8(g->c + (ptrdiff_t)r * g->c_row_stride, mask, bytes);
  }
}

ALWAYS_INLINE void product_rows(const struct s8u8_product *p, const size_t rows) {
  __m512i sum[TILE_ROWS][2];
  UNROLLED_FOR(size_t r = 0; r < rows; r++) sum[r][0] = sum[r][1] = _mm512_setzero_si512();
  const int8_t *a = p->a;
  const uint8_t *b = p->b;
  for (size_t k = 0; k < p->groups; k++, a += 4, b += 128) {
    if (k * 64 < p->next_size) __builtin_prefetch(p->next + k * 64, 0, 2);
    const __m512i b0 = _mm512_loadu_si512(b), b1 = _mm512_loadu_si512(b + 64);
    UNROLLED_FOR(size_t r = 0; r < rows; r++) {
      const __m512i w = four(a + (ptrdiff_t)r * p->a_row_stride);
      sum[r][0] = _mm512_dpbusd_epi32(sum[r][0], b0, w);
      sum[r][1] = _mm512_dpbusd_epi32(sum[r][1], b1, w);
    }
  }
  UNROLLED_FOR(size_t r = 0; r < rows; r++) {
    const __m512 scale = _mm512_set1_ps(p->scale[r]), bias = _mm512_set1_ps(p->bias[r]);
    for (size_t half = 0; half < 2; half++) {
      __m512 value = _mm512_fmadd_ps(_mm512_cvtepi32_ps(sum[r][half]), scale, bias);
      if (p->relu) value = _mm512_max_ps(value, _mm512_setzero_ps());
      _mm512_storeu_ps(p->c + (ptrdiff_t)r * p->c_row_stride + half * 16, value);
    }
  }
}

ALWAYS_INLINE void dot_rows(const struct s8u8_dot *d, size_t first, const size_t rows) {
  __m512i sum[4];
  UNROLLED_FOR(size_t r = 0; r < rows; r++) sum[r] = _mm512_setzero_si512();
  const int8_t *w = d->weights + first * d->length;
  for (size_t k = 0; k < d->length; k += 64) {
    const size_t left = d->length - k;
    const __mmask64 mask = left >= 64 ? ~0ull : (1ull << left) - 1;
    const __m512i x = _mm512_maskz_loadu_epi8(mask, d->x + k);
    UNROLLED_FOR(size_t r = 0; r < rows; r++) {
      const int8_t *row = w + r * d->length + k;
      __builtin_prefetch(row + 1024);
      sum[r] = _mm512_dpbusd_epi32(sum[r], x, _mm512_maskz_loadu_epi8(mask, row));
    }
  }
  UNROLLED_FOR(size_t r = 0; r < rows; r++) {
    const float value =
        fmaf((float)_mm512_reduce_add_epi32(sum[r]), d->scale[first + r], d->bias[first + r]);
    d->output[first + r] = d->relu && value < 0 ? 0 : value;
  }
}

// Independent sums, as in f32_peak.inc. All factors are 1, so that the sums count the
// multiply-adds.
#define PEAK_CHAINS 28
#define PEAK_MULTIPLY_ADDS (PEAK_CHAINS * 64)

static uint64_t peak(uint64_t rounds) {
  const volatile int32_t zero = 0, ones = 0x01010101;
  const __m512i x = _mm512_set1_epi32(ones), w = _mm512_set1_epi32(ones);
  __m512i sum[PEAK_CHAINS];
  UNROLLED_FOR(size_t i = 0; i < PEAK_CHAINS; i++) sum[i] = _mm512_set1_epi32(zero);
  for (uint64_t round = 0; round < rounds; round++)
    UNROLLED_FOR(size_t i = 0; i < PEAK_CHAINS; i++) sum[i] = _mm512_dpbusd_epi32(sum[i], x, w);
  uint64_t total = 0;
  for (size_t i = 0; i < PEAK_CHAINS; i++) total += (uint32_t)_mm512_reduce_add_epi32(sum[i]);
  return total;
}

// The processor's estimate has 14 bits, which is enough for a result of one byte.
#define RECIPROCAL_ROOT
ALWAYS_INLINE __m512 reciprocal_root(__m512 x) { return _mm512_rsqrt14_ps(x); }

#define WINOGRAD_ROWS 7
#define WINOGRAD_CASES ROWS_CASES_7
typedef __m512i sum_vector;

#define SCALED
typedef int16_t words __attribute__((vector_size(64), aligned(2)));
ALWAYS_INLINE words scaled(words value, words factor) {
  return (words)_mm512_mulhrs_epi16((__m512i)value, (__m512i)factor);
}

#include "u8s8_kernels.inc"
#pragma clang attribute pop

#else
typedef int u8s8_avx512_is_for_x86_64;
#endif
