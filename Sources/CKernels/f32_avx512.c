// float32 kernels for AVX-512: tiles of 14 rows by two 16-float vectors, 28 of the 32 registers.
#if defined(__x86_64__)
#include <immintrin.h>
#include <string.h>

#include "f32_kernels.h"

#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,fma,popcnt"))), apply_to = function)
#define ISA avx512
#define LANES 16
#define TILE_ROWS 14
#define PANEL_WIDTH 32
#define SPARSE_ROWS 0
#define UNROLLED_FOR(...) _Pragma("clang loop unroll(full)") for (__VA_ARGS__)

// Writes table[code] for all codes of a column, and up to 15 values more.
static inline void look_up_codes(const struct f32_sparse *s, size_t column, __m512 table,
                                 float *values) {
  const __m128i low = _mm_set1_epi8(15);
  const uint32_t end = s->code_starts[column + 1];
  for (uint32_t i = s->code_starts[column]; i < end; i += 8, values += 16) {
    const __mmask16 mask = end - i < 8 ? (1u << (end - i)) - 1 : 0xFF;
    const __m128i pairs = _mm_maskz_loadu_epi8(mask, s->codes + i);
    const __m128i even = _mm_and_si128(pairs, low);
    const __m128i odd = _mm_and_si128(_mm_srli_epi16(pairs, 4), low);
    const __m512i codes = _mm512_cvtepu8_epi32(_mm_unpacklo_epi8(even, odd));
    _mm512_storeu_ps(values, _mm512_permutexvar_ps(codes, table));
  }
}

static inline uint16_t mask_at(const uint8_t *masks, size_t block) {
  uint16_t mask;
  memcpy(&mask, masks + 2 * block, 2);
  return mask;
}

// Multiplies SPARSE_COLUMNS columns at a time, so that each sum is loaded and stored once for all
// of them.
static void f32_sparse_avx512(const struct f32_sparse *s) {
  // The expand instruction merges with its target register, so that some processors wait for the
  // register's last value. A zero that is set once avoids this. The empty assembly hides the value
  // from the compiler, which would otherwise use the zeroing form and leave the register unset.
  __m512 zero = _mm512_setzero_ps();
  __asm__("" : "+v"(zero));
  for (size_t i = 0; i < s->count; i += SPARSE_COLUMNS) {
    struct {
      const uint8_t *masks;
      const float *products;
      const uint8_t *next_masks;
      const uint8_t *next_codes;
    } columns[SPARSE_COLUMNS];
    UNROLLED_FOR(size_t c = 0; c < SPARSE_COLUMNS; c++) {
      // If fewer columns than SPARSE_COLUMNS are left, a column is multiplied by 0 in place of each
      // missing one.
      const size_t column = s->columns[i + c < s->count ? i + c : i];
      const float x = i + c < s->count ? s->x[column] : 0;
      const size_t following = i + c + SPARSE_COLUMNS;
      const size_t next = s->columns[following < s->count ? following : i];
      float *products = s->scratch + c * f32_sparse_column_size(s->mask_stride);
      look_up_codes(s, column, _mm512_mul_ps(_mm512_loadu_ps(s->codebook), _mm512_set1_ps(x)),
                    products);
      columns[c].masks = s->masks + column * s->mask_stride;
      columns[c].products = products;
      columns[c].next_masks = s->masks + next * s->mask_stride;
      columns[c].next_codes = s->codes + s->code_starts[next];
    }
    float *y = s->y;
    for (size_t block = 0; block < s->mask_stride / 2; block++, y += 16) {
      // Prefetches a few cache lines of the next columns at a time: the processor waits when more
      // loads are outstanding than it can track. The codes have about half as many lines.
      if (block % 32 == 0)
        UNROLLED_FOR(size_t c = 0; c < SPARSE_COLUMNS; c++) {
          __builtin_prefetch(columns[c].next_masks + 2 * block);
          if (block % 64 == 0) __builtin_prefetch(columns[c].next_codes + block);
        }
      __m512 sum = _mm512_loadu_ps(y);
      UNROLLED_FOR(size_t c = 0; c < SPARSE_COLUMNS; c++) {
        const uint16_t mask = mask_at(columns[c].masks, block);
        const __m512 products = _mm512_loadu_ps(columns[c].products);
        sum = _mm512_add_ps(sum, _mm512_mask_expand_ps(zero, mask, products));
        columns[c].products += __builtin_popcount(mask);
      }
      _mm512_storeu_ps(y, sum);
    }
  }
}

// The same for sixteen vectors of `x`: each weight is multiplied with sixteen values at a time.
static void f32_sparse_x16_avx512(const struct f32_sparse *s) {
  const __m512 codebook = _mm512_loadu_ps(s->codebook);
  const __m512i counting = _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
  float *weights = s->scratch;
  uint32_t *rows = (uint32_t *)(s->scratch + f32_sparse_column_size(s->mask_stride));
  for (size_t i = 0; i < s->count; i++) {
    const size_t column = s->columns[i];
    look_up_codes(s, column, codebook, weights);
    const uint8_t *masks = s->masks + column * s->mask_stride;
    uint32_t *end = rows;
    __m512i row = counting;
    for (size_t block = 0; block < s->mask_stride / 2; block++) {
      const uint16_t mask = mask_at(masks, block);
      _mm512_storeu_si512(end, _mm512_maskz_compress_epi32(mask, row));
      end += __builtin_popcount(mask);
      row = _mm512_add_epi32(row, _mm512_set1_epi32(16));
    }
    const __m512 x = _mm512_loadu_ps(s->x + 16 * column);
    float *const y = s->y;
    const size_t count = (size_t)(end - rows);
    for (size_t k = 0; k < count; k++) {
      float *sum = y + 16 * (size_t)rows[k];
      _mm512_storeu_ps(sum, _mm512_fmadd_ps(x, _mm512_set1_ps(weights[k]), _mm512_loadu_ps(sum)));
    }
  }
}

#include "f32_kernels.inc"
#pragma clang attribute pop

#else
typedef int f32_avx512_is_for_x86_64;
#endif
