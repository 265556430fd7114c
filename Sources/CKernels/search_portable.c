// Search kernels for any processor, in plain C that compilers vectorise.
#include "search_kernels_common.h"

#define ISA portable

ALWAYS_INLINE void s8_tile(const struct s8_dots *d, size_t row, const size_t rows,
                           const size_t queries) {
  for (size_t r = row; r < row + rows; r++)
    for (size_t q = 0; q < queries; q++)
      *s8_sum(d, r, q) = s8_rest(s8_row(d, r), s8_query(d, q), 0, d->length);
}

ALWAYS_INLINE void f16_rows(const struct f16_dots *d, size_t row, const size_t rows) {
  for (size_t r = row; r < row + rows; r++) {
    // Eight independent sums, which a compiler may keep in one or two vectors.
    float sum[8] = {0};
    size_t k = 0;
    for (; k + 8 <= d->length; k += 8)
      for (size_t i = 0; i < 8; i++) sum[i] += half_value(f16_row(d, r)[k + i]) * d->query[k + i];
    float total = f16_rest(f16_row(d, r), d->query, k, d->length);
    for (size_t i = 0; i < 8; i++) total += sum[i];
    d->sums[r] = total;
  }
}

#include "search_kernels.inc"
