// Chooses the 8-bit kernels.
#include <string.h>

#include "CKernels.h"

#if defined(__aarch64__) && defined(__linux__)
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif

extern const struct u8s8_kernels u8s8_kernels_portable;
#if defined(__x86_64__)
extern const struct u8s8_kernels u8s8_kernels_avx2;
extern const struct u8s8_kernels u8s8_kernels_avx512;
extern const struct s8u8_sparse_kernels s8u8_sparse_kernels_avx512;
#elif defined(__aarch64__)
extern const struct u8s8_kernels u8s8_kernels_neon;
extern const struct u8s8_kernels u8s8_kernels_neon_dotprod;

// Every processor of a Mac has it, and the compiler knows.
static int has_dotprod(void) {
#if defined(__ARM_FEATURE_DOTPROD)
  return 1;
#elif defined(__linux__)
  return (getauxval(AT_HWCAP) & HWCAP_ASIMDDP) != 0;
#else
  return 0;
#endif
}
#endif

const struct u8s8_kernels *u8s8_kernels_for(const char *isa) {
  const struct f32_kernels *f32 = f32_kernels_for(isa);
  if (!f32) return NULL;
#if defined(__x86_64__)
  if (strcmp(f32->name, "avx512") == 0)
    return __builtin_cpu_supports("avx512vnni") ? &u8s8_kernels_avx512 : &u8s8_kernels_avx2;
  if (strcmp(f32->name, "avx2") == 0) return &u8s8_kernels_avx2;
#elif defined(__aarch64__)
  if (strcmp(f32->name, "neon") == 0)
    return has_dotprod() ? &u8s8_kernels_neon_dotprod : &u8s8_kernels_neon;
#endif
  return &u8s8_kernels_portable;
}

const struct s8u8_sparse_kernels *s8u8_sparse_kernels_for(const char *isa) {
#if defined(__x86_64__)
  const struct f32_kernels *f32 = f32_kernels_for(isa);
  if (f32 && strcmp(f32->name, "avx512") == 0 && __builtin_cpu_supports("avx512vnni") &&
      __builtin_cpu_supports("avx512vbmi2"))
    return &s8u8_sparse_kernels_avx512;
#else
  (void)isa;
#endif
  return NULL;
}
