// Products of sparse matrices with bytes, for AVX-512 with VNNI and VBMI2. 64 rows of four columns
// are computed at a time. An expand instruction moves the weights of a column to the rows whose
// bits are set in its mask.
#include <string.h>

#include "CKernels.h"

#if defined(__x86_64__)
#include <immintrin.h>

#pragma clang attribute push(                                                             \
    __attribute__((                                                                       \
        target("avx512f,avx512vl,avx512bw,avx512dq,avx512vnni,avx512vbmi2,fma,popcnt"))), \
    apply_to = function)
#define UNROLLED_FOR(...) _Pragma("clang loop unroll(full)") for (__VA_ARGS__)

// Writes table[code] for all codes of a column, and up to 63 values more.
static inline void look_up_codes(const struct s8u8_sparse *s, size_t column, __m512i table,
                                 int8_t *values) {
  const __m512i low = _mm512_set1_epi8(15);
  const uint32_t end = s->code_starts[column + 1];
  for (uint32_t i = s->code_starts[column]; i < end; i += 32, values += 64) {
    const __mmask32 mask = end - i < 32 ? (1u << (end - i)) - 1 : ~0u;
    const __m512i pairs = _mm512_cvtepu8_epi16(_mm256_maskz_loadu_epi8(mask, s->codes + i));
    const __m512i codes =
        _mm512_and_si512(_mm512_or_si512(pairs, _mm512_slli_epi16(pairs, 4)), low);
    _mm512_storeu_si512(values, _mm512_shuffle_epi8(table, codes));
  }
}

// Adds the products of four columns to 16 sums: each sum gets four products.
static inline void add(int32_t *sums, __m512i x, __m512i weights) {
  _mm512_storeu_si512(sums, _mm512_dpbusd_epi32(_mm512_loadu_si512(sums), x, weights));
}

static void s8u8_sparse_avx512(const struct s8u8_sparse *s) {
  const __m512i table = _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)s->codebook));
  // The zero avoids a dependency on the target register, as in f32_avx512.c.
  __m512i zero = _mm512_setzero_si512();
  __asm__("" : "+v"(zero));
  for (size_t i = 0; i < s->count; i += SPARSE_COLUMNS) {
    struct {
      const uint8_t *masks;
      const int8_t *weights;
      const uint8_t *next_masks;
      const uint8_t *next_codes;
    } columns[SPARSE_COLUMNS];
    uint8_t bytes[SPARSE_COLUMNS];
    UNROLLED_FOR(size_t c = 0; c < SPARSE_COLUMNS; c++) {
      // If fewer columns than SPARSE_COLUMNS are left, a column is multiplied by 0 in place of each
      // missing one.
      const size_t column = s->columns[i + c < s->count ? i + c : i];
      const size_t following = i + c + SPARSE_COLUMNS;
      const size_t next = s->columns[following < s->count ? following : i];
      int8_t *weights = s->scratch + c * s8u8_sparse_column_size(s->mask_stride);
      bytes[c] = i + c < s->count ? s->x[column] : 0;
      look_up_codes(s, column, table, weights);
      columns[c].masks = s->masks + column * s->mask_stride;
      columns[c].weights = weights;
      columns[c].next_masks = s->masks + next * s->mask_stride;
      columns[c].next_codes = s->codes + s->code_starts[next];
    }
    int32_t four;
    memcpy(&four, bytes, 4);
    const __m512i x = _mm512_set1_epi32(four);
    int32_t *sums = s->sums;
    for (size_t byte = 0; byte < s->mask_stride; byte += 8, sums += 64) {
      // Prefetches a few cache lines of the next columns at a time: the processor waits when more
      // loads are outstanding than it can track. The codes have about half as many lines.
      if (byte % 64 == 0)
        UNROLLED_FOR(size_t c = 0; c < SPARSE_COLUMNS; c++) {
          __builtin_prefetch(columns[c].next_masks + byte);
          if (byte % 128 == 0) __builtin_prefetch(columns[c].next_codes + byte / 2);
        }
      __m512i rows[SPARSE_COLUMNS];
      UNROLLED_FOR(size_t c = 0; c < SPARSE_COLUMNS; c++) {
        uint64_t mask;
        memcpy(&mask, columns[c].masks + byte, 8);
        const __m512i weights = _mm512_loadu_si512(columns[c].weights);
        rows[c] = _mm512_mask_expand_epi8(zero, mask, weights);
        columns[c].weights += __builtin_popcountll(mask);
      }
      const __m512i low01 = _mm512_unpacklo_epi8(rows[0], rows[1]);
      const __m512i high01 = _mm512_unpackhi_epi8(rows[0], rows[1]);
      const __m512i low23 = _mm512_unpacklo_epi8(rows[2], rows[3]);
      const __m512i high23 = _mm512_unpackhi_epi8(rows[2], rows[3]);
      add(sums, x, _mm512_unpacklo_epi16(low01, low23));
      add(sums + 16, x, _mm512_unpackhi_epi16(low01, low23));
      add(sums + 32, x, _mm512_unpacklo_epi16(high01, high23));
      add(sums + 48, x, _mm512_unpackhi_epi16(high01, high23));
    }
  }
}

// Interleaving the columns changes the order of the sums: of every 64, lane l of vector v has rows
// 16 l + 4 v to 16 l + 4 v + 3. This function restores the order.
static void s8u8_sparse_sums_avx512(const struct s8u8_sparse_sums *s) {
  const __m512 scale = _mm512_set1_ps(s->scale);
  for (size_t row = 0; row < s->rows; row += 64) {
    __m512i sum[4];
    UNROLLED_FOR(size_t v = 0; v < 4; v++) {
      sum[v] = _mm512_setzero_si512();
      for (size_t part = 0; part < s->parts; part++)
        sum[v] = _mm512_add_epi32(
            sum[v], _mm512_loadu_si512(s->sums + part * s->part_stride + row + 16 * v));
    }
    const __m512i even01 = _mm512_shuffle_i32x4(sum[0], sum[1], 0x88);
    const __m512i odd01 = _mm512_shuffle_i32x4(sum[0], sum[1], 0xDD);
    const __m512i even23 = _mm512_shuffle_i32x4(sum[2], sum[3], 0x88);
    const __m512i odd23 = _mm512_shuffle_i32x4(sum[2], sum[3], 0xDD);
    const __m512i ordered[4] = {
        _mm512_shuffle_i32x4(even01, even23, 0x88), _mm512_shuffle_i32x4(odd01, odd23, 0x88),
        _mm512_shuffle_i32x4(even01, even23, 0xDD), _mm512_shuffle_i32x4(odd01, odd23, 0xDD)};
    UNROLLED_FOR(size_t v = 0; v < 4; v++) {
      const size_t first = row + 16 * v;
      if (first >= s->rows) break;
      const __mmask16 mask = s->rows - first < 16 ? (1u << (s->rows - first)) - 1 : 0xFFFF;
      const __m512 bias = _mm512_maskz_loadu_ps(mask, s->bias + first);
      __m512 value = _mm512_fmadd_ps(_mm512_cvtepi32_ps(ordered[v]), scale, bias);
      if (s->relu) value = _mm512_max_ps(value, _mm512_setzero_ps());
      _mm512_mask_storeu_ps(s->output + first, mask, value);
    }
  }
}

static size_t u8_nonzero_avx512(const uint8_t *x, size_t count, uint32_t *positions) {
  size_t found = 0;
  __m512i position = _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
  for (size_t i = 0; i < count; i += 16) {
    const __mmask16 mask = count - i < 16 ? (1u << (count - i)) - 1 : 0xFFFF;
    const __m128i bytes = _mm_maskz_loadu_epi8(mask, x + i);
    const __mmask16 nonzero = _mm_test_epi8_mask(bytes, bytes);
    _mm512_storeu_si512(positions + found, _mm512_maskz_compress_epi32(nonzero, position));
    found += (size_t)__builtin_popcount(nonzero);
    position = _mm512_add_epi32(position, _mm512_set1_epi32(16));
  }
  return found;
}

const struct s8u8_sparse_kernels s8u8_sparse_kernels_avx512 = {.name = "avx512",
                                                               .nonzero = u8_nonzero_avx512,
                                                               .sparse = s8u8_sparse_avx512,
                                                               .sums = s8u8_sparse_sums_avx512};
#pragma clang attribute pop

#else
typedef int s8u8_sparse_avx512_is_for_x86_64;
#endif
