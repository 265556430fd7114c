// The tables of kernels from which dispatch.c chooses. Each is defined in its own file.
#ifndef F32_KERNELS_H
#define F32_KERNELS_H

#include "CKernels.h"

extern const struct f32_kernels f32_kernels_portable;
#if defined(__x86_64__)
extern const struct f32_kernels f32_kernels_avx2;
extern const struct f32_kernels f32_kernels_avx512;
#elif defined(__aarch64__)
extern const struct f32_kernels f32_kernels_neon;
#endif

#endif
