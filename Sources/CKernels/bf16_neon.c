// bfloat16 kernels for the NEON that every 64-bit ARM processor has: widened as for AVX2, in tiles
// of 8 rows by two vectors.
#if defined(__aarch64__)
#define ISA neon
#define LANES 4
#define TILE_ROWS 8
#define PANEL_WIDTH 8
#include "bf16_kernels.inc"

#else
typedef int bf16_neon_is_for_aarch64;
#endif
