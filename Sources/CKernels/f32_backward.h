// The tables of kernels from which f32_backward_dispatch.c chooses. Each is defined in its own
// file.
#ifndef F32_BACKWARD_H
#define F32_BACKWARD_H

#include "CKernels.h"

extern const struct f32_backward_kernels f32_backward_kernels_portable;
#if defined(__x86_64__)
extern const struct f32_backward_kernels f32_backward_kernels_avx2;
extern const struct f32_backward_kernels f32_backward_kernels_avx512;
#elif defined(__aarch64__)
extern const struct f32_backward_kernels f32_backward_kernels_neon;
#endif

#endif
