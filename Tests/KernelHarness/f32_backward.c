// Tests the kernels for training.
#include "harness.h"

static const size_t all_channels[] = {1, 3, 4, 16, 17, 37, 64, 100};

static void check_tn_tile(const struct f32_backward_kernels *kernels, size_t rows, size_t columns,
                          size_t outer, size_t run, int accumulate) {
  const size_t c_stride = kernels->panel_width + 3;
  const size_t a_stride = rows + 2, b_stride = columns + run % 5;
  const size_t a_outer = run * a_stride + 7, b_outer = run * b_stride + 4;
  case_begins("%zu x %zu, depth %zu x %zu%s", rows, columns, outer, run,
              accumulate ? ", accumulate" : "");
  const float *a = random_floats((outer - 1) * a_outer + (run - 1) * a_stride + rows);
  const float *b = random_floats((outer - 1) * b_outer + (run - 1) * b_stride + columns);
  struct expectation *expected;
  float *c = output_floats((rows - 1) * c_stride + columns, &expected);
  for (size_t r = 0; r < rows; r++)
    for (size_t j = 0; j < columns; j++) {
      double sum = 0;
      if (accumulate) sum = c[r * c_stride + j] = (float)random_below(1000) / 250 - 2;
      double magnitude = fabs(sum);
      for (size_t o = 0; o < outer; o++)
        for (size_t k = 0; k < run; k++) {
          const double product =
              (double)a[o * a_outer + k * a_stride + r] * (double)b[o * b_outer + k * b_stride + j];
          sum += product;
          magnitude += fabs(product);
        }
      expected[r * c_stride + j] =
          (struct expectation){sum, (double)(outer * run + 1) * ROUNDING * magnitude};
    }
  kernels->gemm_tn(&(struct f32_gemm_tn){
      .a = a,
      .a_stride = (ptrdiff_t)a_stride,
      .a_outer_stride = (ptrdiff_t)a_outer,
      .b = b,
      .b_stride = (ptrdiff_t)b_stride,
      .b_outer_stride = (ptrdiff_t)b_outer,
      .outer = outer,
      .run = run,
      .c = c,
      .c_row_stride = (ptrdiff_t)c_stride,
      .rows = rows,
      .columns = columns,
      .accumulate = accumulate,
  });
  compare_floats(c, expected, (rows - 1) * c_stride + columns);
}

void check_f32_gemm_tn(const struct f32_backward_kernels *kernels) {
  kernel_begins("f32", kernels->name, "gemm_tn");
  const size_t width = kernels->panel_width;
  const size_t columns[] = {width, width - 1, width / 2, 1};
  const size_t depths[][2] = {{1, 1}, {1, 70}, {3, 11}, {5, 33}};
  for (size_t rows = 1; rows <= kernels->tile_rows; rows++)
    for (size_t c = 0; c < COUNT(columns); c++)
      for (size_t d = 0; d < COUNT(depths); d++)
        for (int accumulate = 0; accumulate < 2; accumulate++)
          check_tn_tile(kernels, rows, columns[c], depths[d][0], depths[d][1], accumulate);
}

// The interpolation points of Winograd's algorithm, without infinity. The next two arrays have the
// factor at each point for windows of 3 and of 5.
static const double points[] = {0, 1, -1, 2, -2, 0.5, -0.5};
static const double factors_6[] = {0.25, -1.0 / 6, -1.0 / 6, 1.0 / 24, 1.0 / 24};
static const double factors_8[] = {1, -2.0 / 9, -2.0 / 9, 1.0 / 90, 1.0 / 90, 32.0 / 45, 32.0 / 45};

// The factor of value `i` of a tile of four gradients in point `p`, along one side.
static double gradient_weight(size_t n, size_t p, size_t i) {
  if (p == n - 1) return i == 3;
  return (n == 6 ? factors_6[p] : factors_8[p]) * pow(points[p], (double)i);
}

// The factor of point `p` in value `i` of a window, along one side.
static double window_weight(size_t n, size_t p, size_t i) {
  if (p == n - 1) return i == n - 4;
  return pow(points[p], (double)i);
}

static void check_winograd_gradient(const struct f32_backward_kernels *kernels, size_t n,
                                    size_t channels, int is_cut) {
  case_begins("tiles of %zu, %zu channels%s", n, channels, is_cut ? ", cut off" : "");
  const size_t pixel = channels + 5, row = 4 * pixel + 3;
  const size_t width = kernels->panel_width, panel_stride = width + 7;
  const size_t last = (channels - 1) / width * panel_stride + (channels - 1) % width;
  const size_t count = 3 * row + 3 * pixel + channels, point_stride = last + 9;
  const float *gradient = random_floats(count);
  ptrdiff_t rows[4], columns[4];
  for (size_t i = 0; i < 4; i++) {
    rows[i] = is_cut && i == 3 ? -1 : (ptrdiff_t)(i * row);
    columns[i] = is_cut && i >= 2 ? -1 : (ptrdiff_t)(i * pixel);
  }
  struct expectation *expected;
  const size_t output_count = (n * n - 1) * point_stride + last + 1;
  float *output = output_floats(output_count, &expected);
  for (size_t p = 0; p < n; p++)
    for (size_t q = 0; q < n; q++)
      for (size_t c = 0; c < channels; c++) {
        double sum = 0, magnitude = 0;
        for (size_t i = 0; i < 4; i++)
          for (size_t j = 0; j < 4; j++) {
            if (rows[i] < 0 || columns[j] < 0) continue;
            const double term = gradient_weight(n, p, i) * gradient_weight(n, q, j) *
                                (double)gradient[i * row + j * pixel + c];
            sum += term;
            magnitude += fabs(term);
          }
        // The factors, the products and the sums of two passes.
        expected[(p * n + q) * point_stride + c / width * panel_stride + c % width] =
            (struct expectation){sum, 12 * ROUNDING * magnitude};
      }
  const struct f32_winograd_gradient arguments = {
      .gradient = gradient,
      .rows = rows,
      .columns = columns,
      .channels = channels,
      .points = output,
      .point_stride = (ptrdiff_t)point_stride,
      .panel_stride = (ptrdiff_t)panel_stride,
  };
  if (n == 6)
    kernels->winograd_gradient_6(&arguments);
  else
    kernels->winograd_gradient_8(&arguments);
  compare_floats(output, expected, output_count);
}

static void check_winograd_window(const struct f32_backward_kernels *kernels, size_t n,
                                  size_t filters) {
  case_begins("windows of %zu, %zu filters", n - 3, filters);
  const size_t window = n - 3, area = window * window, point_stride = filters + 5;
  const size_t filter_stride = area + 2;
  const float *values = random_floats((n * n - 1) * point_stride + filters);
  const size_t count = (filters - 1) * filter_stride + area;
  struct expectation *expected;
  float *weights = output_floats(count, &expected);
  for (size_t f = 0; f < filters; f++)
    for (size_t i = 0; i < window; i++)
      for (size_t j = 0; j < window; j++) {
        const size_t place = f * filter_stride + i * window + j;
        double sum = weights[place] = (float)random_below(1000) / 250 - 2;
        double magnitude = fabs(sum);
        for (size_t p = 0; p < n; p++)
          for (size_t q = 0; q < n; q++) {
            const double term = window_weight(n, p, i) * window_weight(n, q, j) *
                                (double)values[(p * n + q) * point_stride + f];
            sum += term;
            magnitude += fabs(term);
          }
        expected[place] = (struct expectation){sum, 16 * ROUNDING * magnitude};
      }
  const struct f32_winograd_window arguments = {
      .points = values,
      .point_stride = (ptrdiff_t)point_stride,
      .filters = filters,
      .weights = weights,
      .filter_stride = (ptrdiff_t)filter_stride,
  };
  if (n == 6)
    kernels->winograd_window_6(&arguments);
  else
    kernels->winograd_window_8(&arguments);
  compare_floats(weights, expected, count);
}

void check_f32_winograd_backward(const struct f32_backward_kernels *kernels) {
  kernel_begins("f32", kernels->name, "winograd_backward");
  for (size_t n = 6; n <= 8; n += 2)
    for (size_t channels = 16; channels <= 48; channels += 16) {
      check_winograd_gradient(kernels, n, channels, 0);
      check_winograd_gradient(kernels, n, channels, 1);
      check_winograd_window(kernels, n, channels);
    }
}

// Checks one row of windows with 3 columns and stride 2.
static void check_pool_row(const struct f32_backward_kernels *kernels, size_t channels,
                           size_t window_rows, size_t windows, size_t last_columns) {
  case_begins("%zu channels, %zu rows, %zu windows, the last of %zu columns", channels, window_rows,
              windows, last_columns);
  const size_t pixel = channels + 2, columns = (windows - 1) * 2 + last_columns;
  const size_t row = columns * pixel + 5, gradient_row = row + 3;
  float *input = random_floats((window_rows - 1) * row + (columns - 1) * pixel + channels);
  // The values are multiples of 1/4, so that many are equal, and one NaN.
  for (size_t i = 0; i < (window_rows - 1) * row + (columns - 1) * pixel + channels; i++)
    input[i] = roundf(input[i] * 4) / 4;
  input[(columns - 1) * pixel] = NAN;
  const float *output_gradient = random_floats((windows - 1) * pixel + channels);
  const size_t count = (window_rows - 1) * gradient_row + (columns - 1) * pixel + channels;
  struct expectation *expected;
  float *gradient = output_floats(count, &expected);
  for (size_t i = 0; i < window_rows; i++)
    for (size_t j = 0; j < columns; j++)
      for (size_t c = 0; c < channels; c++) {
        const size_t place = i * gradient_row + j * pixel + c;
        gradient[place] = 0.5f;
        expected[place] = (struct expectation){0.5, 8 * ROUNDING};
      }
  for (size_t x = 0; x < windows; x++)
    for (size_t c = 0; c < channels; c++) {
      size_t largest_i = 0, largest_j = 2 * x;
      for (size_t i = 0; i < window_rows; i++)
        for (size_t j = 2 * x; j < 2 * x + (x + 1 == windows ? last_columns : 3); j++) {
          const float value = input[i * row + j * pixel + c];
          if (isnan(value) || value > input[largest_i * row + largest_j * pixel + c]) {
            largest_i = i;
            largest_j = j;
          }
        }
      expected[largest_i * gradient_row + largest_j * pixel + c].value +=
          (double)output_gradient[x * pixel + c];
    }
  kernels->max_pool_backward(&(struct f32_max_pool_backward){
      .input = input,
      .input_row_stride = (ptrdiff_t)row,
      .input_gradient = gradient,
      .gradient_row_stride = (ptrdiff_t)gradient_row,
      .pixel_stride = pixel,
      .channels = channels,
      .window_rows = window_rows,
      .window_columns = 3,
      .stride = 2,
      .output_columns = windows,
      .last_window_columns = last_columns,
      .output_gradient = output_gradient,
      .output_pixel_stride = pixel,
  });
  compare_floats(gradient, expected, count);
}

void check_f32_max_pool_backward(const struct f32_backward_kernels *kernels) {
  kernel_begins("f32", kernels->name, "max_pool_backward");
  for (size_t c = 0; c < COUNT(all_channels); c++)
    for (size_t rows = 1; rows <= 3; rows++)
      for (size_t windows = 1; windows <= 4; windows++)
        for (size_t last = 1; last <= 3; last++)
          check_pool_row(kernels, all_channels[c], rows, windows, last);
}

// k + alpha * sum of squares around `channel`.
static double lrn_base(const struct f32_lrn_backward *p, const float *pixel, size_t channel) {
  const size_t half = p->size / 2;
  double sum = 0;
  for (size_t i = channel < half ? 0 : channel - half; i <= channel + half && i < p->channels; i++)
    sum += (double)pixel[i] * (double)pixel[i];
  return (double)p->k + (double)p->alpha * sum;
}

static struct expectation lrn_gradient(const struct f32_lrn_backward *p, const float *pixel,
                                       const float *gradient, size_t channel) {
  const size_t half = p->size / 2;
  const double beta = (double)p->beta;
  const double first = (double)gradient[channel] * pow(lrn_base(p, pixel, channel), -beta);
  double value = first, magnitude = fabs(first);
  for (size_t i = channel < half ? 0 : channel - half; i <= channel + half && i < p->channels;
       i++) {
    const double term = -2 * (double)p->alpha * beta * (double)pixel[channel] *
                        (double)gradient[i] * (double)pixel[i] *
                        pow(lrn_base(p, pixel, i), -beta - 1);
    value += term;
    magnitude += fabs(term);
  }
  // The roundings are those of the squares, their sum, the power, the products and the second sum.
  return (struct expectation){value, (double)(2 * p->size + 16) * ROUNDING * magnitude};
}

void check_f32_lrn_backward(const struct f32_backward_kernels *kernels) {
  kernel_begins("f32", kernels->name, "lrn_backward");
  static const float betas[] = {0.75f, 0.5f};
  const size_t pixels = 3;
  for (size_t c = 0; c < COUNT(all_channels); c++)
    for (size_t size = 1; size <= 7; size += 2)
      for (size_t b = 0; b < COUNT(betas); b++)
        for (int in_place = 0; in_place < 2; in_place++) {
          const size_t channels = all_channels[c], count = pixels * channels;
          case_begins("%zu channels, size %zu, beta %g%s", channels, size, (double)betas[b],
                      in_place ? ", in place" : "");
          const float *input = random_floats(count);
          const float *gradient = random_floats(count);
          struct expectation *expected;
          float *output = output_floats(count, &expected);
          if (in_place) memcpy(output, gradient, count * sizeof(float));
          const struct f32_lrn_backward arguments = {
              .input = input,
              .output_gradient = in_place ? output : gradient,
              .input_gradient = output,
              .pixels = pixels,
              .channels = channels,
              .size = size,
              .alpha = 0.4f,
              .beta = betas[b],
              .k = 2,
              .scratch = memory(f32_lrn_backward_scratch_size(channels, size) * sizeof(float)),
          };
          for (size_t i = 0; i < count; i++) {
            const size_t pixel = i / channels * channels;
            expected[i] = lrn_gradient(&arguments, input + pixel, gradient + pixel, i % channels);
          }
          kernels->lrn_backward(&arguments);
          compare_floats(output, expected, count);
        }
}

void check_f32_relu_backward(const struct f32_backward_kernels *kernels) {
  kernel_begins("f32", kernels->name, "relu_backward");
  for (size_t count = 1; count <= 70; count += 3) {
    case_begins("%zu values", count);
    float *output = random_floats(count);
    output[count / 2] = NAN;
    output[count / 3] = 0;
    const float *values = random_floats(count);
    struct expectation *expected;
    float *gradient = output_floats(count, &expected);
    memcpy(gradient, values, count * sizeof(float));
    for (size_t i = 0; i < count; i++) expected[i].value = output[i] > 0 ? (double)values[i] : 0;
    kernels->relu_backward(
        &(struct f32_relu_backward){.output = output, .gradient = gradient, .count = count});
    compare_floats(gradient, expected, count);
  }
}

static void check_channel_sums(const struct f32_backward_kernels *kernels, size_t channels,
                               size_t pixels, int is_centered, int has_products) {
  case_begins("%zu channels, %zu pixels%s%s", channels, pixels, is_centered ? ", centred" : "",
              has_products ? ", products" : "");
  const float *a = random_floats(pixels * channels), *b = random_floats(pixels * channels);
  const float *a_center = random_floats(channels), *b_center = random_floats(channels);
  struct expectation *expected, *expected_products;
  float *sums = output_floats(channels, &expected);
  float *products = output_floats(channels, &expected_products);
  for (size_t c = 0; c < channels; c++) {
    sums[c] = products[c] = 0.25f;
    double sum = 0.25, magnitude = 0.25, product = 0.25, product_magnitude = 0.25;
    for (size_t p = 0; p < pixels; p++) {
      const double x = (double)a[p * channels + c] - (is_centered ? (double)a_center[c] : 0);
      const double y = (double)b[p * channels + c] - (is_centered ? (double)b_center[c] : 0);
      sum += x;
      magnitude += fabs(x);
      product += x * y;
      product_magnitude += fabs(x * y);
    }
    const double error = (double)(pixels + 4) * ROUNDING;
    expected[c] = (struct expectation){sum, error * magnitude};
    expected_products[c] = has_products
                               ? (struct expectation){product, error * (product_magnitude + 1)}
                               : (struct expectation){0.25, 0};
  }
  kernels->channel_sums(&(struct f32_channel_sums){
      .a = a,
      .a_center = is_centered ? a_center : NULL,
      .b = has_products ? b : NULL,
      .b_center = is_centered ? b_center : NULL,
      .pixels = pixels,
      .channels = channels,
      .sums = sums,
      .products = products,
  });
  compare_floats(sums, expected, channels);
  compare_floats(products, expected_products, channels);
}

static void check_channel_affine(const struct f32_backward_kernels *kernels, size_t channels,
                                 int has_b, int relu, int in_place) {
  case_begins("%zu channels%s%s%s", channels, has_b ? ", two inputs" : "", relu ? ", ReLU" : "",
              in_place ? ", in place" : "");
  const size_t pixels = 3, count = pixels * channels;
  const float *a = random_floats(count), *b = random_floats(count);
  const float *a_factor = random_floats(channels), *b_factor = random_floats(channels);
  const float *shift = random_floats(channels);
  struct expectation *expected;
  float *output = output_floats(count, &expected);
  if (in_place) memcpy(output, a, count * sizeof(float));
  for (size_t i = 0; i < count; i++) {
    const size_t c = i % channels;
    double value = (double)a[i] * (double)a_factor[c] + (double)shift[c];
    if (has_b) value += (double)b[i] * (double)b_factor[c];
    // There are three terms below 1 and three roundings.
    expected[i] = (struct expectation){relu && value < 0 ? 0 : value, 4 * 3 * ROUNDING};
  }
  kernels->channel_affine(&(struct f32_channel_affine){
      .a = in_place ? output : a,
      .a_factor = a_factor,
      .b = has_b ? b : NULL,
      .b_factor = has_b ? b_factor : NULL,
      .shift = shift,
      .pixels = pixels,
      .channels = channels,
      .relu = relu,
      .output = output,
  });
  compare_floats(output, expected, count);
}

void check_f32_channels(const struct f32_backward_kernels *kernels) {
  kernel_begins("f32", kernels->name, "channel_sums");
  for (size_t c = 0; c < COUNT(all_channels); c++)
    for (int mode = 0; mode < 4; mode++) {
      check_channel_sums(kernels, all_channels[c], 1, mode & 1, mode & 2);
      check_channel_sums(kernels, all_channels[c], 23, mode & 1, mode & 2);
    }
  kernel_begins("f32", kernels->name, "channel_affine");
  for (size_t c = 0; c < COUNT(all_channels); c++)
    for (int mode = 0; mode < 8; mode++)
      check_channel_affine(kernels, all_channels[c], mode & 1, mode >> 1 & 1, mode >> 2);
}

static void check_descent(const struct f32_backward_kernels *kernels, size_t count,
                          int has_averages, int keeps_zeros) {
  case_begins("%zu values%s%s", count, has_averages ? ", averages" : "",
              keeps_zeros ? ", zeros stay" : "");
  const float *w = random_floats(count), *v = random_floats(count), *g = random_floats(count);
  const float *a = random_floats(count);
  struct expectation *expected, *expected_velocities, *expected_averages;
  float *weights = output_floats(count, &expected);
  float *velocities = output_floats(count, &expected_velocities);
  float *averages = output_floats(count, &expected_averages);
  memcpy(weights, w, count * sizeof(float));
  memcpy(velocities, v, count * sizeof(float));
  memcpy(averages, a, count * sizeof(float));
  for (size_t i = 0; i < count; i += 2) weights[i] = i % 4 ? 0.0f : -0.0f;
  for (size_t i = 0; i < count; i++) {
    const int stays = !keeps_zeros || weights[i] != 0;
    const double weight = weights[i];
    const double velocity = stays ? 0.9f * (double)v[i] + 0.7f * (double)g[i] + 0.01f * weight : 0;
    const double next = weight - 0.3f * velocity;
    const double average = stays ? a[i] + 0.125 * (next - a[i]) : 0;
    // The values are below 2 and have at most four roundings each.
    expected_velocities[i] = (struct expectation){velocity, stays ? 4 * 2 * ROUNDING : 0};
    expected[i] = (struct expectation){next, stays ? 8 * 2 * ROUNDING : 0};
    expected_averages[i] = has_averages
                               ? (struct expectation){average, stays ? 12 * 2 * ROUNDING : 0}
                               : (struct expectation){a[i], 0};
  }
  kernels->descend(&(struct f32_descent){
      .weights = weights,
      .velocities = velocities,
      .gradients = g,
      .averages = has_averages ? averages : NULL,
      .count = count,
      .rate = 0.3f,
      .momentum = 0.9f,
      .decay = 0.01f,
      .scale = 0.7f,
      .average_share = 0.125f,
      .keeps_zeros = keeps_zeros,
  });
  compare_floats(weights, expected, count);
  compare_floats(velocities, expected_velocities, count);
  compare_floats(averages, expected_averages, count);
}

void check_f32_descend(const struct f32_backward_kernels *kernels) {
  kernel_begins("f32", kernels->name, "descend");
  for (size_t count = 1; count <= 70; count += 3)
    for (int mode = 0; mode < 4; mode++) check_descent(kernels, count, mode & 1, mode >> 1);
}
