// SIMD microkernels in float32. They allocate no memory and keep no state. Layers, tiling and
// threads are the work of the Swift module Kernels, the only one that imports this one.
//
// Feature maps are [height][width][channels], channels contiguous. Sizes and strides count floats.
// Buffers need no alignment, and an output must not overlap an input unless a comment allows it.
//
// A kernel reads and writes nothing outside the sizes that are given here, unless a comment says
// how many values past the end it accesses. A NaN that a kernel reads makes every sum NaN that it
// is a part of, and ReLU keeps a NaN, unless a comment says something else.
#ifndef CKERNELS_H
#define CKERNELS_H

#include <stddef.h>
#include <stdint.h>

#include "bf16_kernels.h"
#include "f32_backward_kernels.h"
#include "kernel_sizes.h"
#include "search_kernels.h"
#include "u8s8_kernels.h"

// One tile of a matrix product: C[rows][columns] = A * B (+ bias, ReLU).
//
// A's row r starts at a + r * a_row_stride. Its K = outer * inner * run values are not contiguous:
// they are `outer` groups of `inner` runs, and a run is `run` contiguous values. With this, a
// convolution can read its windows directly from the feature map: a group is a row of the window,
// and a run is a contiguous part of that row.
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
  size_t columns;            // 1 to the kernel's panel width; only these columns of C are written
  const float *column_bias;  // [panel width], or NULL
  const float *row_bias;     // [rows], or NULL
  int accumulate;            // start from the values in C and ignore the biases
  int relu;
  const float *next;  // `rows` rows of `run` values to prefetch into the cache, or NULL
  ptrdiff_t next_stride;
};

// Max pooling of one output row, [output_columns][channels].
//
// A NaN in a window hides all values before it, in reading order. The result is NaN only if the
// last value of the window is NaN.
struct f32_max_pool {
  const float *input;  // the first window's first value
  ptrdiff_t input_row_stride;
  size_t channels;
  size_t window_rows;     // rows of the window that are inside the map
  size_t window_columns;  // columns of a whole window
  size_t stride;
  size_t output_columns;
  size_t last_window_columns;  // columns of the last window that are inside the map
  float *output;
};

// Local response normalisation of `pixels` consecutive pixels across channels:
// output = input * (k + alpha * sum of squares over `size` neighbouring channels) ^ -beta.
struct f32_lrn {
  const float *input;  // [pixels][channels]
  float *output;       // [pixels][channels]; may be `input`
  size_t pixels;
  size_t channels;
  size_t size;  // odd
  float alpha;  // already divided by the size if the network's definition divides it
  float beta;
  float k;
  float *scratch;  // [f32_lrn_scratch_size], which does not depend on the number of pixels
};

// Dot products of consecutive matrix rows with one vector: output[r] = bias[r] + w[r] . x.
struct f32_dot {
  const float *weights;  // [rows][row_stride]
  ptrdiff_t row_stride;
  size_t rows;
  size_t length;
  const float *x;     // [length]
  const float *bias;  // [rows], or NULL
  float *output;      // [rows]
  int relu;
};

// The transform of weights in Winograd's algorithm F(4x4, window x window), for a window of 3 or 5
// (Lavin and Gray 2016). It gives n * n points, n = window + 3, and one panel for each point.
// Columns of a panel past the last output are 0.
struct f32_winograd_weights {
  const float *weights;     // windows of window x window values
  ptrdiff_t output_stride;  // from an output's windows to the next one's
  ptrdiff_t depth_stride;   // from an input channel's window to the next one's
  int turned;               // read each window from its last value to its first
  size_t outputs;           // at most the panel width
  size_t depth;
  float *panel;            // [n * n] panels [depth][panel width]
  ptrdiff_t point_stride;  // from one panel to the next
};

// The transform of one input tile of n x n pixels into n * n points.
struct f32_winograd_input {
  const float *input;
  const ptrdiff_t *rows;     // [n]: the position of each row of the tile, relative to `input`
  const ptrdiff_t *columns;  // [n]: the position of each column, relative to its row
  size_t channels;           // a multiple of 16
  float *points;             // [n * n] points, in panels of as many channels as a panel is wide
  ptrdiff_t point_stride;
  ptrdiff_t panel_stride;  // the panel width where a point's channels are to lie side by side
};

// The transform of n * n points into an output tile of 4 x 4 pixels, with bias and ReLU.
struct f32_winograd_output {
  const float *points;  // [n * n] points, `channels` values each
  ptrdiff_t point_stride;
  size_t channels;    // a multiple of 16
  const float *bias;  // [channels]
  int relu;
  float *output;
  const ptrdiff_t *rows;     // [4], relative to `output`; a negative row is not written
  const ptrdiff_t *columns;  // [4], relative to the row; a negative column is not written
};

// The product of some columns of a sparse matrix and a vector, or sixteen vectors, added to `y`.
// The Swift type SparseMatrix describes how the matrix is stored.
struct f32_sparse {
  const uint8_t *masks;         // [columns][mask_stride]: one bit for each row
  size_t mask_stride;           // in bytes, a multiple of 8
  const uint8_t *codes;         // the codes of the bits that are set, two in a byte
  const uint32_t *code_starts;  // [columns + 1]: the position of each column's first byte of codes
  const uint16_t *rows;         // from sparse_list_rows, for kernels that read it
  const float *codebook;        // [16]
  const uint32_t *columns;      // [count]: the indices of the columns to multiply
  size_t count;
  const float *x;  // [columns], or [columns][16] for sixteen vectors
  float *y;        // [8 * mask_stride], or [8 * mask_stride][16]
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
  size_t sparse_rows;  // 1 if these two kernels read `rows`, 0 if they read `masks`
  // Measures the peak speed: does `peak_multiply_adds` independent multiply-adds in each round, and
  // returns the total number, which is exact up to 2^24 rounds.
  uint64_t (*peak)(uint64_t rounds);
  uint64_t peak_multiply_adds;
  // Measures the speed of reading memory: returns the sum of the values.
  float (*read)(const float *values, size_t count);
};

// The kernels of the instruction set `isa` (portable, avx2, avx512 or neon); NULL if this build or
// this processor does not have them. If `isa` is NULL, the best ones of this processor.
const struct f32_kernels *f32_kernels_for(const char *isa);

// Packs weights [outputs][depth][kernel area] (OIHW of one group) into panels
// [ceil(outputs / width)][kernel area][depth][width]. Columns past the last output are 0.
void f32_pack_panels(const float *weights, size_t outputs, size_t depth, size_t area, size_t width,
                     float *panels);

// Lists the rows of the bits that are set in a sparse matrix, column by column. The list of a
// column begins at rows[2 * code_starts[column]], because a byte has two codes. A column with an
// odd number of rows has SPARSE_NO_ROW after the last one. `rows` has sparse_rows_size values.
#define SPARSE_NO_ROW 0xFFFF
void sparse_list_rows(const uint8_t *masks, size_t mask_stride, size_t columns,
                      const uint32_t *code_starts, uint16_t *rows);

// Writes the positions of the values that are not 0, and returns how many there are. NaN counts as
// not
// 0. `positions` has room for `count` positions.
size_t f32_nonzero(const float *x, size_t count, uint32_t *positions);

#endif
