// float32 kernels for AVX2 with FMA: tiles of 6 rows by two 8-float vectors, 12 of the 16
// registers.
#if defined(__x86_64__)
#include "f32_kernels.h"

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define ISA avx2
#define LANES 8
#define TILE_ROWS 6
#define PANEL_WIDTH 16
#include "f32_kernels.inc"
#pragma clang attribute pop

#else
typedef int f32_avx2_is_for_x86_64;
#endif
