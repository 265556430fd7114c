// Finds the training kernels of an instruction set. Which ones this processor has is decided by
// f32_kernels_for alone.
#include <string.h>

#include "f32_backward.h"

const struct f32_backward_kernels *f32_backward_kernels_for(const char *isa) {
  static const struct f32_backward_kernels *const all[] = {
#if defined(__x86_64__)
      &f32_backward_kernels_avx512,
      &f32_backward_kernels_avx2,
#elif defined(__aarch64__)
      &f32_backward_kernels_neon,
#endif
      &f32_backward_kernels_portable,
  };
  const struct f32_kernels *found = f32_kernels_for(isa);
  for (size_t i = 0; found && i < sizeof all / sizeof *all; i++)
    if (strcmp(all[i]->name, found->name) == 0) return all[i];
  return NULL;
}
