// Kernels for searching rows of features: the dot products of some queries with many rows, which
// are int8 or float16. The rules at the head of CKernels.h hold here, too. Strides count values.
#ifndef SEARCH_KERNELS_H
#define SEARCH_KERNELS_H

#include <stddef.h>
#include <stdint.h>

// The most queries of one call.
#define SEARCH_QUERIES 4
// The most values of a row of bytes: the sum of so many products fits 32 bits, even with 128 added
// to each value of one factor.
#define SEARCH_LENGTH 65536

// sums[q][r] = the sum over k of queries[q][k] * rows[r][k], which is exact.
struct s8_dots {
  const int8_t *queries;
  ptrdiff_t query_stride;
  size_t query_count;  // 1 to SEARCH_QUERIES
  const int8_t *rows;
  ptrdiff_t row_stride;
  size_t row_count;
  size_t length;  // at most SEARCH_LENGTH
  int32_t *sums;
  ptrdiff_t sum_stride;  // from the sums of one query to those of the next
};

// sums[r] = the sum over k of query[k] * rows[r][k]. The rows are float16 (IEEE 754), the products
// and sums float32.
struct f16_dots {
  const float *query;
  const uint16_t *rows;
  ptrdiff_t row_stride;
  size_t row_count;
  size_t length;
  float *sums;
};

// Upper bounds of the similarities of one query with `count` rows:
// bounds[i] = offset * offsets[i] + scale * (scales[i] * sums[i]) + rest * rests[i]
//             + middle * errors[i] + constant.
// If `offsets` is NULL, only the second term is computed.
struct search_bounds {
  const int32_t *sums;    // of s8_dots, or NULL
  const float *products;  // of f16_dots; read if `sums` is NULL
  const float *offsets;
  const float *scales;
  const float *rests;
  const float *errors;
  size_t count;
  float offset, scale, rest, middle, constant;
  float *bounds;
};

struct search_kernels {
  const char *name;
  void (*s8_dots)(const struct s8_dots *);
  void (*f16_dots)(const struct f16_dots *);
  void (*bounds)(const struct search_bounds *);
  // Writes the positions of the values that are at least `limit`, and returns how many there are.
  // `positions` has room for `count` positions. NaN is not at least anything.
  size_t (*at_least)(const float *values, size_t count, float limit, uint32_t *positions);
};

// Works like u8s8_kernels_for.
const struct search_kernels *search_kernels_for(const char *isa);

#endif
