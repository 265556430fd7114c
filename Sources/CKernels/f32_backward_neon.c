// float32 training kernels for NEON: tiles of 12 rows by two 4-float vectors.
#if defined(__aarch64__)
#include "f32_backward.h"

#define ISA neon
#define LANES 4
#define TILE_ROWS 12
#define PANEL_WIDTH 8
#include "f32_backward.inc"

#else
typedef int f32_backward_neon_is_for_aarch64;
#endif
