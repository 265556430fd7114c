// float32 training kernels for AVX-512: tiles of 14 rows by two 16-float vectors.
#if defined(__x86_64__)
#include "f32_backward.h"

#pragma clang attribute push(__attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,fma"))), \
                             apply_to = function)
#define ISA avx512
#define LANES 16
#define TILE_ROWS 14
#define PANEL_WIDTH 32
#include "f32_backward.inc"
#pragma clang attribute pop

#else
typedef int f32_backward_avx512_is_for_x86_64;
#endif
