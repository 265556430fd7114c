// float32 training kernels for any processor: 4-float vectors, which the compiler maps to what
// there is.
#include "f32_backward.h"

#define ISA portable
#define LANES 4
#define TILE_ROWS 4
#define PANEL_WIDTH 8
#include "f32_backward.inc"
