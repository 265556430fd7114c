// Kernels for 8-bit networks: activations uint8 (never negative after ReLU), weights int8, sums
// int32. Sizes and strides count bytes unless they say otherwise. The same rules hold as in
// CKernels.h.
#ifndef U8S8_KERNELS_H
#define U8S8_KERNELS_H

#include <stddef.h>
#include <stdint.h>

// One tile of a convolution: C = clamp(round(A * B * scale + bias), 0, 255).
//
// A and its runs are those of f32_gemm. A run is a number of groups of four values; where a
// window's row is no multiple of four, B holds zeros and up to three bytes past the run are read.
struct u8s8_convolution {
  const uint8_t *a;
  ptrdiff_t a_row_stride;
  size_t outer;
  ptrdiff_t a_outer_stride;
  size_t inner;
  ptrdiff_t a_inner_stride;
  size_t run;          // groups of four values
  const int8_t *b;     // panel [groups][panel width][4]
  const float *scale;  // [panel width]
  const float *bias;   // [panel width]
  uint8_t *c;
  ptrdiff_t c_row_stride;
  size_t rows;     // 1 to the kernel's tile rows
  size_t columns;  // 1 to the panel width
};

// One tile of a fully connected layer for a block of images: C[row][image] = A * B * scale + bias.
struct s8u8_product {
  const int8_t *a;  // weights [rows][a_row_stride]
  ptrdiff_t a_row_stride;
  size_t groups;       // of four values
  const uint8_t *b;    // activations [groups][panel width][4]
  const float *scale;  // [rows]
  const float *bias;   // [rows]
  int relu;
  float *c;
  ptrdiff_t c_row_stride;  // in floats
  size_t rows;
  const int8_t *next;  // weights to fetch into the cache meanwhile
  size_t next_size;    // may be 0
};

// Dot products of consecutive rows with one vector: output[r] = (w[r] . x) * scale[r] + bias[r].
struct s8u8_dot {
  const int8_t *weights;  // [rows][length]
  size_t rows;
  size_t length;
  const uint8_t *x;
  const float *scale;
  const float *bias;
  int relu;
  float *output;
};

// As f32_max_pool.
struct u8_max_pool {
  const uint8_t *input;
  ptrdiff_t input_row_stride;
  size_t channels;
  size_t window_rows;
  size_t window_columns;
  size_t stride;
  size_t output_columns;
  size_t last_window_columns;
  uint8_t *output;
};

// As f32_lrn, for bytes: output = round(input * ratio * (k + alpha * sum of squares) ^ -beta). Each
// square is rounded to the smallest power of two that lets their sum fit 16 bits: to 8 for five of
// them.
struct u8_lrn {
  const uint8_t *input;
  uint8_t *output;
  size_t pixels;
  size_t channels;
  size_t size;  // odd, at most 511: the sums of more squares do not fit 16 bits
  float alpha;  // of squares of bytes
  float beta;
  float k;
  float ratio;        // what a byte of the input is worth, over what one of the output is
  uint16_t *scratch;  // [u8_lrn_scratch_size]
};

// bytes[i] = clamp(round(values[i] * factors[i] + offsets[i]), 0, 255).
struct u8_quantization {
  const float *values;
  const float *factors;
  const float *offsets;
  uint8_t *bytes;
  size_t count;
};

// Bytes worth `scale` each, of values that are not negative.
struct u8_conversion {
  const float *values;
  uint8_t *bytes;
  size_t count;
  float scale;
};

// Bytes for s8u8_product: values [length][value_stride], of which `width` columns become
// bytes [length / 4][width][4].
struct u8_panel {
  const float *values;
  ptrdiff_t value_stride;
  size_t length;  // a multiple of 4
  size_t width;
  float scale;
  uint8_t *bytes;
};

// Winograd's F(2x2, 3x3) (Winograd 1980; Lavin and Gray 2016): a tile of 2 x 2 outputs from 16
// products of differences and sums of inputs, where the direct way takes 36. A window of five is
// one of three and one of two along each side: 49 products for 100.
//
// Along a side, with d[0] to d[window] the inputs of two outputs, and g the window's weights, the
// products stand in four groups:
//   0: (d1 + d2) (g0 + g1 + g2) / 2, and d4 (g3 + g4)
//   1: (d2 - d1) (g0 - g1 + g2) / 2
//   2: (d0 - d2) g0, and (d3 - d4) g3
//   3: (d1 - d3) g2, and (d4 - d5) g4
// The outputs are the sums of groups 0 + 1 + 2 and 0 - 1 - 3. Both sides together have groups
// (down, across) in the order of `4 * down + across`, each with its products in the same order.
//
// A point is the sum or difference of inputs that one product takes. It is stored as a byte, in a
// step (quantisation scale) of its own for each product and channel. Points that only add inputs
// are never negative and are stored as they are; all others have 128 added.
#define U8S8_WINOGRAD_GROUPS 16

// The place of product `down`, `across` (each in the order above, from 0) among all.
static inline size_t u8s8_winograd_place(size_t window, size_t down, size_t across) {
  static const uint8_t starts[] = {0, 0, 2, 3, 3, 5, 5}, counts[] = {2, 2, 1, 2, 2, 2, 2};
  if (window == 3) return 4 * down + across;
  return starts[down] * 7u + counts[down] * starts[across] +
         (down - starts[down]) * counts[across] + (across - starts[across]);
}

// Whether a product's inputs are added along one side; else they are subtracted.
static inline int u8s8_winograd_adds(size_t window, size_t product) {
  return window == 3 ? product == 0 : product < 2;
}

// A row of tiles into points [products][tiles][channels].
struct u8_winograd_input {
  const uint8_t *input;  // [rows][columns][channels], from the first tile's d[0][0] on
  ptrdiff_t row_stride;
  size_t rows;     // what may be read: at least `window`
  size_t columns;  // at least 2 * tiles + window - 2
  size_t channels;
  size_t tiles;
  size_t window;           // 3 or 5
  const int16_t *factors;  // [products][channels]: 2^15 over the steps
  uint8_t *points;
  ptrdiff_t point_stride;
};

// Winograd's products of the weights of up to a panel's width of filters.
struct u8s8_winograd_weights {
  const int8_t *weights;  // [outputs][depth][window][window]
  size_t outputs;
  size_t depth;  // a multiple of 4
  size_t window;
  const float *steps;  // [products][depth] of the points, in steps of the input
  const float
      *means;  // [depth] of the input, in its steps: what rounding weights adds up to is taken back
  int8_t *panel;  // [products][depth / 4][panel width][4], zeros at first
  float
      *scales;  // [groups][panel width]: what a product is worth, in steps of weights times inputs
  float *corrections;  // [4 outputs][panel width], in the same: to be added to each output
  float *scratch;      // [u8s8_winograd_scratch_size]
};

// Tiles times a panel of filters.
struct u8s8_winograd {
  const uint8_t *a;  // the first tile's values of the first product
  ptrdiff_t a_tile_stride;
  ptrdiff_t a_point_stride;
  size_t window;
  size_t run;          // groups of four values
  const int8_t *b;     // a panel
  const float *scale;  // [groups][panel width]
  const float *bias;   // [4 outputs of a tile][panel width]
  uint8_t *c;
  const ptrdiff_t *offsets;  // [rows][4]: where a tile's outputs go; negative: not wanted
  size_t rows;               // tiles: 1 to the kernel's Winograd rows
  size_t columns;
};

// Columns of a sparse matrix times the bytes of a vector, as f32_sparse.
struct s8u8_sparse {
  const uint8_t *masks;  // [columns][mask_stride]
  size_t mask_stride;
  const uint8_t *codes;
  const uint32_t *code_starts;
  const int8_t *codebook;   // [16]
  const uint32_t *columns;  // [count]
  size_t count;
  const uint8_t *x;
  // [8 * mask_stride]: what the products are added to. Each 64 sums are in an order of the kernel's
  // own, which s8u8_sparse_kernels.sums puts right.
  int32_t *sums;
  int8_t *scratch;  // [s8u8_sparse_scratch_size]
};

// What becomes of such sums: output[r] = (sum over the parts) * scale + bias[r].
struct s8u8_sparse_sums {
  const int32_t *sums;  // [parts][part_stride]
  size_t parts;
  size_t part_stride;  // in sums
  size_t rows;
  float scale;
  const float *bias;
  int relu;
  float *output;
};

struct s8u8_sparse_kernels {
  const char *name;
  // Writes the positions of what is not 0, and returns how many there are. `positions` has
  // u8_nonzero_size values.
  size_t (*nonzero)(const uint8_t *x, size_t count, uint32_t *positions);
  void (*sparse)(const struct s8u8_sparse *);
  void (*sums)(const struct s8u8_sparse_sums *);
};

// NULL where nothing is faster than f32_sparse.
const struct s8u8_sparse_kernels *s8u8_sparse_kernels_for(const char *isa);

struct u8s8_kernels {
  const char *name;
  size_t tile_rows;
  size_t winograd_rows;
  size_t panel_width;
  void (*convolution)(const struct u8s8_convolution *);
  void (*winograd)(const struct u8s8_winograd *);
  void (*product)(const struct s8u8_product *);
  void (*dot)(const struct s8u8_dot *);
  void (*max_pool)(const struct u8_max_pool *);
  void (*lrn)(const struct u8_lrn *);
  void (*winograd_input)(const struct u8_winograd_input *);
  void (*winograd_weights)(const struct u8s8_winograd_weights *);
  void (*quantize)(const struct u8_quantization *);
  void (*to_bytes)(const struct u8_conversion *);
  void (*to_panel)(const struct u8_panel *);
  // As in f32_kernels, of 8-bit values (exact up to 10 000 rounds).
  uint64_t (*peak)(uint64_t rounds);
  uint64_t peak_multiply_adds;
};

// As f32_kernels_for, with the same names in `isa`. An instruction set without 8-bit kernels of its
// own gets those of the best instruction set that it includes.
const struct u8s8_kernels *u8s8_kernels_for(const char *isa);

// Packs weights [outputs][depth][window rows][window columns] as panels
// [ceil(outputs / width)][window rows][runs][groups of a run][width][4]: one run a window row, its
// values ordered column, depth, where `depth_runs` is 0; else one run of `depth` values a column.
void u8s8_pack_panels(const int8_t *weights, size_t outputs, size_t depth, size_t window,
                      size_t width, int depth_runs, int8_t *panels);

#endif
