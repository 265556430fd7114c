// Tests the kernels for pooling and normalisation.
#include "harness.h"

static const size_t all_channels[] = {1, 3, 4, 16, 17, 37, 64, 100};
// Model files may have any odd size up to this one.
static const size_t largest_lrn_size = 255;

struct pooling {
  size_t channels;
  size_t window_rows;
  size_t window_columns;
  size_t stride;
  size_t output_columns;
  size_t last_window_columns;
  size_t row_stride;
  size_t count;  // values that the windows span
};

// Makes pooling number `index`. Returns 0 if there are no more.
static int pooling_at(size_t index, struct pooling *p) {
  p->channels = all_channels[index % COUNT(all_channels)];
  index /= COUNT(all_channels);
  p->window_rows = 1 + index % 3;
  index /= 3;
  p->output_columns = 1 + index % 4;
  index /= 4;
  p->last_window_columns = 1 + index % 3;
  index /= 3;
  if (index > 0) return 0;
  p->window_columns = 3;
  p->stride = 2;
  const size_t columns = (p->output_columns - 1) * p->stride + p->last_window_columns;
  p->row_stride = columns * p->channels + 5;
  p->count = (p->window_rows - 1) * p->row_stride + columns * p->channels;
  case_begins("%zu channels, %zu rows, %zu windows, the last of %zu columns", p->channels,
              p->window_rows, p->output_columns, p->last_window_columns);
  return 1;
}

static double maximum(const struct pooling *p, const double *input, size_t x, size_t channel) {
  const size_t columns = x + 1 == p->output_columns ? p->last_window_columns : p->window_columns;
  double largest = -INFINITY;
  for (size_t i = 0; i < p->window_rows; i++)
    for (size_t j = 0; j < columns; j++) {
      const double value = input[i * p->row_stride + (x * p->stride + j) * p->channels + channel];
      if (value > largest) largest = value;
    }
  return largest;
}

static void expect_maxima(const struct pooling *p, const double *input,
                          struct expectation *expected) {
  for (size_t x = 0; x < p->output_columns; x++)
    for (size_t channel = 0; channel < p->channels; channel++)
      expected[x * p->channels + channel].value = maximum(p, input, x, channel);
}

void check_f32_max_pool(const struct f32_kernels *kernels) {
  kernel_begins("f32", kernels->name, "max_pool");
  struct pooling p;
  for (size_t index = 0; pooling_at(index, &p); index++) {
    const float *input = random_floats(p.count);
    double *values = memory(p.count * sizeof(double));
    for (size_t i = 0; i < p.count; i++) values[i] = (double)input[i];
    const size_t count = p.output_columns * p.channels + 3;
    struct expectation *expected;
    float *output = output_floats(count, &expected);
    expect_maxima(&p, values, expected);
    kernels->max_pool(&(struct f32_max_pool){.input = input,
                                             .input_row_stride = (ptrdiff_t)p.row_stride,
                                             .channels = p.channels,
                                             .window_rows = p.window_rows,
                                             .window_columns = p.window_columns,
                                             .stride = p.stride,
                                             .output_columns = p.output_columns,
                                             .last_window_columns = p.last_window_columns,
                                             .output = output});
    compare_floats(output, expected, count);
  }
}

void check_u8_max_pool(const struct u8s8_kernels *kernels) {
  kernel_begins("u8s8", kernels->name, "max_pool");
  struct pooling p;
  for (size_t index = 0; pooling_at(index, &p); index++) {
    const uint8_t *input = random_bytes(p.count);
    double *values = memory(p.count * sizeof(double));
    for (size_t i = 0; i < p.count; i++) values[i] = input[i];
    const size_t count = p.output_columns * p.channels + 3;
    struct expectation *expected;
    uint8_t *output = output_bytes(count, &expected);
    expect_maxima(&p, values, expected);
    kernels->max_pool(&(struct u8_max_pool){.input = input,
                                            .input_row_stride = (ptrdiff_t)p.row_stride,
                                            .channels = p.channels,
                                            .window_rows = p.window_rows,
                                            .window_columns = p.window_columns,
                                            .stride = p.stride,
                                            .output_columns = p.output_columns,
                                            .last_window_columns = p.last_window_columns,
                                            .output = output});
    compare_bytes(output, expected, count);
  }
}

// The normalised value of channel `channel` of one pixel.
static double normalized(const float *pixel, size_t channels, size_t channel,
                         const struct f32_lrn *arguments) {
  const size_t half = arguments->size / 2;
  double sum = 0;
  for (size_t i = channel < half ? 0 : channel - half; i <= channel + half && i < channels; i++)
    sum += (double)pixel[i] * (double)pixel[i];
  return (double)pixel[channel] *
         pow((double)arguments->k + (double)arguments->alpha * sum, -(double)arguments->beta);
}

void check_f32_lrn(const struct f32_kernels *kernels) {
  kernel_begins("f32", kernels->name, "lrn");
  static const float betas[] = {0.75f, 0.5f};
  const size_t pixels = 3;
  for (size_t c = 0; c < COUNT(all_channels); c++)
    for (size_t size = 1; size <= largest_lrn_size; size += 2)
      for (size_t b = 0; b < COUNT(betas); b++)
        for (int in_place = 0; in_place < 2; in_place++) {
          const size_t channels = all_channels[c], count = pixels * channels + 3;
          case_begins("%zu channels, size %zu, beta %g%s", channels, size, (double)betas[b],
                      in_place ? ", in place" : "");
          const float *input = random_floats(count);
          struct expectation *expected;
          float *output = output_floats(count, &expected);
          struct f32_lrn arguments = {
              .input = input,
              .output = output,
              .pixels = pixels,
              .channels = channels,
              .size = size,
              .alpha = 0.4f,
              .beta = betas[b],
              .k = 2,
              .scratch = memory(f32_lrn_scratch_size(channels, size) * sizeof(float)),
          };
          if (in_place) {
            memcpy(output, input, count * sizeof(float));
            arguments.input = output;
            for (size_t i = pixels * channels; i < count; i++) expected[i].value = (double)input[i];
          }
          // The squares and their sum have `size` roundings, the power and the product at most
          // eight.
          const double error = (double)(size + 8) * ROUNDING;
          for (size_t i = 0; i < pixels * channels; i++) {
            const float *pixel = input + i / channels * channels;
            const double value = normalized(pixel, channels, i % channels, &arguments);
            expected[i] = (struct expectation){value, error * fabs(value)};
          }
          kernels->lrn(&arguments);
          compare_floats(output, expected, count);
        }
}

void check_u8_lrn(const struct u8s8_kernels *kernels) {
  kernel_begins("u8s8", kernels->name, "lrn");
  static const float betas[] = {0.75f, 0.5f};
  const size_t pixels = 3;
  for (size_t c = 0; c < COUNT(all_channels); c++)
    for (size_t size = 1; size <= largest_lrn_size; size += 2)
      for (size_t b = 0; b < COUNT(betas); b++) {
        const size_t channels = all_channels[c], count = pixels * channels;
        case_begins("%zu channels, size %zu, beta %g", channels, size, (double)betas[b]);
        const uint8_t *input = random_bytes(count);
        float *values = memory(count * sizeof(float));
        for (size_t i = 0; i < count; i++) values[i] = input[i];
        struct expectation *expected;
        uint8_t *output = output_bytes(count + 3, &expected);
        const struct f32_lrn same = {.size = size, .alpha = 1e-5f, .beta = betas[b], .k = 2};
        const float ratio = 1.7f;
        // The error comes from two roots, which a processor may estimate with 14 bits, and from
        // squares that are rounded to multiples of `step`.
        size_t step = 1;
        while (size * 65025 / step > 65000) step *= 2;
        const double lost = (double)(size * step / 2) * (double)same.alpha * (double)same.beta / 2;
        for (size_t i = 0; i < count; i++) {
          const double value =
              normalized(values + i / channels * channels, channels, i % channels, &same) *
              (double)ratio;
          expected[i] = nearest_byte(value, (2.5 * 0x1p-14 + lost) * value);
        }
        kernels->lrn(&(struct u8_lrn){
            .input = input,
            .output = output,
            .pixels = pixels,
            .channels = channels,
            .size = size,
            .alpha = same.alpha,
            .beta = same.beta,
            .k = same.k,
            .ratio = ratio,
            .scratch = memory(u8_lrn_scratch_size(pixels, channels, size) * sizeof(uint16_t)),
        });
        compare_bytes(output, expected, count + 3);
      }
}
