// Tests the kernels with which `alexnet bench` measures a machine. They must do as many operations
// as they report.
#include "harness.h"

static void check_peak(uint64_t (*peak)(uint64_t), uint64_t multiply_adds) {
  static const uint64_t all_rounds[] = {0, 1, 2, 1000};
  for (size_t i = 0; i < COUNT(all_rounds); i++) {
    case_begins("%u rounds", (unsigned)all_rounds[i]);
    struct expectation *expected;
    float *total = output_floats(1, &expected);
    expected->value = (double)(all_rounds[i] * multiply_adds);
    *total = (float)peak(all_rounds[i]);
    expected->tolerance = ROUNDING * expected->value;
    compare_floats(total, expected, 1);
  }
}

static void check_read(const struct f32_kernels *kernels) {
  static const size_t counts[] = {0, 1, 7, 64, 127, 128, 300, 1025};
  for (size_t i = 0; i < COUNT(counts); i++) {
    case_begins("%zu values", counts[i]);
    const float *values = random_floats(counts[i]);
    struct expectation *expected;
    float *total = output_floats(1, &expected);
    double sum = 0, magnitude = 0;
    for (size_t k = 0; k < counts[i]; k++) {
      sum += (double)values[k];
      magnitude += fabs((double)values[k]);
    }
    *expected = (struct expectation){sum, (double)counts[i] * ROUNDING * magnitude};
    *total = kernels->read(values, counts[i]);
    compare_floats(total, expected, 1);
  }
}

void check_f32_yardsticks(const struct f32_kernels *kernels) {
  kernel_begins("f32", kernels->name, "peak");
  check_peak(kernels->peak, kernels->peak_multiply_adds);
  kernel_begins("f32", kernels->name, "read");
  check_read(kernels);
}

void check_u8s8_yardstick(const struct u8s8_kernels *kernels) {
  kernel_begins("u8s8", kernels->name, "peak");
  check_peak(kernels->peak, kernels->peak_multiply_adds);
}

void check_bf16_yardstick(const struct bf16_kernels *kernels) {
  kernel_begins("bf16", kernels->name, "peak");
  check_peak(kernels->peak, kernels->peak_multiply_adds);
}
