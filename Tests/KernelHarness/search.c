// Tests the search kernels. Sums of products of bytes are exact.
#include "harness.h"

// Bytes of both signs, or the extremes, whose sums of products are the largest.
static int8_t *signed_bytes(size_t count, int extreme) {
  const uint8_t *bytes = random_bytes(count);
  int8_t *values = memory(count);
  for (size_t i = 0; i < count; i++)
    values[i] = (int8_t)(extreme ? (bytes[i] % 8 ? -128 : 127) : bytes[i] - 128);
  return values;
}

static void check_dots(const struct search_kernels *kernels, size_t queries, size_t rows,
                       size_t length, int extreme) {
  case_begins("%zu queries, %zu rows of %zu%s", queries, rows, length, extreme ? ", extreme" : "");
  const size_t query_stride = length + 5, row_stride = length + 3, sum_stride = rows + 2;
  const int8_t *x = signed_bytes((queries - 1) * query_stride + length, extreme);
  const int8_t *w = signed_bytes((rows - 1) * row_stride + length, extreme);
  const size_t count = (queries - 1) * sum_stride + rows;
  int32_t *sums = memory(count * sizeof *sums);
  struct expectation *expected;
  float *differences = output_floats(count, &expected);
  for (size_t i = 0; i < count; i++) sums[i] = 12345;
  kernels->s8_dots(&(struct s8_dots){.queries = x,
                                     .query_stride = (ptrdiff_t)query_stride,
                                     .query_count = queries,
                                     .rows = w,
                                     .row_stride = (ptrdiff_t)row_stride,
                                     .row_count = rows,
                                     .length = length,
                                     .sums = sums,
                                     .sum_stride = (ptrdiff_t)sum_stride});
  for (size_t q = 0; q < queries; q++)
    for (size_t r = 0; r < sum_stride && q * sum_stride + r < count; r++) {
      int64_t sum = r < rows ? 0 : 12345;
      for (size_t k = 0; r < rows && k < length; k++)
        sum += x[q * query_stride + k] * w[r * row_stride + k];
      differences[q * sum_stride + r] = (float)(sums[q * sum_stride + r] - sum);
      expected[q * sum_stride + r] = (struct expectation){0, 0};
    }
  compare_floats(differences, expected, count);
}

void check_s8_dots(const struct search_kernels *kernels) {
  kernel_begins("search", kernels->name, "s8_dots");
  const size_t all_rows[] = {1, 3, 4, 5, 9};
  const size_t lengths[] = {1, 15, 16, 17, 63, 64, 65, 129, 1027};
  for (size_t queries = 1; queries <= SEARCH_QUERIES; queries++)
    for (size_t i = 0; i < COUNT(all_rows); i++)
      for (size_t l = 0; l < COUNT(lengths); l++)
        for (int extreme = 0; extreme < 2; extreme++)
          check_dots(kernels, queries, all_rows[i], lengths[l], extreme);
  check_dots(kernels, 2, 2, SEARCH_LENGTH, 1);
}

// The value of a float16, by the definition of IEEE 754: a sign, five bits of exponent, ten of
// mantissa.
static double half_value(uint16_t half) {
  const int exponent = half >> 10 & 31;
  const double mantissa = half & 1023, sign = half & 0x8000 ? -1 : 1;
  return sign * (exponent ? ldexp(1024 + mantissa, exponent - 25) : ldexp(mantissa, -24));
}

void check_f16_dots(const struct search_kernels *kernels) {
  kernel_begins("search", kernels->name, "f16_dots");
  const size_t all_rows[] = {1, 3, 4, 5, 9};
  const size_t lengths[] = {1, 2, 7, 8, 15, 16, 17, 31, 33, 64, 129, 1027};
  for (size_t i = 0; i < COUNT(all_rows); i++)
    for (size_t l = 0; l < COUNT(lengths); l++) {
      const size_t rows = all_rows[i], length = lengths[l], stride = length + 3;
      case_begins("%zu rows of %zu", rows, length);
      const uint8_t *bytes = random_bytes(2 * ((rows - 1) * stride + length));
      uint16_t *w = memory(2 * ((rows - 1) * stride + length));
      // All bits but those of infinities and NaN: magnitudes up to 1, and denormal numbers.
      for (size_t k = 0; k < (rows - 1) * stride + length; k++)
        w[k] = (uint16_t)(bytes[2 * k] | (bytes[2 * k + 1] & 0xBB) << 8);
      const float *x = random_floats(length);
      struct expectation *expected;
      float *sums = output_floats(rows + 2, &expected);
      for (size_t r = 0; r < rows; r++) {
        double sum = 0, magnitude = 0;
        for (size_t k = 0; k < length; k++) {
          const double product = half_value(w[r * stride + k]) * (double)x[k];
          sum += product;
          magnitude += fabs(product);
        }
        expected[r] = (struct expectation){sum, (double)(length + 1) * ROUNDING * magnitude};
      }
      kernels->f16_dots(&(struct f16_dots){.query = x,
                                           .rows = w,
                                           .row_stride = (ptrdiff_t)stride,
                                           .row_count = rows,
                                           .length = length,
                                           .sums = sums});
      compare_floats(sums, expected, rows + 2);
    }
}

void check_search_bounds(const struct search_kernels *kernels) {
  kernel_begins("search", kernels->name, "bounds");
  const size_t counts[] = {1, 7, 16, 17, 65, 1027};
  for (size_t i = 0; i < COUNT(counts); i++)
    for (int kind = 0; kind < 4; kind++) {
      const size_t count = counts[i];
      case_begins("%zu rows, kind %d", count, kind);
      const float *products = random_floats(count), *offsets = random_floats(count);
      const float *scales = random_floats(count), *rests = random_floats(count);
      const float *errors = random_floats(count), *x = random_floats(5);
      int32_t *sums = memory(count * sizeof *sums);
      for (size_t k = 0; k < count; k++) sums[k] = (int32_t)(products[k] * 0x1p30f);
      struct expectation *expected;
      float *bounds = output_floats(count + 2, &expected);
      for (size_t k = 0; k < count; k++) {
        const double sum = kind & 1 ? (double)sums[k] : (double)products[k];
        const double first = (double)x[1] * (double)scales[k] * sum;
        const double terms[] = {(double)x[0] * (double)offsets[k], (double)x[2] * (double)rests[k],
                                (double)x[3] * (double)errors[k], (double)x[4]};
        expected[k] = (struct expectation){first, 4 * ROUNDING * fabs(first)};
        for (size_t t = 0; kind & 2 && t < COUNT(terms); t++) {
          expected[k].value += terms[t];
          expected[k].tolerance += 6 * ROUNDING * (fabs(first) + fabs(terms[t]));
        }
      }
      kernels->bounds(&(struct search_bounds){.sums = kind & 1 ? sums : NULL,
                                              .products = products,
                                              .offsets = kind & 2 ? offsets : NULL,
                                              .scales = scales,
                                              .rests = rests,
                                              .errors = errors,
                                              .count = count,
                                              .offset = x[0],
                                              .scale = x[1],
                                              .rest = x[2],
                                              .middle = x[3],
                                              .constant = x[4],
                                              .bounds = bounds});
      compare_floats(bounds, expected, count + 2);
    }
}

void check_at_least(const struct search_kernels *kernels) {
  kernel_begins("search", kernels->name, "at_least");
  const size_t counts[] = {1, 63, 64, 65, 1027};
  const float limits[] = {-2, 0, 0.9F, 2};
  for (size_t i = 0; i < COUNT(counts); i++)
    for (size_t l = 0; l < COUNT(limits); l++) {
      const size_t count = counts[i];
      case_begins("%zu values", count);
      float *values = random_floats(count);
      values[count / 2] = limits[l];
      if (count > 2) values[count - 1] = NAN;
      uint32_t *positions = memory(count * sizeof *positions);
      const size_t found = kernels->at_least(values, count, limits[l], positions);
      // 1 for the values that are listed, in rising order.
      struct expectation *expected;
      float *listed = output_floats(count, &expected);
      for (size_t k = 0; k < count; k++) {
        listed[k] = 0;
        expected[k] = (struct expectation){values[k] >= limits[l], 0};
      }
      for (size_t k = 0; k < found; k++)
        listed[positions[k]] += k == 0 || positions[k] > positions[k - 1] ? 1 : 100;
      compare_floats(listed, expected, count);
    }
}
