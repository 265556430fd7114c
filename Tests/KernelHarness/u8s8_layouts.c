// Tests the conversion of floats to bytes, and the packing into the panels that the products read.
#include "harness.h"

static const float scale = 0.037f;

// Random values, some of which are below 0 or above 255 when they are converted.
static float *random_values(size_t count) {
  float *values = random_floats(count);
  for (size_t i = 0; i < count; i++) values[i] = (values[i] * 160 + 127) * scale;
  return values;
}

// The inverse of the scale, the product, and the sum with one half are rounded.
static struct expectation byte_of(float value) {
  return nearest_byte((double)value / (double)scale, 4 * ROUNDING * 256);
}

static void check_quantization(const struct u8s8_kernels *kernels, size_t count) {
  case_begins("%zu values", count);
  const float *values = random_floats(count), *factors = random_floats(count);
  float *offsets = random_floats(count);
  struct expectation *expected;
  uint8_t *bytes = output_bytes(count + 3, &expected);
  float *factors200 = memory(count * sizeof(float));
  for (size_t i = 0; i < count; i++) {
    factors200[i] = 200 * factors[i];
    offsets[i] = 127 + 50 * offsets[i];
    expected[i] = nearest_byte((double)values[i] * (double)factors200[i] + (double)offsets[i],
                               4 * ROUNDING * 512);
  }
  kernels->quantize(&(struct u8_quantization){
      .values = values, .factors = factors200, .offsets = offsets, .bytes = bytes, .count = count});
  compare_bytes(bytes, expected, count + 3);
}

static void check_bytes(const struct u8s8_kernels *kernels, size_t count) {
  case_begins("%zu values", count);
  float *values = random_values(count);
  struct expectation *expected;
  uint8_t *bytes = output_bytes(count + 3, &expected);
  for (size_t i = 0; i < count; i++) expected[i] = byte_of(values[i]);
  kernels->to_bytes(
      &(struct u8_conversion){.values = values, .bytes = bytes, .count = count, .scale = scale});
  compare_bytes(bytes, expected, count + 3);
}

static void check_panel(const struct u8s8_kernels *kernels, size_t length, size_t width) {
  case_begins("%zu x %zu", length, width);
  const size_t stride = 2 * width + 1;
  const float *values = random_values((length - 1) * stride + width);
  struct expectation *expected;
  uint8_t *bytes = output_bytes(length * width + 3, &expected);
  for (size_t place = 0; place < length * width; place++) {
    const size_t row = place / 4 / width * 4 + place % 4, column = place / 4 % width;
    expected[place] = byte_of(values[row * stride + column]);
  }
  kernels->to_panel(&(struct u8_panel){.values = values,
                                       .value_stride = (ptrdiff_t)stride,
                                       .length = length,
                                       .width = width,
                                       .scale = scale,
                                       .bytes = bytes});
  compare_bytes(bytes, expected, length * width + 3);
}

void check_u8_conversions(const struct u8s8_kernels *kernels) {
  static const size_t counts[] = {1, 3, 4, 15, 16, 31, 32, 63, 65, 127, 1000};
  kernel_begins("u8s8", kernels->name, "quantize");
  for (size_t i = 0; i < COUNT(counts); i++) check_quantization(kernels, counts[i]);
  kernel_begins("u8s8", kernels->name, "to_bytes");
  for (size_t i = 0; i < COUNT(counts); i++) check_bytes(kernels, counts[i]);
  kernel_begins("u8s8", kernels->name, "to_panel");
  for (size_t length = 4; length <= 68; length += 16) {
    check_panel(kernels, length, kernels->panel_width);
    check_panel(kernels, length, 2 * kernels->panel_width);
  }
}

// Panel by panel what u8s8_pack_panels should have put there, zeros past the last output and past
// the end of a run included.
void check_u8s8_panels(const struct u8s8_kernels *kernels) {
  kernel_begins("u8s8", kernels->name, "pack_panels");
  const size_t width = kernels->panel_width;
  const size_t all_outputs[] = {1, width, width + 1, 3 * width - 1};
  for (size_t i = 0; i < COUNT(all_outputs); i++)
    for (size_t depth = 1; depth <= 12; depth++)
      for (size_t window = 1; window <= 5; window += 2)
        for (int depth_runs = 0; depth_runs < 2; depth_runs++) {
          const size_t outputs = all_outputs[i], area = window * window;
          case_begins("%zu outputs, depth %zu, window %zu, one run a %s", outputs, depth, window,
                      depth_runs ? "column" : "row");
          const int8_t *weights = (const int8_t *)random_bytes(outputs * depth * area);
          const size_t run = depth_runs ? depth : window * depth;  // values
          const size_t groups = (run + 3) / 4, runs = depth_runs ? area : window;
          const size_t count = (outputs + width - 1) / width * runs * groups * width * 4;
          struct expectation *expected;
          int8_t *panels = (int8_t *)output_bytes(count, &expected);
          for (size_t place = 0; place < count; place++) {
            const size_t column = place / 4 % width, group = place / 4 / width % groups;
            const size_t run_index = place / 4 / width / groups % runs;
            const size_t output = place / 4 / width / groups / runs * width + column;
            const size_t value = 4 * group + place % 4;  // of the run
            const size_t d = value % depth;
            const size_t k =
                depth_runs ? run_index : run_index * window + value / depth;  // of the window
            const int filled = output < outputs && value < run;
            expected[place].value = filled ? (uint8_t)weights[(output * depth + d) * area + k] : 0;
          }
          u8s8_pack_panels(weights, outputs, depth, window, width, depth_runs, panels);
          compare_bytes((const uint8_t *)panels, expected, count);
        }
}
