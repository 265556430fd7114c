// Tests the bfloat16 kernels. Products of bfloat16 values are exact in float32. Only sums are
// rounded.
#include "harness.h"

static double widened(uint16_t value) {
  const uint32_t bits = (uint32_t)value << 16;
  float result;
  memcpy(&result, &bits, sizeof result);
  return (double)result;
}

static uint16_t *random_values(size_t count) {
  const float *floats = random_floats(count);
  uint16_t *values = memory(count * sizeof *values);
  for (size_t i = 0; i < count; i++) {
    uint32_t bits;
    memcpy(&bits, &floats[i], sizeof bits);
    values[i] = (uint16_t)(bits >> 16);
  }
  return values;
}

// The bfloat16 nearest to `value`, ties to even. A bfloat16 has eight significant bits.
static double nearest(float value) {
  int exponent;
  const double fraction = frexp((double)value, &exponent);
  return ldexp(nearbyint(ldexp(fraction, 8)), exponent - 8);
}

// bias + sum, and the largest error of adding `count` products in float32.
static struct expectation biased_sum(double bias, double sum, double magnitude, size_t count,
                                     int relu) {
  const double value = bias + sum;
  return (struct expectation){relu && value < 0 ? 0 : value,
                              (double)(count + 1) * ROUNDING * (magnitude + fabs(bias))};
}

void check_bf16_product(const struct bf16_kernels *kernels) {
  kernel_begins("bf16", kernels->name, "product");
  static const struct {
    const char *name;
    int bias, accumulate, relu;
  } modes[] = {{"", 1, 0, 0},
               {", ReLU", 1, 0, 1},
               {", no bias", 0, 0, 0},
               {", accumulate", 1, 1, 0},
               {", accumulate, ReLU", 0, 1, 1}};
  const size_t width = kernels->panel_width, stride = width + 3;
  const size_t depths[] = {2, 34, 1030};
  for (size_t i = 0; i < COUNT(depths); i++)
    for (size_t rows = 1; rows <= kernels->tile_rows; rows++)
      for (size_t mode = 0; mode < COUNT(modes); mode++) {
        const size_t depth = depths[i], a_stride = depth + 33 * i;
        case_begins("%zu rows, depth %zu%s", rows, depth, modes[mode].name);
        const uint16_t *a = random_values((rows - 1) * a_stride + depth);
        const uint16_t *b = random_values(depth * width);
        const float *bias = modes[mode].bias ? random_floats(rows) : NULL;
        struct expectation *expected;
        float *c = output_floats(rows * stride, &expected);
        for (size_t r = 0; r < rows; r++)
          for (size_t j = 0; j < width; j++) {
            double start = bias ? (double)bias[r] : 0, sum = 0, magnitude = 0;
            if (modes[mode].accumulate)
              start = (double)(c[r * stride + j] = (float)random_below(1000) / 250 - 2);
            for (size_t k = 0; k < depth; k++) {
              const double product =
                  widened(a[r * a_stride + k]) * widened(b[k / 2 * 2 * width + j * 2 + k % 2]);
              sum += product;
              magnitude += fabs(product);
            }
            expected[r * stride + j] = biased_sum(start, sum, magnitude, depth, modes[mode].relu);
          }
        kernels->product(&(struct bf16_product){.a = a,
                                                .a_row_stride = (ptrdiff_t)a_stride,
                                                .pairs = depth / 2,
                                                .b = b,
                                                .bias = bias,
                                                .accumulate = modes[mode].accumulate,
                                                .relu = modes[mode].relu,
                                                .c = c,
                                                .c_row_stride = (ptrdiff_t)stride,
                                                .rows = rows,
                                                .next = a,
                                                .next_size = rows * depth});
        compare_floats(c, expected, rows * stride);
      }
}

void check_bf16_dot(const struct bf16_kernels *kernels) {
  kernel_begins("bf16", kernels->name, "dot");
  const size_t all_rows[] = {1, 3, 4, 5, 9};
  const size_t lengths[] = {1, 2, 15, 16, 31, 33, 64, 129, 1027};
  for (size_t i = 0; i < COUNT(all_rows); i++)
    for (size_t l = 0; l < COUNT(lengths); l++)
      for (int relu = 0; relu < 2; relu++) {
        const size_t rows = all_rows[i], length = lengths[l];
        case_begins("%zu rows of %zu%s", rows, length, relu ? ", ReLU" : "");
        const uint16_t *weights = random_values(rows * length);
        const uint16_t *x = random_values(length);
        const float *bias = random_floats(rows);
        struct expectation *expected;
        float *output = output_floats(rows + 2, &expected);
        for (size_t r = 0; r < rows; r++) {
          double sum = 0, magnitude = 0;
          for (size_t k = 0; k < length; k++) {
            const double product = widened(weights[r * length + k]) * widened(x[k]);
            sum += product;
            magnitude += fabs(product);
          }
          expected[r] = biased_sum((double)bias[r], sum, magnitude, length, relu);
        }
        kernels->dot(&(struct bf16_dot){.weights = weights,
                                        .rows = rows,
                                        .length = length,
                                        .x = x,
                                        .bias = bias,
                                        .relu = relu,
                                        .output = output});
        compare_floats(output, expected, rows + 2);
      }
}

// Random values, and values for which mistakes in rounding are likely: ties to either side and
// their neighbours, the largest value that stays finite, both zeros, and a value that is rounded up
// to a power of two.
static float *values_to_round(size_t count) {
  static const uint32_t special[] = {0x3F808000, 0x3F818000, 0x3F807FFF, 0x3F808001, 0xBF818000,
                                     0x7F7F7FFF, 0x00000000, 0x80000000, 0x3FFFFFFF};
  float *values = random_floats(count);
  for (size_t i = 0; i < count && i < COUNT(special); i++)
    memcpy(&values[count - 1 - i], &special[i], sizeof(float));
  return values;
}

void check_bf16_conversions(const struct bf16_kernels *kernels) {
  kernel_begins("bf16", kernels->name, "round");
  const size_t counts[] = {1, 8, 15, 16, 17, 100, 1027};
  for (size_t i = 0; i < COUNT(counts); i++) {
    const size_t count = counts[i];
    case_begins("%zu values", count);
    const float *values = values_to_round(count);
    uint16_t *result = memory(count * sizeof *result);
    kernels->round(&(struct bf16_conversion){values, result, count});
    struct expectation *expected;
    float *found = output_floats(count, &expected);
    for (size_t k = 0; k < count; k++) {
      expected[k].value = nearest(values[k]);
      found[k] = (float)widened(result[k]);
    }
    compare_floats(found, expected, count);
  }

  case_begins("infinities and NaN");
  static const uint32_t bits[] = {0x7F800000, 0xFF800000, 0x7F7FFFFF, 0x7F800001, 0xFFFFFFFF};
  static const uint16_t rounded[] = {0x7F80, 0xFF80, 0x7F80, 0x7FC0, 0xFFFF};
  float *values = memory(sizeof bits);
  memcpy(values, bits, sizeof bits);
  uint16_t *result = memory(sizeof rounded);
  kernels->round(&(struct bf16_conversion){values, result, COUNT(rounded)});
  struct expectation *expected;
  float *found = output_floats(COUNT(rounded), &expected);
  for (size_t k = 0; k < COUNT(rounded); k++) {
    expected[k].value = rounded[k];
    found[k] = result[k];
  }
  compare_floats(found, expected, COUNT(rounded));

  kernel_begins("bf16", kernels->name, "to_panel");
  const size_t width = kernels->panel_width, lengths[] = {1, 2, 7, 64};
  for (size_t i = 0; i < COUNT(lengths); i++) {
    const size_t length = lengths[i], stride = width + i, size = (length + 1) / 2 * 2 * width;
    case_begins("%zu values of %zu columns", length, width);
    const float *columns = values_to_round((length - 1) * stride + width);
    uint16_t *panel = memory(size * sizeof *panel);
    kernels->to_panel(&(struct bf16_panel){columns, (ptrdiff_t)stride, length, panel});
    struct expectation *wanted;
    float *given = output_floats(size, &wanted);
    for (size_t k = 0; k < (length + 1) / 2 * 2; k++)
      for (size_t j = 0; j < width; j++) {
        const size_t place = k / 2 * 2 * width + j * 2 + k % 2;
        wanted[place].value = k < length ? nearest(columns[k * stride + j]) : 0;
        given[place] = (float)widened(panel[place]);
      }
    compare_floats(given, wanted, size);
  }
}
