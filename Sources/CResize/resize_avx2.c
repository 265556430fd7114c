// The kernels for x86 processors with AVX2, chosen at run time.
#if defined(__x86_64__)
#include <immintrin.h>

#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)
#define NAME(kernel) kernel##_avx2
#define HAS_RESIZE_ROW
#include "kernels.h"

/// The weighted sum of one pixel's taps, four at a time. Each half of the result holds red, green
/// and blue of half of the taps; the caller adds the two halves.
static inline __m256i weighted_sum(const uint8_t *from, const int16_t *weights, size_t groups) {
  // `madd` multiplies pairs of 16-bit numbers and adds the two products. So the pixels of two
  // neighbouring taps become such a pair for each channel: taps 0 and 1 in the lower half of the
  // register, taps 2 and 3 in the upper half.
  const __m256i pairs =
      _mm256_setr_epi8(0, -1, 3, -1, 1, -1, 4, -1, 2, -1, 5, -1, -1, -1, -1, -1, 6, -1, 9, -1, 7,
                       -1, 10, -1, 8, -1, 11, -1, -1, -1, -1, -1);
  const __m256i low_weights = _mm256_setr_epi32(0, 0, 0, 0, 1, 1, 1, 1);
  const __m256i high_weights = _mm256_setr_epi32(2, 2, 2, 2, 3, 3, 3, 3);
  __m256i low = _mm256_setzero_si256();
  __m256i high = _mm256_setzero_si256();
  for (size_t g = 0; g < groups; g++) {
    const __m256i bytes =
        _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(from + 12 * g)));
    const __m256i pixels = _mm256_shuffle_epi8(bytes, pairs);
    const __m256i split =
        _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(weights + 8 * g)));
    low = _mm256_add_epi32(
        low, _mm256_madd_epi16(pixels, _mm256_permutevar8x32_epi32(split, low_weights)));
    high = _mm256_add_epi32(
        high, _mm256_madd_epi16(pixels, _mm256_permutevar8x32_epi32(split, high_weights)));
  }
  return _mm256_add_epi32(low, _mm256_slli_epi32(high, 11));
}

/// Adds the two halves of each sum, rounds and shifts. The lower half of the result is pixel `a`,
/// the upper half is pixel `b`.
static inline __m256i finished(__m256i a, __m256i b) {
  const __m256i half = _mm256_set1_epi32(1 << (precision_avx2 - 1));
  const __m256i sum = _mm256_add_epi32(_mm256_permute2x128_si256(a, b, 0x20),
                                       _mm256_permute2x128_si256(a, b, 0x31));
  return _mm256_srli_epi32(_mm256_add_epi32(sum, half), precision_avx2);
}

void resize_row_avx2(const uint8_t *src, size_t readable, const int32_t *first,
                     const int16_t *weights, size_t groups, size_t taps, uint8_t *dst,
                     size_t width) {
  size_t x = 0;
  // A group of four taps has 12 bytes and is read as 16 bytes. Four pixels have 12 bytes and are
  // written as 16 bytes. The loop ends early enough for neither to reach past the end.
  for (; x + 6 <= width; x += 4) {
    if (3 * (size_t)first[x + 3] + 12 * groups + 4 > readable) break;
    __m256i sums[4];
    for (size_t i = 0; i < 4; i++)
      sums[i] =
          weighted_sum(src + 3 * (size_t)first[x + i], weights + 8 * groups * (x + i), groups);
    // Halves: pixels 0 and 2, pixels 1 and 3.
    const __m256i words =
        _mm256_packus_epi32(finished(sums[0], sums[1]), finished(sums[2], sums[3]));
    const __m256i bytes = _mm256_packus_epi16(words, words);
    // r0 g0 b0 0 r2 g2 b2 0 ... | r1 g1 b1 0 r3 g3 b3 0 ...
    const __m128i mixed =
        _mm_unpacklo_epi32(_mm256_castsi256_si128(bytes), _mm256_extracti128_si256(bytes, 1));
    const __m128i dense = _mm_shuffle_epi8(
        mixed, _mm_setr_epi8(0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, -1, -1, -1, -1));
    _mm_storeu_si128((__m128i *)(dst + 3 * x), dense);
  }
  for (; x < width; x++) {
    const size_t start = 3 * (size_t)first[x];
    const size_t most = (readable - start) / 3;
    resize_pixel_avx2(src + start, weights + 8 * groups * x, taps < most ? taps : most,
                      dst + 3 * x);
  }
}
#pragma clang attribute pop
#else
typedef int resize_avx2_has_nothing_here;
#endif
