// float32 kernels for NEON, which every 64-bit ARM processor has: tiles of 14 rows by two 4-float
// vectors, 28 of the 32 registers.
#if defined(__aarch64__)
#include "f32_kernels.h"

#define ISA neon
#define LANES 4
#define TILE_ROWS 14
#include "f32_kernels.inc"

#else
typedef int f32_neon_is_for_aarch64;
#endif
