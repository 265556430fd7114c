// Chooses the instruction set, in this one place.
#include <string.h>

#include "f32_kernels.h"

// Best first; each row only where the processor has it.
static const struct f32_kernels *available(size_t index) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  const int avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
                     __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq");
  const int avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  const struct f32_kernels *const all[] = {avx512 ? &f32_kernels_avx512 : NULL,
                                           avx2 ? &f32_kernels_avx2 : NULL, &f32_kernels_portable};
#elif defined(__aarch64__)
  const struct f32_kernels *const all[] = {&f32_kernels_neon, &f32_kernels_portable};
#else
  const struct f32_kernels *const all[] = {&f32_kernels_portable};
#endif
  size_t seen = 0;
  for (size_t i = 0; i < sizeof all / sizeof *all; i++)
    if (all[i] && seen++ == index) return all[i];
  return NULL;
}

const struct f32_kernels *f32_kernels_for(const char *isa) {
  for (size_t i = 0; available(i); i++)
    if (!isa || strcmp(available(i)->name, isa) == 0) return available(i);
  return NULL;
}
