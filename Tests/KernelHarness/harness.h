// The functions that all checks use: memory with a guarded end, seeded values, comparison, and
// counting.
//
// A check calls its kernel with odd sizes, and compares every value of the output's memory with
// plain C in double precision. This includes the values that the kernel must not change. An
// unreadable page follows all memory, so that reading or writing past the end crashes, and the
// crash is reported with the name of the kernel.
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

// Starts counting for `kernel` in the table of kernels with this type and name, such as "f32" and
// "neon".
void kernel_begins(const char *type, const char *table, const char *kernel);
// Starts a case, whose description is printed with failures, and frees the memory of the last case.
void case_begins(const char *format, ...) __attribute__((format(printf, 1, 2)));
// Prints the last kernel's result and returns how many values of all kernels were wrong.
size_t checks_end(void);

// Allocates memory that is freed when the next case starts.
void *memory(size_t bytes);
float *random_floats(size_t count);   // -1 to 1
uint8_t *random_bytes(size_t count);  // 0 to 255
size_t random_below(size_t limit);

struct expectation {
  double value;
  double tolerance;
};

// Allocates the output of a kernel. A check sets the expected values of the elements that the
// kernel writes. All others must stay unchanged.
float *output_floats(size_t count, struct expectation **expected);
uint8_t *output_bytes(size_t count, struct expectation **expected);
void compare_floats(const float *found, const struct expectation *expected, size_t count);
void compare_bytes(const uint8_t *found, const struct expectation *expected, size_t count);

// Expects the byte nearest to `value`. If the error of computing `value` may change which byte is
// the nearest, both bytes are accepted.
struct expectation nearest_byte(double value, double error);

// The positions of the values in one window of a convolution, as the GEMM kernels read them: the
// numbers of groups, runs and values, and their distances.
struct walk {
  size_t outer;
  size_t inner;
  size_t run;
  size_t outer_stride;
  size_t inner_stride;
  size_t row_stride;
};
// The position of value `k` of row `row`, and the number of values from the first to the last of
// `rows` rows.
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

void check_s8_dots(const struct search_kernels *);
void check_f16_dots(const struct search_kernels *);
void check_search_bounds(const struct search_kernels *);
void check_at_least(const struct search_kernels *);

void check_resizing(void);

#endif
