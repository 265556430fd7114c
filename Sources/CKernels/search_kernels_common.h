// What the search kernels of all instruction sets share, and their tables.
#ifndef SEARCH_KERNELS_COMMON_H
#define SEARCH_KERNELS_COMMON_H

#include <string.h>

#include "CKernels.h"

#define GLUE_(a, b) a##_##b
#define GLUE(a, b) GLUE_(a, b)
#define KERNEL(name) GLUE(name, ISA)
#define TEXT_(x) #x
#define TEXT(x) TEXT_(x)
#define ALWAYS_INLINE static inline __attribute__((always_inline))
#define UNROLLED_FOR(...) _Pragma("clang loop unroll(full)") for (__VA_ARGS__)

extern const struct search_kernels search_kernels_portable;
#if defined(__x86_64__)
extern const struct search_kernels search_kernels_avx2;
extern const struct search_kernels search_kernels_avx512;
#elif defined(__aarch64__)
extern const struct search_kernels search_kernels_neon;
extern const struct search_kernels search_kernels_neon_dotprod;
#endif

// The value of a float16. Its exponent and mantissa are moved to their places in a float32, whose
// exponent has another bias; a multiplication by 2^112 corrects that, for denormal numbers too.
ALWAYS_INLINE float half_value(uint16_t half) {
  uint32_t bits = (uint32_t)(half & 0x7FFF) << 13;
  float value;
  memcpy(&value, &bits, sizeof value);
  value *= 0x1p112f;
  if ((half & 0x7C00) == 0x7C00) {  // infinity or NaN
    bits |= 0x7F800000;
    memcpy(&value, &bits, sizeof value);
  }
  return half & 0x8000 ? -value : value;
}

// The products from value `first` on of one row and one query.
ALWAYS_INLINE int32_t s8_rest(const int8_t *row, const int8_t *query, size_t first, size_t length) {
  int32_t sum = 0;
  for (size_t k = first; k < length; k++) sum += row[k] * query[k];
  return sum;
}

ALWAYS_INLINE float f16_rest(const uint16_t *row, const float *query, size_t first, size_t length) {
  float sum = 0;
  for (size_t k = first; k < length; k++) sum += half_value(row[k]) * query[k];
  return sum;
}

ALWAYS_INLINE const int8_t *s8_row(const struct s8_dots *d, size_t row) {
  return d->rows + (ptrdiff_t)row * d->row_stride;
}

ALWAYS_INLINE const int8_t *s8_query(const struct s8_dots *d, size_t query) {
  return d->queries + (ptrdiff_t)query * d->query_stride;
}

ALWAYS_INLINE int32_t *s8_sum(const struct s8_dots *d, size_t row, size_t query) {
  return d->sums + (ptrdiff_t)query * d->sum_stride + (ptrdiff_t)row;
}

ALWAYS_INLINE const uint16_t *f16_row(const struct f16_dots *d, size_t row) {
  return d->rows + (ptrdiff_t)row * d->row_stride;
}

#endif
