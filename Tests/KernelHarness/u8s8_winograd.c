// Winograd's F(2, 3) over bytes: its inputs, its weights and its tiles, each by its definition.
#include "harness.h"

// Half of `twice`, ties to even.
static int half_to_even(int twice) { return (int)nearbyint(twice / 2.0); }

static int half_difference(int a, int b) {
  const int half = half_to_even(a - b) + 128;
  return half > 255 ? 255 : half;
}

// The products of a window: which inputs each takes, the second negated or absent.
struct product {
  size_t group;
  int first;
  int second;
  int is_sum;
};
static const struct product of_3[] = {{0, 0, 2, 0}, {1, 1, 2, 1}, {2, 2, 1, 0}, {3, 1, 3, 0}};
static const struct product of_5[] = {{0, 0, 2, 0}, {0, 3, 4, 0},  {1, 1, 2, 1}, {1, 4, -1, 0},
                                      {2, 2, 1, 0}, {3, 1, 3, 0}, {3, 4, 5, 0}};
static const struct product *products(size_t window, size_t *count) {
  *count = window == 3 ? COUNT(of_3) : COUNT(of_5);
  return window == 3 ? of_3 : of_5;
}

static void check_input(const struct u8s8_kernels *kernels, size_t window, size_t tiles,
                        size_t missing, size_t channels) {
  case_begins("window %zu, %zu tiles, %zu columns short, %zu channels", window, tiles, missing,
              channels);
  size_t count;
  const struct product *all = products(window, &count);
  const size_t columns = 2 * tiles + window - 1 - missing;
  uint8_t *input = random_bytes(columns * channels);
  // The farthest apart that there are.
  for (size_t i = 0; i < columns * channels; i++)
    if (random_below(4) == 0) input[i] = random_below(2) ? 255 : 0;
  const size_t stride = tiles * channels + 5;
  struct expectation *expected;
  uint8_t *points = output_bytes(count * stride, &expected);
  for (size_t p = 0; p < count; p++)
    for (size_t i = 0; i < tiles * channels; i++) {
      const size_t tile = i / channels, channel = i % channels;
      int d[6];
      for (size_t k = 0; k <= window; k++) {
        const size_t column = 2 * tile + k < columns ? 2 * tile + k : columns - 1;
        d[k] = input[column * channels + channel];
      }
      const int a = d[all[p].first], b = all[p].second < 0 ? 0 : d[all[p].second];
      expected[p * stride + i].value = all[p].second < 0 ? a
                                       : all[p].is_sum   ? half_to_even(a + b)
                                                         : half_difference(a, b);
    }
  kernels->winograd_input(&(struct u8_winograd_input){.input = input,
                                                      .columns = columns,
                                                      .channels = channels,
                                                      .tiles = tiles,
                                                      .window = window,
                                                      .points = points,
                                                      .point_stride = (ptrdiff_t)stride});
  compare_bytes(points, expected, count * stride);
}

static void check_tiles(const struct u8s8_kernels *kernels, size_t window, size_t rows,
                        size_t columns) {
  const size_t width = kernels->panel_width, depth = 12;
  case_begins("window %zu, %zu tiles, %zu columns", window, rows, columns);
  size_t count;
  const struct product *all = products(window, &count);
  const size_t tile_stride = depth + 3, row_stride = 2 * tile_stride + 1;
  const size_t point_stride = (window - 1) * row_stride + rows * tile_stride;
  const uint8_t *a = random_bytes(count * point_stride);
  const int8_t *b = (const int8_t *)random_bytes(count * window * depth * width);
  float *scale = random_floats(U8S8_WINOGRAD_GROUPS * width), *bias = random_floats(2 * width);
  for (size_t i = 0; i < U8S8_WINOGRAD_GROUPS * width; i++) scale[i] *= 1e-3f;
  for (size_t i = 0; i < 2 * width; i++) bias[i] *= 200;
  const size_t c_stride = width + 2;
  ptrdiff_t *offsets = memory(2 * rows * sizeof *offsets);
  struct expectation *expected;
  uint8_t *c = output_bytes(2 * rows * c_stride, &expected);
  for (size_t i = 0; i < 2 * rows; i++)
    offsets[i] = i % 5 == 3 ? -1 : (ptrdiff_t)((2 * rows - 1 - i) * c_stride);
  for (size_t tile = 0; tile < rows; tile++)
    for (size_t j = 0; j < columns; j++) {
      double group[U8S8_WINOGRAD_GROUPS] = {0}, error = 0;
      for (size_t p = 0; p < count; p++) {
        int64_t sum = 0;
        for (size_t y = 0; y < window; y++)
          for (size_t k = 0; k < depth; k++)
            sum += a[p * point_stride + y * row_stride + tile * tile_stride + k] *
                   b[(((p * window + y) * depth / 4 + k / 4) * width + j) * 4 + k % 4];
        group[all[p].group] += (double)sum * (double)scale[all[p].group * width + j];
      }
      for (size_t i = 0; i < U8S8_WINOGRAD_GROUPS; i++) error += fabs(group[i]) + 200;
      error *= 6 * ROUNDING;
      const double outputs[] = {group[0] + group[1] + group[2], group[1] - group[2] - group[3]};
      for (size_t i = 0; i < 2; i++)
        if (offsets[2 * tile + i] >= 0)
          expected[(size_t)offsets[2 * tile + i] + j] =
              nearest_byte(outputs[i] + (double)bias[i * width + j], error);
    }
  kernels->winograd(&(struct u8s8_winograd){
      .a = a,
      .a_tile_stride = (ptrdiff_t)tile_stride,
      .a_point_stride = (ptrdiff_t)point_stride,
      .a_row_stride = (ptrdiff_t)row_stride,
      .window = window,
      .run = depth / 4,
      .b = b,
      .scale = scale,
      .bias = bias,
      .c = c,
      .offsets = offsets,
      .rows = rows,
      .columns = columns,
  });
  compare_bytes(c, expected, 2 * rows * c_stride);
}

void check_u8s8_winograd(const struct u8s8_kernels *kernels) {
  kernel_begins("u8s8", kernels->name, "winograd_input");
  static const size_t all_channels[] = {1, 4, 17, 96, 130};
  for (size_t window = 3; window <= 5; window += 2)
    for (size_t tiles = 1; tiles <= 3; tiles++)
      for (size_t missing = 0; missing < 2; missing++)
        for (size_t c = 0; c < COUNT(all_channels); c++)
          check_input(kernels, window, tiles, missing, all_channels[c]);

  kernel_begins("u8s8", kernels->name, "winograd");
  const size_t width = kernels->panel_width;
  const size_t columns[] = {width, width - 1, width / 2, 1};
  for (size_t window = 3; window <= 5; window += 2)
    for (size_t rows = 1; rows <= kernels->tile_rows; rows++)
      for (size_t c = 0; c < COUNT(columns); c++) check_tiles(kernels, window, rows, columns[c]);
}
