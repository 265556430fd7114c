// float32 training kernels for AVX2 with FMA: tiles of 6 rows by two 8-float vectors.
#if defined(__x86_64__)
#include "f32_backward.h"

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define ISA avx2
#define LANES 8
#define TILE_ROWS 6
#define PANEL_WIDTH 16
#include "f32_backward.inc"
#pragma clang attribute pop

#else
typedef int f32_backward_avx2_is_for_x86_64;
#endif
