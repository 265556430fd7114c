// Compares every C kernel that this build and this processor have with plain C, and prints the
// largest errors. It exits with 1 if a value is wrong, and with 2 if a kernel crashes.
//
//   kernel-harness [TABLE...]
//
// If a TABLE, such as u8s8_avx2, is not tested because the processor lacks it, that is a failure.
#include <stdio.h>

#include "harness.h"

static void (*const f32_checks[])(const struct f32_kernels *) = {
    check_f32_gemm,     check_f32_dot,        check_f32_max_pool, check_f32_lrn,
    check_f32_winograd, check_f32_yardsticks, check_f32_panels,   check_f32_sparse,
};
static void (*const f32_backward_checks[])(const struct f32_backward_kernels *) = {
    check_f32_gemm_tn,      check_f32_winograd_backward, check_f32_max_pool_backward,
    check_f32_lrn_backward, check_f32_relu_backward,     check_f32_channels,
    check_f32_descend,
};
static void (*const u8s8_checks[])(const struct u8s8_kernels *) = {
    check_u8s8_convolution, check_s8u8_product,   check_s8u8_dot,
    check_u8_max_pool,      check_u8_conversions, check_u8s8_yardstick,
    check_u8s8_panels,      check_u8_lrn,         check_u8s8_winograd,
};
static void (*const bf16_checks[])(const struct bf16_kernels *) = {
    check_bf16_product,
    check_bf16_dot,
    check_bf16_conversions,
    check_bf16_yardstick,
};
static void (*const search_checks[])(const struct search_kernels *) = {
    check_s8_dots,
    check_f16_dots,
    check_search_bounds,
    check_at_least,
};
// Each table has a name, sizes, and the kernels that the checks above call. If one of these sizes
// changes, add a check for the new kernel.
_Static_assert(sizeof(struct f32_kernels) == (5 + 14) * sizeof(void *), "check the new kernel");
_Static_assert(sizeof(struct f32_backward_kernels) == (3 + 11) * sizeof(void *),
               "check the new kernel");
_Static_assert(sizeof(struct u8s8_kernels) == (5 + 12) * sizeof(void *), "check the new kernel");
_Static_assert(sizeof(struct bf16_kernels) == (4 + 5) * sizeof(void *), "check the new kernel");
_Static_assert(sizeof(struct search_kernels) == (1 + 4) * sizeof(void *), "check the new kernel");

static char tested[32][32];
static size_t tested_count;

static int is_tested(const char *name) {
  for (size_t i = 0; i < tested_count; i++)
    if (strcmp(tested[i], name) == 0) return 1;
  return 0;
}

// Returns whether the table has not been tested yet, and marks it as tested.
static int is_new(const char *type, const char *isa) {
  char name[sizeof tested[0]];
  snprintf(name, sizeof name, "%s_%s", type, isa);
  if (is_tested(name)) return 0;
  memcpy(tested[tested_count++], name, sizeof name);
  return 1;
}

int main(int argc, char **argv) {
  static const char *const isas[] = {"avx512", "avx2", "neon", "portable"};
  for (size_t i = 0; i < COUNT(isas); i++) {
    const struct f32_kernels *floats = f32_kernels_for(isas[i]);
    if (floats && is_new("f32", floats->name))
      for (size_t c = 0; c < COUNT(f32_checks); c++) f32_checks[c](floats);
    const struct f32_backward_kernels *backward = f32_backward_kernels_for(isas[i]);
    if (backward && is_new("f32_backward", backward->name))
      for (size_t c = 0; c < COUNT(f32_backward_checks); c++) f32_backward_checks[c](backward);
    // If the processor lacks some instructions, this may be the table of a smaller instruction set.
    const struct u8s8_kernels *bytes = u8s8_kernels_for(isas[i]);
    if (bytes && is_new("u8s8", bytes->name))
      for (size_t c = 0; c < COUNT(u8s8_checks); c++) u8s8_checks[c](bytes);
    const struct bf16_kernels *halves = bf16_kernels_for(isas[i]);
    if (halves && is_new("bf16", halves->name))
      for (size_t c = 0; c < COUNT(bf16_checks); c++) bf16_checks[c](halves);
    const struct search_kernels *search = search_kernels_for(isas[i]);
    if (search && is_new("search", search->name))
      for (size_t c = 0; c < COUNT(search_checks); c++) search_checks[c](search);
    const struct s8u8_sparse_kernels *sparse = s8u8_sparse_kernels_for(isas[i]);
    if (sparse && is_new("s8u8_sparse", sparse->name)) {
      check_s8u8_sparse(sparse);
      check_u8_nonzero(sparse);
    }
  }
  check_f32_nonzero();
  check_resizing();
  const size_t wrong = checks_end();

  int missing = 0;
  for (int i = 1; i < argc; i++)
    if (!is_tested(argv[i])) {
      fprintf(stderr, "%s: not tested, this build or processor lacks it\n", argv[i]);
      missing = 1;
    }
  printf("kernel-harness: %zu tables", tested_count);
  for (size_t i = 0; i < tested_count; i++) printf("%s %s", i ? "," : ":", tested[i]);
  printf(": %zu wrong values\n", wrong);
  return wrong || missing;
}
