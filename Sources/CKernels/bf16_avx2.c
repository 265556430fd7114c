// bfloat16 kernels for AVX2 with FMA: pairs are widened to two vectors by a shift and a mask. Tiles
// of 4 rows by two vectors leave registers for the widened halves.
#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define ISA avx2
#define LANES 8
#define TILE_ROWS 4
#define PANEL_WIDTH 16
#include "bf16_kernels.inc"
#pragma clang attribute pop

#else
typedef int bf16_avx2_is_for_x86_64;
#endif
