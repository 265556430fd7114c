// Compares the Winograd convolution of one tile, all of its steps together, with a plain
// convolution.
//
// The tolerance follows from the matrices of the algorithm, which are built here from their points
// (Cook and Toom). Roundings are taken to be independent, so that the squares of the errors add up.
// A strict upper bound would be a thousand times larger than the errors that occur, and would hide
// mistakes.
#include "harness.h"

enum { OUTPUTS = 4, LARGEST = 8 };

// The squares of the elements of the matrices of F(4x4, window x window), n = window + 3.
struct squares {
  size_t n;
  size_t window;
  double input[LARGEST][LARGEST];   // [n][n], B^T
  double filter[LARGEST][LARGEST];  // [n][window], G
  double output[LARGEST][LARGEST];  // [4][n], A^T
};

static double squared(double x) { return x * x; }

static struct squares squares_of(size_t n) {
  static const double points[] = {0, 1, -1, 2, -2, 0.5, -0.5};
  struct squares m = {.n = n, .window = n - 3};
  for (size_t j = 0; j < n; j++) {
    // Row j has the coefficients of the polynomial that is 0 at all points except point j. The last
    // row, for infinity, has that of the polynomial that is 0 at all points.
    double polynomial[LARGEST + 1] = {1}, divisor = 1;
    size_t degree = 0;
    for (size_t k = 0; k < n - 1; k++) {
      if (k == j) continue;
      if (j < n - 1) divisor *= points[j] - points[k];
      degree++;
      for (size_t i = degree; i > 0; i--)
        polynomial[i] = polynomial[i - 1] - points[k] * polynomial[i];
      polynomial[0] *= -points[k];
    }
    for (size_t i = 0; i < n; i++) m.input[j][i] = squared(polynomial[i]);
    for (size_t i = 0; i < m.window; i++)
      m.filter[j][i] = j < n - 1 ? squared(pow(points[j], (double)i) / divisor) : i == m.window - 1;
    for (size_t i = 0; i < OUTPUTS; i++)
      m.output[i][j] = j < n - 1 ? squared(pow(points[j], (double)i)) : i == OUTPUTS - 1;
  }
  return m;
}

// result[rows][rows] = matrix[rows][columns] * square[columns][columns] * its transpose.
static void transform(const double matrix[LARGEST][LARGEST], size_t rows, size_t columns,
                      double square[LARGEST][LARGEST], double result[LARGEST][LARGEST]) {
  double half[LARGEST][LARGEST] = {{0}};
  for (size_t i = 0; i < rows; i++)
    for (size_t j = 0; j < columns; j++)
      for (size_t k = 0; k < columns; k++) half[i][j] += matrix[i][k] * square[k][j];
  for (size_t i = 0; i < rows; i++)
    for (size_t j = 0; j < rows; j++) {
      result[i][j] = 0;
      for (size_t k = 0; k < columns; k++) result[i][j] += half[i][k] * matrix[j][k];
    }
}

struct tile {
  size_t n;
  size_t depth;
  size_t filters;
  const float *weights;  // [filters][depth][window][window], or [depth][filters][window][window]
                         // with each window turned
  int turned;
  const float *input;
  ptrdiff_t input_rows[LARGEST];
  ptrdiff_t input_columns[LARGEST];
};

static double input_value(const struct tile *t, size_t y, size_t x, size_t d) {
  return (double)t->input[t->input_rows[y] + t->input_columns[x] + (ptrdiff_t)d];
}

static double weight_value(const struct tile *t, size_t filter, size_t d, size_t y, size_t x) {
  const size_t window = t->n - 3;
  if (t->turned)
    return (double)
        t->weights[((d * t->filters + filter + 1) * window - 1 - y) * window + window - 1 - x];
  return (double)t->weights[((filter * t->depth + d) * window + y) * window + x];
}

// Computes sums[y][x], the plain convolution of one filter, and errors[y][x], the sum of the
// squares of all terms in Winograd's algorithm.
static void convolve(const struct tile *t, const struct squares *m, size_t filter,
                     double sums[OUTPUTS][OUTPUTS], double errors[LARGEST][LARGEST]) {
  double products[LARGEST][LARGEST] = {{0}};
  memset(sums, 0, sizeof(double) * OUTPUTS * OUTPUTS);
  for (size_t d = 0; d < t->depth; d++) {
    double input[LARGEST][LARGEST], window[LARGEST][LARGEST];
    for (size_t i = 0; i < t->n; i++)
      for (size_t j = 0; j < t->n; j++) input[i][j] = squared(input_value(t, i, j, d));
    for (size_t i = 0; i < m->window; i++)
      for (size_t j = 0; j < m->window; j++) {
        const double weight = weight_value(t, filter, d, i, j);
        window[i][j] = squared(weight);
        for (size_t y = 0; y < OUTPUTS; y++)
          for (size_t x = 0; x < OUTPUTS; x++)
            sums[y][x] += weight * input_value(t, y + i, x + j, d);
      }
    double input_points[LARGEST][LARGEST], window_points[LARGEST][LARGEST];
    transform(m->input, t->n, t->n, input, input_points);
    transform(m->filter, t->n, m->window, window, window_points);
    for (size_t i = 0; i < t->n; i++)
      for (size_t j = 0; j < t->n; j++) products[i][j] += input_points[i][j] * window_points[i][j];
  }
  transform(m->output, OUTPUTS, t->n, products, errors);
}

// Computes products[n * n][stride] of the packed panels and the transformed input. Each is rounded
// once.
static void multiply(const struct tile *t, const float *panels, size_t width, const float *points,
                     size_t point_stride, size_t panel_stride, float *products, size_t stride) {
  const size_t panel_count = (t->filters + width - 1) / width;
  for (size_t p = 0; p < t->n * t->n; p++)
    for (size_t filter = 0; filter < t->filters; filter++) {
      const float *panel =
          panels + (p * panel_count + filter / width) * t->depth * width + filter % width;
      double sum = 0;
      for (size_t d = 0; d < t->depth; d++)
        sum += (double)panel[d * width] *
               (double)points[p * point_stride + d / width * panel_stride + d % width];
      products[p * stride + filter] = (float)sum;
    }
}

// Bit 0 of `left_out` leaves out the second row of the output, and bit 1 leaves out its last
// column.
static void check_tile(const struct f32_kernels *kernels, size_t n, size_t depth, size_t filters,
                       int relu, int left_out, int turned) {
  const size_t width = kernels->panel_width;
  const struct squares m = squares_of(n);
  const size_t area = m.window * m.window;
  case_begins("%zu x %zu, %zu channels to %zu%s%s, left out %d", n, n, depth, filters,
              relu ? ", ReLU" : "", turned ? ", turned" : "", left_out);
  struct tile t = {.n = n, .depth = depth, .filters = filters, .turned = turned};
  t.weights = random_floats(filters * depth * m.window * m.window);
  const size_t row_stride = n * depth + 5;
  t.input = random_floats((n - 1) * row_stride + n * depth);
  for (size_t i = 0; i < n; i++) {
    // A kernel must accept any positions of rows and columns. Here, the rows are upside down, and
    // the first column occurs twice.
    t.input_rows[i] = (ptrdiff_t)((n - 1 - i) * row_stride);
    t.input_columns[i] = (ptrdiff_t)(i == 1 ? 0 : i * depth);
  }

  float *panels = memory(n * n * ((filters + width - 1) / width) * depth * width * sizeof(float));
  const size_t panel_size = depth * width, panel_count = (filters + width - 1) / width;
  for (size_t panel = 0; panel < panel_count; panel++) {
    const size_t first = panel * width, left = filters - first;
    (n == 6 ? kernels->winograd_weights_6 : kernels->winograd_weights_8)(
        &(struct f32_winograd_weights){.weights = t.weights + first * (turned ? 1 : depth) * area,
                                       .output_stride = (ptrdiff_t)((turned ? 1 : depth) * area),
                                       .depth_stride = (ptrdiff_t)((turned ? filters : 1) * area),
                                       .turned = turned,
                                       .outputs = left < width ? left : width,
                                       .depth = depth,
                                       .panel = panels + panel * panel_size,
                                       .point_stride = (ptrdiff_t)(panel_count * panel_size)});
  }
  const size_t panel_stride = width + (turned ? 5 : 0), product_stride = filters + 3;
  const size_t last = (depth - 1) / width * panel_stride + (depth - 1) % width;
  const size_t point_stride = last + 17;
  float *points = memory(((n * n - 1) * point_stride + last + 1) * sizeof(float));
  (n == 6 ? kernels->winograd_input_6 : kernels->winograd_input_8)(
      &(struct f32_winograd_input){.input = t.input,
                                   .rows = t.input_rows,
                                   .columns = t.input_columns,
                                   .channels = depth,
                                   .points = points,
                                   .point_stride = (ptrdiff_t)point_stride,
                                   .panel_stride = (ptrdiff_t)panel_stride});
  float *products = memory(((n * n - 1) * product_stride + filters) * sizeof(float));
  multiply(&t, panels, width, points, point_stride, panel_stride, products, product_stride);

  const float *bias = random_floats(filters);
  const size_t output_stride = OUTPUTS * filters + 7;
  struct expectation *expected;
  float *output = output_floats(OUTPUTS * output_stride, &expected);
  ptrdiff_t rows[OUTPUTS], columns[OUTPUTS];
  for (size_t i = 0; i < OUTPUTS; i++) {
    rows[i] = left_out & 1 && i == 1 ? -1 : (ptrdiff_t)(i * output_stride);
    columns[i] = left_out & 2 && i == 3 ? -1 : (ptrdiff_t)(i * filters);
  }
  // The number of roundings of one value: at most six in each of the four one-dimensional
  // transforms, and one each for the weight, the product and the bias.
  const double roundings = 4 * 6 + 3;
  for (size_t filter = 0; filter < filters; filter++) {
    double sums[OUTPUTS][OUTPUTS], errors[LARGEST][LARGEST];
    convolve(&t, &m, filter, sums, errors);
    for (size_t y = 0; y < OUTPUTS; y++)
      for (size_t x = 0; x < OUTPUTS; x++) {
        if (rows[y] < 0 || columns[x] < 0) continue;
        const double sum = sums[y][x] + (double)bias[filter];
        expected[rows[y] + columns[x] + (ptrdiff_t)filter] = (struct expectation){
            relu && sum < 0 ? 0 : sum, roundings * ROUNDING * (sqrt(errors[y][x]) + 1)};
      }
  }
  (n == 6 ? kernels->winograd_output_6 : kernels->winograd_output_8)(
      &(struct f32_winograd_output){.points = products,
                                    .point_stride = (ptrdiff_t)product_stride,
                                    .channels = filters,
                                    .bias = bias,
                                    .relu = relu,
                                    .output = output,
                                    .rows = rows,
                                    .columns = columns});
  compare_floats(output, expected, OUTPUTS * output_stride);
}

void check_f32_winograd(const struct f32_kernels *kernels) {
  for (size_t n = 6; n <= 8; n += 2) {
    kernel_begins("f32", kernels->name, n == 6 ? "winograd 6 x 6" : "winograd 8 x 8");
    for (size_t depth = 16; depth <= 48; depth += 16)
      for (int mode = 0; mode < 8; mode++)
        check_tile(kernels, n, depth, depth == 32 ? 16 : 48, mode & 1, mode >> 1, mode % 3 == 1);
  }
}
