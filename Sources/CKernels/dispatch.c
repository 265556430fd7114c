// Finds the kernels of an instruction set. CProcessor decides which instruction sets the processor
// has.
#include <string.h>

#include "CKernels.h"
#include "CProcessor.h"
#include "f32_kernels.h"
#include "search_kernels_common.h"

extern const struct u8s8_kernels u8s8_kernels_portable;
extern const struct bf16_kernels bf16_kernels_portable;
#if defined(__x86_64__)
extern const struct u8s8_kernels u8s8_kernels_avx2;
extern const struct u8s8_kernels u8s8_kernels_avx512;
extern const struct s8u8_sparse_kernels s8u8_sparse_kernels_avx512;
extern const struct bf16_kernels bf16_kernels_avx2;
extern const struct bf16_kernels bf16_kernels_avx512;
#elif defined(__aarch64__)
extern const struct u8s8_kernels u8s8_kernels_neon;
extern const struct u8s8_kernels u8s8_kernels_neon_dotprod;
extern const struct bf16_kernels bf16_kernels_neon;
#endif

// The name of the instruction set to use: `isa`, or the best one of the processor if `isa` is NULL.
// The result is NULL if the processor does not have it.
static const char *resolved(const char *isa) {
  if (isa) return processor_has(isa) ? isa : NULL;
  return processor_has("avx512") ? "avx512"
         : processor_has("avx2") ? "avx2"
         : processor_has("neon") ? "neon"
                                 : "portable";
}

const struct f32_kernels *f32_kernels_for(const char *isa) {
  const char *name = resolved(isa);
  if (!name) return NULL;
#if defined(__x86_64__)
  if (strcmp(name, "avx512") == 0) return &f32_kernels_avx512;
  if (strcmp(name, "avx2") == 0) return &f32_kernels_avx2;
#elif defined(__aarch64__)
  if (strcmp(name, "neon") == 0) return &f32_kernels_neon;
#endif
  return &f32_kernels_portable;
}

const struct u8s8_kernels *u8s8_kernels_for(const char *isa) {
  const char *name = resolved(isa);
  if (!name) return NULL;
#if defined(__x86_64__)
  if (strcmp(name, "avx512") == 0)
    return processor_features().avx512_vnni ? &u8s8_kernels_avx512 : &u8s8_kernels_avx2;
  if (strcmp(name, "avx2") == 0) return &u8s8_kernels_avx2;
#elif defined(__aarch64__)
  if (strcmp(name, "neon") == 0)
    return processor_features().neon_dotprod ? &u8s8_kernels_neon_dotprod : &u8s8_kernels_neon;
#endif
  return &u8s8_kernels_portable;
}

const struct s8u8_sparse_kernels *s8u8_sparse_kernels_for(const char *isa) {
  const char *name = resolved(isa);
#if defined(__x86_64__)
  const struct processor_features f = processor_features();
  if (name && strcmp(name, "avx512") == 0 && f.avx512_vnni && f.avx512_vbmi2)
    return &s8u8_sparse_kernels_avx512;
#else
  (void)name;
#endif
  return NULL;
}

const struct bf16_kernels *bf16_kernels_for(const char *isa) {
  const char *name = resolved(isa);
  if (!name) return NULL;
#if defined(__x86_64__)
  if (strcmp(name, "avx512") == 0)
    return processor_features().avx512_bf16 ? &bf16_kernels_avx512 : &bf16_kernels_avx2;
  if (strcmp(name, "avx2") == 0) return &bf16_kernels_avx2;
#elif defined(__aarch64__)
  if (strcmp(name, "neon") == 0) return &bf16_kernels_neon;
#endif
  return &bf16_kernels_portable;
}

const struct search_kernels *search_kernels_for(const char *isa) {
  const char *name = resolved(isa);
  if (!name) return NULL;
#if defined(__x86_64__)
  if (strcmp(name, "avx512") == 0)
    return processor_features().avx512_vnni ? &search_kernels_avx512 : &search_kernels_avx2;
  if (strcmp(name, "avx2") == 0) return &search_kernels_avx2;
#elif defined(__aarch64__)
  if (strcmp(name, "neon") == 0)
    return processor_features().neon_dotprod ? &search_kernels_neon_dotprod : &search_kernels_neon;
#endif
  return &search_kernels_portable;
}
