// Tests Winograd's F(2x2, 3x3) and F(2x2, 5x5) for bytes. The transforms of inputs, of weights and
// of tiles are each compared with their definition.
#include "harness.h"

// One product along a side: the factors of the inputs and of the weights in it.
struct product {
  size_t group;
  double inputs[6];
  double weights[5];
};
static const struct product of_3[] = {{0, {0, 1, 1}, {0.5, 0.5, 0.5}},
                                      {1, {0, -1, 1}, {0.5, -0.5, 0.5}},
                                      {2, {1, 0, -1}, {1}},
                                      {3, {0, 1, 0, -1}, {0, 0, 1}}};
static const struct product of_5[] = {
    {0, {0, 1, 1}, {0.5, 0.5, 0.5}},          {0, {0, 0, 0, 0, 1}, {0, 0, 0, 1, 1}},
    {1, {0, -1, 1}, {0.5, -0.5, 0.5}},        {2, {1, 0, -1}, {1}},
    {2, {0, 0, 0, 1, -1}, {0, 0, 0, 1}},      {3, {0, 1, 0, -1}, {0, 0, 1}},
    {3, {0, 0, 0, 0, 1, -1}, {0, 0, 0, 0, 1}}};
static const double signs[2][4] = {{1, 1, 1, 0}, {1, -1, 0, -1}};

// A product of both sides together: a product along each side.
struct pair {
  const struct product *down;
  const struct product *across;
};
static size_t pairs(size_t window, struct pair all[49]) {
  const struct product *products = window == 3 ? of_3 : of_5;
  const size_t side = window == 3 ? COUNT(of_3) : COUNT(of_5);
  size_t count = 0;
  for (size_t group = 0; group < U8S8_WINOGRAD_GROUPS; group++)
    for (size_t p = 0; p < side; p++)
      for (size_t q = 0; q < side; q++)
        if (products[p].group == group / 4 && products[q].group == group % 4)
          all[count++] = (struct pair){products + p, products + q};
  return count;
}

static size_t group_of(struct pair pair) { return 4 * pair.down->group + pair.across->group; }

// The sum of the inputs' factors: 0 if the inputs are subtracted.
static double gain(const struct product *product) {
  double sum = 0;
  for (size_t i = 0; i < 6; i++) sum += product->inputs[i];
  return sum;
}
static int adds(struct pair pair) { return gain(pair.down) * gain(pair.across) > 0; }

static void check_input(const struct u8s8_kernels *kernels, size_t window, size_t tiles,
                        size_t missing, size_t channels) {
  case_begins("window %zu, %zu tiles, %zu rows and columns short, %zu channels", window, tiles,
              missing, channels);
  struct pair all[49];
  const size_t count = pairs(window, all);
  const size_t columns = 2 * tiles + window - 1 - missing, rows = window + 1 - missing;
  const size_t row_stride = columns * channels + 7;
  uint8_t *input = random_bytes((rows - 1) * row_stride + columns * channels);
  // A quarter of the values becomes 0 or 255, because the differences of these are the largest.
  for (size_t i = 0; i < (rows - 1) * row_stride + columns * channels; i++)
    if (random_below(4) == 0) input[i] = random_below(2) ? 255 : 0;
  int16_t *factors = memory(count * channels * sizeof *factors);
  for (size_t i = 0; i < count * channels; i++)
    factors[i] = random_below(4) == 0 ? 32767 : (int16_t)(1 + random_below(32767));
  const size_t stride = tiles * channels + 5;
  struct expectation *expected;
  uint8_t *points = output_bytes(count * stride, &expected);
  for (size_t p = 0; p < count; p++)
    for (size_t i = 0; i < tiles * channels; i++) {
      const size_t tile = i / channels, channel = i % channels;
      double value = 0;
      for (size_t y = 0; y <= window; y++)
        for (size_t x = 0; x <= window; x++) {
          const size_t row = y < rows ? y : rows - 1;
          const size_t column = 2 * tile + x < columns ? 2 * tile + x : columns - 1;
          value += all[p].down->inputs[y] * all[p].across->inputs[x] *
                   input[row * row_stride + column * channels + channel];
        }
      value =
          floor(value * factors[p * channels + channel] / 32768 + 0.5) + (adds(all[p]) ? 0 : 128);
      expected[p * stride + i].value = value < 0 ? 0 : value > 255 ? 255 : value;
    }
  kernels->winograd_input(&(struct u8_winograd_input){.input = input,
                                                      .row_stride = (ptrdiff_t)row_stride,
                                                      .rows = rows,
                                                      .columns = columns,
                                                      .channels = channels,
                                                      .tiles = tiles,
                                                      .window = window,
                                                      .factors = factors,
                                                      .points = points,
                                                      .point_stride = (ptrdiff_t)stride});
  compare_bytes(points, expected, count * stride);
}

// The weight of filter `o` and a channel in a product, in steps of its point.
static double weight(const struct u8s8_winograd_weights *w, struct pair pair, size_t place,
                     size_t o, size_t channel) {
  double value = 0;
  for (size_t y = 0; y < w->window; y++)
    for (size_t x = 0; x < w->window; x++)
      value += pair.down->weights[y] * pair.across->weights[x] *
               w->weights[((o * w->depth + channel) * w->window + y) * w->window + x];
  return value * (double)w->steps[place * w->depth + channel];
}

static void check_weights(const struct u8s8_kernels *kernels, size_t window, size_t outputs,
                          size_t depth) {
  case_begins("window %zu, %zu outputs, depth %zu", window, outputs, depth);
  struct pair all[49];
  const size_t count = pairs(window, all), width = kernels->panel_width;
  float *steps = random_floats(count * depth), *means = random_floats(depth);
  for (size_t i = 0; i < count * depth; i++) steps[i] = 4.5f + 3.5f * steps[i];
  for (size_t i = 0; i < depth; i++) means[i] = 40 + 40 * means[i];
  struct expectation *panel, *scales, *corrections;
  struct u8s8_winograd_weights w = {
      .weights = (const int8_t *)random_bytes(outputs * depth * window * window),
      .outputs = outputs,
      .depth = depth,
      .window = window,
      .steps = steps,
      .means = means,
      .panel = (int8_t *)output_bytes(u8s8_winograd_panel_size(window, depth, width), &panel),
      .scales = output_floats(U8S8_WINOGRAD_GROUPS * width, &scales),
      .corrections = output_floats(4 * width, &corrections),
      .scratch = memory(u8s8_winograd_scratch_size(window, depth, width) * sizeof(float))};
  kernels->winograd_weights(&w);
  for (size_t o = 0; o < outputs; o++) {
    double largest[U8S8_WINOGRAD_GROUPS] = {0}, errors[U8S8_WINOGRAD_GROUPS] = {0}, size = 0;
    for (size_t p = 0; p < count; p++)
      for (size_t d = 0; d < depth; d++)
        largest[group_of(all[p])] =
            fmax(largest[group_of(all[p])], fabs(weight(&w, all[p], p, o, d)));
    for (size_t group = 0; group < U8S8_WINOGRAD_GROUPS; group++)
      scales[group * width + o] =
          (struct expectation){largest[group] / 127, 8 * ROUNDING * largest[group] / 127};
    for (size_t p = 0; p < count; p++)
      for (size_t d = 0; d < depth; d++) {
        const size_t place = ((p * (depth / 4) + d / 4) * width + o) * 4 + d % 4;
        const double step = largest[group_of(all[p])] / 127;
        const double value = weight(&w, all[p], p, o, d), whole = w.panel[place];
        // If two whole numbers are equally near, both are accepted. Panels are compared as unsigned
        // bytes.
        const int right = fabs(value / step - whole) <= 0.5 + 127 * 8 * ROUNDING;
        panel[place] = (struct expectation){right ? (double)(uint8_t)w.panel[place] : -1000, 0};
        errors[group_of(all[p])] += adds(all[p]) ? (value - whole * step) * gain(all[p].down) *
                                                       gain(all[p].across) * (double)means[d] /
                                                       (double)steps[p * depth + d]
                                                 : -128 * whole * step;
        size += 128 * 127 * step;
      }
    for (size_t output = 0; output < 4; output++) {
      double sum = 0;
      for (size_t group = 0; group < U8S8_WINOGRAD_GROUPS; group++)
        sum += signs[output / 2][group / 4] * signs[output % 2][group % 4] * errors[group];
      corrections[output * width + o] = (struct expectation){sum, 4 * ROUNDING * size};
    }
  }
  compare_bytes((const uint8_t *)w.panel, panel, count * depth * width);
  compare_floats(w.scales, scales, U8S8_WINOGRAD_GROUPS * width);
  compare_floats(w.corrections, corrections, 4 * width);
}

static void check_tiles(const struct u8s8_kernels *kernels, size_t window, size_t rows,
                        size_t columns) {
  const size_t width = kernels->panel_width, depth = 12;
  case_begins("window %zu, %zu tiles, %zu columns", window, rows, columns);
  struct pair all[49];
  const size_t count = pairs(window, all);
  const size_t tile_stride = depth + 3, point_stride = rows * tile_stride + 1;
  const uint8_t *a = random_bytes(count * point_stride);
  const int8_t *b = (const int8_t *)random_bytes(count * depth * width);
  float *scale = random_floats(U8S8_WINOGRAD_GROUPS * width), *bias = random_floats(4 * width);
  for (size_t i = 0; i < U8S8_WINOGRAD_GROUPS * width; i++) scale[i] *= 1e-3f;
  for (size_t i = 0; i < 4 * width; i++) bias[i] *= 200;
  const size_t c_stride = width + 2;
  ptrdiff_t *offsets = memory(4 * rows * sizeof *offsets);
  struct expectation *expected;
  uint8_t *c = output_bytes(4 * rows * c_stride, &expected);
  for (size_t i = 0; i < 4 * rows; i++)
    offsets[i] = i % 5 == 3 ? -1 : (ptrdiff_t)((4 * rows - 1 - i) * c_stride);
  for (size_t tile = 0; tile < rows; tile++)
    for (size_t j = 0; j < columns; j++) {
      double group[U8S8_WINOGRAD_GROUPS] = {0}, error = 0;
      for (size_t p = 0; p < count; p++) {
        int64_t sum = 0;
        for (size_t k = 0; k < depth; k++)
          sum += a[p * point_stride + tile * tile_stride + k] *
                 b[((p * depth / 4 + k / 4) * width + j) * 4 + k % 4];
        group[group_of(all[p])] += (double)sum * (double)scale[group_of(all[p]) * width + j];
      }
      for (size_t i = 0; i < U8S8_WINOGRAD_GROUPS; i++) error += fabs(group[i]) + 200;
      error *= 8 * ROUNDING;
      for (size_t i = 0; i < 4; i++) {
        double output = (double)bias[i * width + j];
        for (size_t g = 0; g < U8S8_WINOGRAD_GROUPS; g++)
          output += signs[i / 2][g / 4] * signs[i % 2][g % 4] * group[g];
        if (offsets[4 * tile + i] >= 0)
          expected[(size_t)offsets[4 * tile + i] + j] = nearest_byte(output, error);
      }
    }
  kernels->winograd(&(struct u8s8_winograd){.a = a,
                                            .a_tile_stride = (ptrdiff_t)tile_stride,
                                            .a_point_stride = (ptrdiff_t)point_stride,
                                            .window = window,
                                            .run = depth / 4,
                                            .b = b,
                                            .scale = scale,
                                            .bias = bias,
                                            .c = c,
                                            .offsets = offsets,
                                            .rows = rows,
                                            .columns = columns});
  compare_bytes(c, expected, 4 * rows * c_stride);
}

void check_u8s8_winograd(const struct u8s8_kernels *kernels) {
  kernel_begins("u8s8", kernels->name, "winograd_input");
  static const size_t all_channels[] = {1, 4, 17, 96, 130};
  for (size_t window = 3; window <= 5; window += 2)
    for (size_t tiles = 1; tiles <= 3; tiles++)
      for (size_t missing = 0; missing < 2; missing++)
        for (size_t c = 0; c < COUNT(all_channels); c++)
          check_input(kernels, window, tiles, missing, all_channels[c]);

  kernel_begins("u8s8", kernels->name, "winograd_weights");
  const size_t width = kernels->panel_width;
  static const size_t depths[] = {4, 20, 64};
  const size_t outputs[] = {1, width / 2, width};
  for (size_t window = 3; window <= 5; window += 2)
    for (size_t o = 0; o < COUNT(outputs); o++)
      for (size_t d = 0; d < COUNT(depths); d++)
        check_weights(kernels, window, outputs[o], depths[d]);

  kernel_begins("u8s8", kernels->name, "winograd");
  const size_t columns[] = {width, width - 1, width / 2, 1};
  for (size_t window = 3; window <= 5; window += 2)
    for (size_t rows = 1; rows <= kernels->winograd_rows; rows++)
      for (size_t c = 0; c < COUNT(columns); c++) check_tiles(kernels, window, rows, columns[c]);
}
