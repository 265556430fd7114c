// 8-bit kernels for AVX-512 with VNNI: 64 multiply-adds an instruction.
#include "CKernels.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include <string.h>

#pragma clang attribute push(                                                                 \
    __attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,avx512vnni,fma"))), \
    apply_to = function)
#define ISA avx512
#define TILE_ROWS 14
#define PANEL_WIDTH 32
#define UNROLLED _Pragma("clang loop unroll(full)")
#define ALWAYS_INLINE static inline __attribute__((always_inline))

ALWAYS_INLINE __m512i four(const void *p) {
  int32_t bits;
  memcpy(&bits, p, 4);
  return _mm512_set1_epi32(bits);
}

ALWAYS_INLINE __m128i to_u8(__m512i sum, __m512 scale, __m512 bias) {
  const __m512 value = _mm512_fmadd_ps(_mm512_cvtepi32_ps(sum), scale, bias);
  const __m512i rounded = _mm512_max_epi32(_mm512_cvtps_epi32(value), _mm512_setzero_si512());
  return _mm512_cvtusepi32_epi8(rounded);
}

ALWAYS_INLINE void conv_rows(const struct u8s8_convolution *g, const size_t rows) {
  __m512i sum[TILE_ROWS][2];
  UNROLLED for (size_t r = 0; r < rows; r++) sum[r][0] = sum[r][1] = _mm512_setzero_si512();
  const int8_t *b = g->b;
  const ptrdiff_t stride = g->a_row_stride;
  for (size_t outer = 0; outer < g->outer; outer++) {
    for (size_t inner = 0; inner < g->inner; inner++) {
      const uint8_t *a =
          g->a + (ptrdiff_t)outer * g->a_outer_stride + (ptrdiff_t)inner * g->a_inner_stride;
      for (size_t k = 0; k < g->run; k++, a += 4, b += 128) {
        const __m512i b0 = _mm512_loadu_si512(b), b1 = _mm512_loadu_si512(b + 64);
        UNROLLED for (size_t r = 0; r < rows; r++) {
          const __m512i x = four(a + (ptrdiff_t)r * stride);
          sum[r][0] = _mm512_dpbusd_epi32(sum[r][0], x, b0);
          sum[r][1] = _mm512_dpbusd_epi32(sum[r][1], x, b1);
        }
      }
    }
  }
  const __m512 scale0 = _mm512_loadu_ps(g->scale), scale1 = _mm512_loadu_ps(g->scale + 16);
  const __m512 bias0 = _mm512_loadu_ps(g->bias), bias1 = _mm512_loadu_ps(g->bias + 16);
  UNROLLED for (size_t r = 0; r < rows; r++) {
    uint8_t *row = g->c + (ptrdiff_t)r * g->c_row_stride;
    const __m256i bytes = _mm256_set_m128i(to_u8(sum[r][1], scale1, bias1),
                                           to_u8(sum[r][0], scale0, bias0));
    _mm256_mask_storeu_epi8(row, g->columns == 32 ? ~0u : (1u << g->columns) - 1, bytes);
  }
}

ALWAYS_INLINE void product_rows(const struct s8u8_product *p, const size_t rows) {
  __m512i sum[TILE_ROWS][2];
  UNROLLED for (size_t r = 0; r < rows; r++) sum[r][0] = sum[r][1] = _mm512_setzero_si512();
  const int8_t *a = p->a;
  const uint8_t *b = p->b;
  for (size_t k = 0; k < p->groups; k++, a += 4, b += 128) {
    const __m512i b0 = _mm512_loadu_si512(b), b1 = _mm512_loadu_si512(b + 64);
    UNROLLED for (size_t r = 0; r < rows; r++) {
      const __m512i w = four(a + (ptrdiff_t)r * p->a_row_stride);
      sum[r][0] = _mm512_dpbusd_epi32(sum[r][0], b0, w);
      sum[r][1] = _mm512_dpbusd_epi32(sum[r][1], b1, w);
    }
  }
  UNROLLED for (size_t r = 0; r < rows; r++) {
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
  UNROLLED for (size_t r = 0; r < rows; r++) sum[r] = _mm512_setzero_si512();
  const int8_t *w = d->weights + first * d->length;
  for (size_t k = 0; k < d->length; k += 64) {
    const size_t left = d->length - k;
    const __mmask64 mask = left >= 64 ? ~0ull : (1ull << left) - 1;
    const __m512i x = _mm512_maskz_loadu_epi8(mask, d->x + k);
    UNROLLED for (size_t r = 0; r < rows; r++) {
      const int8_t *row = w + r * d->length + k;
      __builtin_prefetch(row + 1024);
      sum[r] = _mm512_dpbusd_epi32(sum[r], x, _mm512_maskz_loadu_epi8(mask, row));
    }
  }
  UNROLLED for (size_t r = 0; r < rows; r++) {
    const float value =
        (float)_mm512_reduce_add_epi32(sum[r]) * d->scale[first + r] + d->bias[first + r];
    d->output[first + r] = d->relu && value < 0 ? 0 : value;
  }
}

// Independent chains, as in f32_peak.inc: ones times ones count the multiply-adds.
#define PEAK_CHAINS 28
#define PEAK_MULTIPLY_ADDS (PEAK_CHAINS * 64)

static uint64_t peak(uint64_t rounds) {
  const volatile int32_t zero = 0, ones = 0x01010101;
  const __m512i x = _mm512_set1_epi32(ones), w = _mm512_set1_epi32(ones);
  __m512i sum[PEAK_CHAINS];
  UNROLLED for (size_t i = 0; i < PEAK_CHAINS; i++) sum[i] = _mm512_set1_epi32(zero);
  for (uint64_t round = 0; round < rounds; round++)
    UNROLLED for (size_t i = 0; i < PEAK_CHAINS; i++) sum[i] = _mm512_dpbusd_epi32(sum[i], x, w);
  uint64_t total = 0;
  for (size_t i = 0; i < PEAK_CHAINS; i++) total += (uint32_t)_mm512_reduce_add_epi32(sum[i]);
  return total;
}

#include "u8s8_kernels.inc"
#pragma clang attribute pop

#else
typedef int u8s8_avx512_is_for_x86_64;
#endif
