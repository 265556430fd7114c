// bfloat16 kernels for any processor, over 4-float vectors.
#define ISA portable
#define LANES 4
#define TILE_ROWS 4
#define PANEL_WIDTH 8
#include "bf16_kernels.inc"
