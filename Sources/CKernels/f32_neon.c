// float32 kernels for NEON, which every 64-bit ARM processor has: tiles of 12 rows by two 4-float
// vectors, 24 of the 32 registers. (With 14 rows the compiler keeps one of the sums in memory.)
#if defined(__aarch64__)
#include "f32_kernels.h"

#define ISA neon
#define LANES 4
#define TILE_ROWS 12
#define PANEL_WIDTH 8
#include "f32_kernels.inc"

#else
typedef int f32_neon_is_for_aarch64;
#endif
