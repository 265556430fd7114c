// Chooses the bfloat16 kernels.
#include <string.h>

#include "CKernels.h"

extern const struct bf16_kernels bf16_kernels_portable;
#if defined(__x86_64__)
extern const struct bf16_kernels bf16_kernels_avx2;
extern const struct bf16_kernels bf16_kernels_avx512;
#elif defined(__aarch64__)
extern const struct bf16_kernels bf16_kernels_neon;
#endif

const struct bf16_kernels *bf16_kernels_for(const char *isa) {
  const struct f32_kernels *f32 = f32_kernels_for(isa);
  if (!f32) return NULL;
#if defined(__x86_64__)
  if (strcmp(f32->name, "avx512") == 0)
    return __builtin_cpu_supports("avx512bf16") ? &bf16_kernels_avx512 : &bf16_kernels_avx2;
  if (strcmp(f32->name, "avx2") == 0) return &bf16_kernels_avx2;
#elif defined(__aarch64__)
  if (strcmp(f32->name, "neon") == 0) return &bf16_kernels_neon;
#endif
  return &bf16_kernels_portable;
}
