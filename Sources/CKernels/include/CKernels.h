// SIMD microkernels. They own no memory, keep no state and know nothing of layers: packing, tiling,
// threading and planning are Swift's (module Kernels, the only one that imports this).
//
// Feature maps are [height][width][channels], channels contiguous; sizes and strides count floats.
#ifndef CKERNELS_H
#define CKERNELS_H

#include <stddef.h>
#include <stdint.h>

#include "bf16_kernels.h"
#include "f32_backward_kernels.h"
#include "kernel_sizes.h"
#include "u8s8_kernels.h"

// One tile of a matrix product: C[rows][columns] = A * B (+ bias, ReLU).
//
// A's row r starts at a + r * a_row_stride. Its K values come in runs: `outer` groups of `inner`
// runs of `run` values, so that a convolution reads its windows where they lie: a group is a kernel
// row, a run is the part of that row whose values are contiguous.
// B is a packed panel [K][panel width of the kernel].
struct f32_gemm {
  const float *a;
  ptrdiff_t a_row_stride;
  size_t outer;
  ptrdiff_t a_outer_stride;
  size_t inner;
  ptrdiff_t a_inner_stride;
  size_t run;
  const float *b;
  float *c;
  ptrdiff_t c_row_stride;
  size_t rows;               // 1 to the kernel's tile rows
  size_t columns;            // 1 to the kernel's panel width: what of C is written
  const float *column_bias;  // [panel width], or NULL
  const float *row_bias;     // [rows], or NULL
  int accumulate;            // add to what C holds, instead of starting from the bias
  int relu;
  const float *next;  // as many rows of `run` values to fetch into the cache meanwhile, or NULL
  ptrdiff_t next_stride;
};

// Maximum over windows of one output row.
struct f32_max_pool {
  const float *input;  // the first window's first value
  ptrdiff_t input_row_stride;
  size_t channels;
  size_t window_rows;     // rows of the window that lie inside the map
  size_t window_columns;  // columns of a whole window
  size_t stride;
  size_t output_columns;
  size_t last_window_columns;  // columns of the last window that lie inside the map
  float *output;
};

// Local response normalisation of `pixels` consecutive pixels across channels:
// output = input * (k + alpha * sum of squares over `size` neighbouring channels) ^ -beta.
struct f32_lrn {
  const float *input;
  float *output;
  size_t pixels;
  size_t channels;
  size_t size;  // odd
  float alpha;  // already divided by the size where the definition says so
  float beta;
  float k;
  float *scratch;  // [f32_lrn_scratch_size], the size for any number of pixels
};

// Dot products of consecutive matrix rows with one vector: output[r] = bias[r] + w[r] . x.
struct f32_dot {
  const float *weights;  // [rows][row_stride]
  ptrdiff_t row_stride;
  size_t rows;
  size_t length;
  const float *x;
  const float *bias;
  float *output;
  int relu;
};

// Winograd's transform of weights to the n * n points of F(4x4, window x window), n = window + 3,
// window 3 or 5: one panel a point, zero-filled past the last output.
struct f32_winograd_weights {
  const float *weights;  // [outputs][depth][window][window]
  size_t outputs;        // at most the panel width
  size_t depth;
  float *panel;  // [n * n] panels [depth][panel width]
  ptrdiff_t point_stride;
};

// Winograd's transform of one input tile, n x n pixels, into n * n points (Lavin and Gray 2016).
struct f32_winograd_input {
  const float *input;
  const ptrdiff_t *rows;     // [n]: where each row of the tile lies, relative to `input`
  const ptrdiff_t *columns;  // [n]: where each column lies, relative to its row
  size_t channels;           // a multiple of 16
  float *points;             // [n * n] points, `channels` values each
  ptrdiff_t point_stride;
};

// The way back: n * n points into 4 x 4 pixels, with bias and ReLU.
struct f32_winograd_output {
  const float *points;
  ptrdiff_t point_stride;
  size_t channels;  // a multiple of 16
  const float *bias;
  int relu;
  float *output;
  const ptrdiff_t *rows;     // [4], relative to `output`; negative: not wanted
  const ptrdiff_t *columns;  // [4], relative to the row; negative: not wanted
};

// Columns of a sparse matrix, as SparseMatrix stores it, times the values of a vector.
struct f32_sparse {
  const uint8_t *masks;  // [columns][mask_stride]: a bit a row, 8 bytes at a time
  size_t mask_stride;
  const uint8_t *codes;         // of the set rows, column by column: two a byte
  const uint32_t *code_starts;  // [columns + 1]: where each column's codes start
  const uint16_t *rows;         // of the set bits, for kernels that read them: see sparse_list_rows
  const float *codebook;        // [16]
  const uint32_t *columns;      // [count]: those to multiply
  size_t count;
  const float *x;  // [columns]; for sixteen vectors [columns][16]
  float *y;        // [8 * mask_stride], or [8 * mask_stride][16]: what the products are added to
  float *scratch;  // [f32_sparse_scratch_size]
};

// The kernels of one instruction set.
struct f32_kernels {
  const char *name;
  size_t tile_rows;
  size_t panel_width;
  void (*gemm)(const struct f32_gemm *);
  void (*max_pool)(const struct f32_max_pool *);
  void (*lrn)(const struct f32_lrn *);
  void (*dot)(const struct f32_dot *);
  // Tiles of 6 x 6 for windows of 3 x 3, and of 8 x 8 for windows of 5 x 5.
  void (*winograd_weights_6)(const struct f32_winograd_weights *);
  void (*winograd_weights_8)(const struct f32_winograd_weights *);
  void (*winograd_input_6)(const struct f32_winograd_input *);
  void (*winograd_input_8)(const struct f32_winograd_input *);
  void (*winograd_output_6)(const struct f32_winograd_output *);
  void (*winograd_output_8)(const struct f32_winograd_output *);
  void (*sparse)(const struct f32_sparse *);
  void (*sparse_x16)(const struct f32_sparse *);
  size_t sparse_rows;  // whether these two read `rows`; else they read `masks`
  // Does `peak_multiply_adds` of them in each round, as fast as the processor can, and returns how
  // many it did in all (exact up to 2^24 rounds).
  uint64_t (*peak)(uint64_t rounds);
  uint64_t peak_multiply_adds;
  // Reads values, and does nothing but add them up.
  float (*read)(const float *values, size_t count);
};

// The kernels named `isa` (portable, avx2, avx512, neon), or NULL when this build or this processor
// does not have them. NULL asks for the best there are.
const struct f32_kernels *f32_kernels_for(const char *isa);

// Packs weights [outputs][depth][kernel area] (OIHW of one group) as panels
// [ceil(outputs / width)][kernel area][depth][width], zero-filled past the last output.
void f32_pack_panels(const float *weights, size_t outputs, size_t depth, size_t area, size_t width,
                     float *panels);

// Lists the rows of a sparse matrix's set bits, column by column. The list of a column begins at
// rows[2 * code_starts[column]], since a byte holds two codes. A column with an odd number of rows
// has SPARSE_NO_ROW behind the last one. `rows` has sparse_rows_size values.
#define SPARSE_NO_ROW 0xFFFF
void sparse_list_rows(const uint8_t *masks, size_t mask_stride, size_t columns,
                      const uint32_t *code_starts, uint16_t *rows);

// Writes the positions of the values that are not 0, and returns how many there are. A NaN is not
// 0. `positions` has room for `count` of them.
size_t f32_nonzero(const float *x, size_t count, uint32_t *positions);

#endif
