// float32 kernels for any processor. The compiler maps the 4-float vectors to the vectors that the
// processor has.
#include "f32_kernels.h"

#define ISA portable
#define LANES 4
#define TILE_ROWS 4
#define PANEL_WIDTH 8
#include "f32_kernels.inc"
