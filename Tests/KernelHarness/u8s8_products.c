// Tests the 8-bit kernels that multiply. Their sums are whole numbers and exact. Only scaling
// rounds.
#include "harness.h"

// The bytes are random, or the ones with the largest products, whose sums do not fit 16 bits.
enum { RANDOM, MOST_POSITIVE, MOST_NEGATIVE, KINDS };
static const char *const kind_names[KINDS] = {"random bytes", "255 * 127", "255 * -128"};

static int8_t *random_weights(size_t count, int kind) {
  int8_t *weights = (int8_t *)random_bytes(count);
  if (kind != RANDOM) memset(weights, kind == MOST_POSITIVE ? 127 : -128, count);
  return weights;
}

static uint8_t *random_activations(size_t count, int kind) {
  uint8_t *activations = random_bytes(count);
  if (kind != RANDOM) memset(activations, 255, count);
  return activations;
}

// Random scales that bring sums of `depth` products to a range of about -`limit` to `limit`.
static float *random_scales(size_t count, size_t depth, int kind, float limit) {
  float *scales = random_floats(count);
  const float largest = kind == RANDOM ? 50000 * sqrtf((float)depth) : 255 * 128 * (float)depth;
  for (size_t i = 0; i < count; i++) scales[i] = (1.5f + scales[i]) * limit / largest;
  return scales;
}

static float *random_biases(size_t count, float limit) {
  float *biases = random_floats(count);
  for (size_t i = 0; i < count; i++) biases[i] *= limit;
  return biases;
}

// Computes sum * scale + bias. `error` becomes the error of three roundings: of the sum to float32,
// of the product and of the result.
static double scaled(int64_t sum, float scale, float bias, double *error) {
  const double product = (double)sum * (double)scale;
  *error = 3 * ROUNDING * (fabs(product) + fabs((double)bias));
  return product + (double)bias;
}

static const struct walk walks[] = {
    {.outer = 1, .inner = 1, .run = 4, .row_stride = 4},
    {.outer = 1, .inner = 1, .run = 600, .row_stride = 601},
    {.outer = 3, .inner = 1, .run = 36, .outer_stride = 150, .row_stride = 12},
    {.outer = 2, .inner = 3, .run = 20, .outer_stride = 171, .inner_stride = 33, .row_stride = 66},
};

static void check_tile(const struct u8s8_kernels *kernels, const struct walk *walk, size_t rows,
                       size_t columns, int kind) {
  const size_t width = kernels->panel_width, stride = width + 5;
  const size_t depth = walk->outer * walk->inner * walk->run;
  case_begins("%zu x %zu, depth %zu x %zu x %zu, %s", rows, columns, walk->outer, walk->inner,
              walk->run, kind_names[kind]);
  const uint8_t *a = random_activations(walk_span(walk, rows), kind);
  const int8_t *b = random_weights(depth * width, kind);
  const float *scale = random_scales(width, depth, kind, 150);
  const float *bias = random_biases(width, 150);
  struct expectation *expected;
  uint8_t *c = output_bytes(rows * stride, &expected);
  for (size_t r = 0; r < rows; r++)
    for (size_t j = 0; j < columns; j++) {
      int64_t sum = 0;
      for (size_t k = 0; k < depth; k++)
        sum += a[walk_offset(walk, r, k)] * b[k / 4 * 4 * width + j * 4 + k % 4];
      double error;
      const double value = scaled(sum, scale[j], bias[j], &error);
      expected[r * stride + j] = nearest_byte(value, error);
    }
  kernels->convolution(&(struct u8s8_convolution){
      .a = a,
      .a_row_stride = (ptrdiff_t)walk->row_stride,
      .outer = walk->outer,
      .a_outer_stride = (ptrdiff_t)walk->outer_stride,
      .inner = walk->inner,
      .a_inner_stride = (ptrdiff_t)walk->inner_stride,
      .run = walk->run / 4,
      .b = b,
      .scale = scale,
      .bias = bias,
      .c = c,
      .c_row_stride = (ptrdiff_t)stride,
      .rows = rows,
      .columns = columns,
  });
  compare_bytes(c, expected, rows * stride);
}

void check_u8s8_convolution(const struct u8s8_kernels *kernels) {
  kernel_begins("u8s8", kernels->name, "convolution");
  const size_t width = kernels->panel_width;
  const size_t columns[] = {width, width - 1, width / 2 + 1, width / 2, 3, 1};
  for (size_t w = 0; w < COUNT(walks); w++)
    for (size_t rows = 1; rows <= kernels->tile_rows; rows++)
      for (size_t c = 0; c < COUNT(columns); c++)
        for (int kind = 0; kind < KINDS; kind++)
          check_tile(kernels, &walks[w], rows, columns[c], kind);
}

void check_s8u8_product(const struct u8s8_kernels *kernels) {
  kernel_begins("u8s8", kernels->name, "product");
  const size_t width = kernels->panel_width, stride = width + 3;
  const size_t depths[] = {4, 36, 1028};
  for (size_t i = 0; i < COUNT(depths); i++)
    for (size_t rows = 1; rows <= kernels->tile_rows; rows++)
      for (int kind = 0; kind < KINDS; kind++)
        for (int relu = 0; relu < 2; relu++) {
          const size_t depth = depths[i], a_stride = depth + 64 * i;
          case_begins("%zu rows, depth %zu, %s%s", rows, depth, kind_names[kind],
                      relu ? ", ReLU" : "");
          const int8_t *a = random_weights((rows - 1) * a_stride + depth, kind);
          const uint8_t *b = random_activations(depth * width, kind);
          const float *scale = random_scales(rows, depth, kind, 1);
          const float *bias = random_biases(rows, 1);
          struct expectation *expected;
          float *c = output_floats(rows * stride, &expected);
          for (size_t r = 0; r < rows; r++)
            for (size_t j = 0; j < width; j++) {
              int64_t sum = 0;
              for (size_t k = 0; k < depth; k++)
                sum += a[r * a_stride + k] * b[k / 4 * 4 * width + j * 4 + k % 4];
              struct expectation *e = &expected[r * stride + j];
              e->value = scaled(sum, scale[r], bias[r], &e->tolerance);
              if (relu && e->value < 0) e->value = 0;
            }
          kernels->product(&(struct s8u8_product){.a = a,
                                                  .a_row_stride = (ptrdiff_t)a_stride,
                                                  .groups = depth / 4,
                                                  .b = b,
                                                  .scale = scale,
                                                  .bias = bias,
                                                  .relu = relu,
                                                  .c = c,
                                                  .c_row_stride = (ptrdiff_t)stride,
                                                  .rows = rows});
          compare_floats(c, expected, rows * stride);
        }
}

void check_s8u8_dot(const struct u8s8_kernels *kernels) {
  kernel_begins("u8s8", kernels->name, "dot");
  const size_t all_rows[] = {1, 3, 4, 5, 9};
  const size_t lengths[] = {1, 4, 15, 16, 31, 33, 64, 100, 1027};
  for (size_t i = 0; i < COUNT(all_rows); i++)
    for (size_t l = 0; l < COUNT(lengths); l++)
      for (int kind = 0; kind < KINDS; kind++)
        for (int relu = 0; relu < 2; relu++) {
          const size_t rows = all_rows[i], length = lengths[l];
          case_begins("%zu rows of %zu, %s%s", rows, length, kind_names[kind],
                      relu ? ", ReLU" : "");
          const int8_t *weights = random_weights(rows * length, kind);
          const uint8_t *x = random_activations(length, kind);
          const float *scale = random_scales(rows, length, kind, 1);
          const float *bias = random_biases(rows, 1);
          struct expectation *expected;
          float *output = output_floats(rows + 2, &expected);
          for (size_t r = 0; r < rows; r++) {
            int64_t sum = 0;
            for (size_t k = 0; k < length; k++) sum += x[k] * weights[r * length + k];
            expected[r].value = scaled(sum, scale[r], bias[r], &expected[r].tolerance);
            if (relu && expected[r].value < 0) expected[r].value = 0;
          }
          kernels->dot(&(struct s8u8_dot){.weights = weights,
                                          .rows = rows,
                                          .length = length,
                                          .x = x,
                                          .scale = scale,
                                          .bias = bias,
                                          .relu = relu,
                                          .output = output});
          compare_floats(output, expected, rows + 2);
        }
}
