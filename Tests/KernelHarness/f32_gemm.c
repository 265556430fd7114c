#include "harness.h"

static const struct {
  const char *name;
  int column_bias, row_bias, accumulate, relu;
} modes[] = {
    {"no bias", 0, 0, 0, 0},           {"column bias", 1, 0, 0, 0},
    {"row bias", 0, 1, 0, 0},          {"no bias, ReLU", 0, 0, 0, 1},
    {"column bias, ReLU", 1, 0, 0, 1}, {"row bias, ReLU", 0, 1, 0, 1},
    {"accumulate", 0, 0, 1, 0},        {"accumulate, ReLU", 1, 0, 1, 1},
};

static const struct walk walks[] = {
    {.outer = 1, .inner = 1, .run = 1, .row_stride = 3},
    {.outer = 1, .inner = 1, .run = 130, .row_stride = 131},
    {.outer = 3, .inner = 1, .run = 11, .outer_stride = 50, .row_stride = 4},
    {.outer = 2, .inner = 3, .run = 5, .outer_stride = 70, .inner_stride = 9, .row_stride = 18},
};

static void check_tile(const struct f32_kernels *kernels, const struct walk *walk, size_t rows,
                       size_t columns, size_t mode) {
  const size_t width = kernels->panel_width, stride = width + 3;
  const size_t depth = walk->outer * walk->inner * walk->run;
  case_begins("%zu x %zu, depth %zu x %zu x %zu, %s", rows, columns, walk->outer, walk->inner,
              walk->run, modes[mode].name);
  const float *a = random_floats(walk_span(walk, rows));
  const float *b = random_floats(depth * width);
  const float *column_bias = modes[mode].column_bias ? random_floats(width) : NULL;
  const float *row_bias = modes[mode].row_bias ? random_floats(rows) : NULL;
  struct expectation *expected;
  float *c = output_floats(rows * stride, &expected);
  for (size_t r = 0; r < rows; r++)
    for (size_t j = 0; j < columns; j++) {
      double sum = column_bias ? (double)column_bias[j] : row_bias ? (double)row_bias[r] : 0;
      if (modes[mode].accumulate) sum = c[r * stride + j] = (float)random_below(1000) / 250 - 2;
      double magnitude = fabs(sum);
      for (size_t k = 0; k < depth; k++) {
        const double product = (double)a[walk_offset(walk, r, k)] * (double)b[k * width + j];
        sum += product;
        magnitude += fabs(product);
      }
      if (modes[mode].relu && sum < 0) sum = 0;
      expected[r * stride + j] =
          (struct expectation){sum, (double)(depth + 1) * ROUNDING * magnitude};
    }
  kernels->gemm(&(struct f32_gemm){
      .a = a,
      .a_row_stride = (ptrdiff_t)walk->row_stride,
      .outer = walk->outer,
      .a_outer_stride = (ptrdiff_t)walk->outer_stride,
      .inner = walk->inner,
      .a_inner_stride = (ptrdiff_t)walk->inner_stride,
      .run = walk->run,
      .b = b,
      .c = c,
      .c_row_stride = (ptrdiff_t)stride,
      .rows = rows,
      .columns = columns,
      .column_bias = column_bias,
      .row_bias = row_bias,
      .accumulate = modes[mode].accumulate,
      .relu = modes[mode].relu,
  });
  compare_floats(c, expected, rows * stride);
}

void check_f32_gemm(const struct f32_kernels *kernels) {
  kernel_begins("f32", kernels->name, "gemm");
  const size_t width = kernels->panel_width;
  const size_t columns[] = {width, width - 1, width / 2, 1};
  for (size_t w = 0; w < COUNT(walks); w++)
    for (size_t rows = 1; rows <= kernels->tile_rows; rows++)
      for (size_t c = 0; c < COUNT(columns); c++)
        for (size_t mode = 0; mode < COUNT(modes); mode++)
          check_tile(kernels, &walks[w], rows, columns[c], mode);
}

void check_f32_dot(const struct f32_kernels *kernels) {
  kernel_begins("f32", kernels->name, "dot");
  const size_t all_rows[] = {1, 3, 4, 5, 9};
  const size_t lengths[] = {1, 7, 8, 31, 64, 65, 257, 1000};
  for (size_t i = 0; i < COUNT(all_rows); i++)
    for (size_t l = 0; l < COUNT(lengths); l++)
      for (int mode = 0; mode < 4; mode++) {
        const size_t rows = all_rows[i], length = lengths[l], stride = length + l % 3;
        const int relu = mode & 1, biased = mode & 2;
        case_begins("%zu rows of %zu%s%s", rows, length, biased ? ", bias" : "",
                    relu ? ", ReLU" : "");
        const float *weights = random_floats((rows - 1) * stride + length);
        const float *x = random_floats(length);
        const float *bias = biased ? random_floats(rows) : NULL;
        struct expectation *expected;
        float *output = output_floats(rows + 2, &expected);
        for (size_t r = 0; r < rows; r++) {
          double sum = bias ? (double)bias[r] : 0, magnitude = fabs(sum);
          for (size_t k = 0; k < length; k++) {
            const double product = (double)weights[r * stride + k] * (double)x[k];
            sum += product;
            magnitude += fabs(product);
          }
          if (relu && sum < 0) sum = 0;
          expected[r] = (struct expectation){sum, (double)(length + 1) * ROUNDING * magnitude};
        }
        kernels->dot(&(struct f32_dot){.weights = weights,
                                       .row_stride = (ptrdiff_t)stride,
                                       .rows = rows,
                                       .length = length,
                                       .x = x,
                                       .bias = bias,
                                       .output = output,
                                       .relu = relu});
        compare_floats(output, expected, rows + 2);
      }
}

// Panel by panel what f32_pack_panels should have put there, zeros past the last output included.
void check_f32_panels(const struct f32_kernels *kernels) {
  kernel_begins("f32", kernels->name, "pack_panels");
  const size_t width = kernels->panel_width;
  const size_t all_outputs[] = {1, width - 1, width, width + 1, 3 * width};
  for (size_t i = 0; i < COUNT(all_outputs); i++)
    for (size_t area = 1; area <= 9; area += 4) {
      const size_t outputs = all_outputs[i], depth = 7;
      case_begins("%zu outputs, depth %zu, area %zu", outputs, depth, area);
      const float *weights = random_floats(outputs * depth * area);
      const size_t count = (outputs + width - 1) / width * area * depth * width;
      struct expectation *expected;
      float *panels = output_floats(count, &expected);
      for (size_t place = 0; place < count; place++) {
        const size_t d = place / width % depth, k = place / width / depth % area;
        const size_t output = place / width / depth / area * width + place % width;
        expected[place].value =
            output < outputs ? (double)weights[(output * depth + d) * area + k] : 0;
      }
      f32_pack_panels(weights, outputs, depth, area, width, panels);
      compare_floats(panels, expected, count);
    }
}
