// What every check uses: memory with a guarded end, seeded values, comparison, and the tally.
//
// A check calls its kernel at odd sizes and tails and compares every value of the output's memory
// with plain C in double precision, what the kernel must leave alone included. Memory ends where an
// unreadable page begins, so that reading or writing past it is a crash with a name.
#ifndef HARNESS_H
#define HARNESS_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "CKernels.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

// The relative error of one float32 rounding.
#define ROUNDING 0x1p-24

// Starts the tally of `kernel`, one of those that `table` (f32_neon, say) holds.
void kernel_begins(const char *type, const char *table, const char *kernel);
// Starts a case, which failures are reported with, and frees the memory of the last one.
void case_begins(const char *format, ...) __attribute__((format(printf, 1, 2)));
// Prints the last tally and returns how many values were wrong.
size_t checks_end(void);

// Memory that lasts until the next case.
void *memory(size_t bytes);
float *random_floats(size_t count);   // -1 to 1
uint8_t *random_bytes(size_t count);  // of both signs where they are taken for int8
size_t random_below(size_t limit);

struct expectation {
  double value;
  double tolerance;
};

// Memory that a kernel writes. All of it is expected to stay as it is until a check says otherwise.
float *output_floats(size_t count, struct expectation **expected);
uint8_t *output_bytes(size_t count, struct expectation **expected);
void compare_floats(const float *found, const struct expectation *expected, size_t count);
void compare_bytes(const uint8_t *found, const struct expectation *expected, size_t count);

// The byte nearest to `value`: either one where the error of computing it makes them equally near.
struct expectation nearest_byte(double value, double error);

// One window of a convolution as the GEMM kernels walk it: how many groups, runs and values, and
// how far apart they lie.
struct walk {
  size_t outer;
  size_t inner;
  size_t run;
  size_t outer_stride;
  size_t inner_stride;
  size_t row_stride;
};
// Where value `k` of row `row` lies, and how many values `rows` rows span.
size_t walk_offset(const struct walk *walk, size_t row, size_t k);
size_t walk_span(const struct walk *walk, size_t rows);

void check_f32_gemm(const struct f32_kernels *);
void check_f32_dot(const struct f32_kernels *);
void check_f32_max_pool(const struct f32_kernels *);
void check_f32_lrn(const struct f32_kernels *);
void check_f32_winograd(const struct f32_kernels *);
void check_f32_yardsticks(const struct f32_kernels *);
void check_f32_panels(const struct f32_kernels *);
void check_f32_sparse(const struct f32_kernels *);
void check_s8u8_sparse(const struct s8u8_sparse_kernels *);
void check_u8_nonzero(const struct s8u8_sparse_kernels *);
void check_f32_nonzero(void);

void check_f32_gemm_tn(const struct f32_backward_kernels *);
void check_f32_winograd_backward(const struct f32_backward_kernels *);
void check_f32_max_pool_backward(const struct f32_backward_kernels *);
void check_f32_lrn_backward(const struct f32_backward_kernels *);
void check_f32_relu_backward(const struct f32_backward_kernels *);
void check_f32_channels(const struct f32_backward_kernels *);
void check_f32_descend(const struct f32_backward_kernels *);

void check_u8s8_convolution(const struct u8s8_kernels *);
void check_s8u8_product(const struct u8s8_kernels *);
void check_s8u8_dot(const struct u8s8_kernels *);
void check_u8_max_pool(const struct u8s8_kernels *);
void check_u8_conversions(const struct u8s8_kernels *);
void check_u8s8_yardstick(const struct u8s8_kernels *);
void check_u8s8_panels(const struct u8s8_kernels *);
void check_u8_lrn(const struct u8s8_kernels *);
void check_u8s8_winograd(const struct u8s8_kernels *);

void check_bf16_product(const struct bf16_kernels *);
void check_bf16_dot(const struct bf16_kernels *);
void check_bf16_conversions(const struct bf16_kernels *);
void check_bf16_yardstick(const struct bf16_kernels *);

void check_resizing(void);

#endif
