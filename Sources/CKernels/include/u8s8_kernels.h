// Kernels for 8-bit networks. Activations are uint8, because they are never negative after ReLU.
// Weights are int8, and sums are int32. Sizes and strides count bytes unless a comment says
// something else. The rules at the head of CKernels.h hold here, too, but all floats must be
// finite: with a NaN, the bytes are undefined.
#ifndef U8S8_KERNELS_H
#define U8S8_KERNELS_H

#include <stddef.h>
#include <stdint.h>

// One tile of a convolution: C = clamp(round(A * B * scale + bias), 0, 255).
//
// A and its runs are as in f32_gemm, but a run consists of groups of four values. If the number of
// values in a row of the window is not a multiple of four, up to three bytes past the run are read,
// and B has zeros for them.
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
// All columns of a panel are written.
struct s8u8_product {
  const int8_t *a;  // weights [rows][a_row_stride]
  ptrdiff_t a_row_stride;
  size_t groups;       // groups of four values in a row
  const uint8_t *b;    // activations [groups][panel width][4]
  const float *scale;  // [rows]
  const float *bias;   // [rows]
  int relu;
  float *c;
  ptrdiff_t c_row_stride;  // in floats
  size_t rows;             // 1 to the kernel's tile rows
  const int8_t *next;      // weights to prefetch into the cache
  size_t next_size;        // may be 0
};

// Dot products of consecutive rows with one vector: output[r] = (w[r] . x) * scale[r] + bias[r].
struct s8u8_dot {
  const int8_t *weights;  // [rows][length]
  size_t rows;
  size_t length;
  const uint8_t *x;    // [length]
  const float *scale;  // [rows]
  const float *bias;   // [rows]
  int relu;
  float *output;  // [rows]
};

// Like f32_max_pool, for bytes.
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

// Like f32_lrn, for bytes: output = round(input * ratio * (k + alpha * sum of squares) ^ -beta).
// The sums are computed in 16 bits. For that, each square is rounded to a multiple of the smallest
// power of two with which the sum fits. This is 8 if the size is 5.
struct u8_lrn {
  const uint8_t *input;  // [pixels][channels]
  uint8_t *output;       // [pixels][channels]
  size_t pixels;
  size_t channels;
  size_t size;  // odd, at most 511, because the sums of more squares do not fit 16 bits
  float alpha;  // for squares of bytes
  float beta;
  float k;
  float ratio;        // the scale of the input divided by the scale of the output
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

// bytes[i] = clamp(round(values[i] / scale), 0, 255).
struct u8_conversion {
  const float *values;
  uint8_t *bytes;
  size_t count;
  float scale;
};

// Converts values in the same way and writes a panel for s8u8_product: the first `width` columns of
// values [length][value_stride] become bytes [length / 4][width][4].
struct u8_panel {
  const float *values;
  ptrdiff_t value_stride;
  size_t length;  // a multiple of 4
  size_t width;
  float scale;
  uint8_t *bytes;
};

// Winograd's F(2x2, 3x3) (Winograd 1980; Lavin and Gray 2016) computes a tile of 2 x 2 outputs with
// 16 products of sums and differences of inputs, instead of 36 products of inputs. A window of five
// is split along each side into one of three and one of two, which needs 49 products instead of
// 100.
//
// Along one side, d[0] to d[window] are the inputs of two outputs, and g are the weights of the
// window. The products are in four groups:
//   0: (d1 + d2) (g0 + g1 + g2) / 2, and d4 (g3 + g4)
//   1: (d2 - d1) (g0 - g1 + g2) / 2
//   2: (d0 - d2) g0, and (d3 - d4) g3
//   3: (d1 - d3) g2, and (d4 - d5) g4
// The two outputs are the sums of the groups 0 + 1 + 2 and 0 - 1 - 3. For both sides together, a
// group is a pair (down, across). The groups are in the order of `4 * down + across`, and the
// products in a group are in the same order.
//
// A point is the sum or difference of inputs that is a factor of one product. It is stored as a
// byte. Its step (quantisation scale) depends on the product and the channel. Points that only add
// inputs are never negative. To all others, 128 is added.
#define U8S8_WINOGRAD_GROUPS 16

// The index of the product that is number `down` along the vertical side and number `across` along
// the horizontal side, counted from 0 in the order above.
static inline size_t u8s8_winograd_place(size_t window, size_t down, size_t across) {
  static const uint8_t starts[] = {0, 0, 2, 3, 3, 5, 5}, counts[] = {2, 2, 1, 2, 2, 2, 2};
  if (window == 3) return 4 * down + across;
  return starts[down] * 7u + counts[down] * starts[across] +
         (down - starts[down]) * counts[across] + (across - starts[across]);
}

// Whether the inputs of a product are added along one side. Otherwise, they are subtracted.
static inline int u8s8_winograd_adds(size_t window, size_t product) {
  return window == 3 ? product == 0 : product < 2;
}

// The transform of a row of tiles into points [products][tiles][channels].
struct u8_winograd_input {
  const uint8_t *input;  // [rows][columns][channels], beginning with d[0][0] of the first tile
  ptrdiff_t row_stride;
  size_t rows;     // rows that may be read, at least `window`
  size_t columns;  // columns that may be read, at least 2 * tiles + window - 2
  size_t channels;
  size_t tiles;
  size_t window;           // 3 or 5
  const int16_t *factors;  // [products][channels]: 2^15 divided by the step
  uint8_t *points;
  ptrdiff_t point_stride;
};

// The transform of the weights of filters, at most as many as a panel is wide.
struct u8s8_winograd_weights {
  const int8_t *weights;  // [outputs][depth][window][window]
  size_t outputs;
  size_t depth;  // a multiple of 4
  size_t window;
  // [products][depth]: the steps of the points, relative to the step of the input.
  const float *steps;
  // [depth]: the mean of each channel of the input, in steps of the input. With it, the corrections
  // undo the mean error that the rounding of the weights causes.
  const float *means;
  // [products][depth / 4][panel width][4]. It must be 0 before.
  int8_t *panel;
  // [groups][panel width]: the scale of the products, in steps of the weights times steps of the
  // input.
  float *scales;
  // [4 outputs][panel width], in the same unit: added to each output.
  float *corrections;
  float *scratch;  // [u8s8_winograd_scratch_size]
};

// The products of some tiles and one panel of filters, and their transform into outputs.
struct u8s8_winograd {
  const uint8_t *a;  // the points of the first tile for the first product
  ptrdiff_t a_tile_stride;
  ptrdiff_t a_point_stride;
  size_t window;
  size_t run;          // groups of four values
  const int8_t *b;     // the panel of u8s8_winograd_weights
  const float *scale;  // [groups][panel width]
  const float *bias;   // [4 outputs of a tile][panel width]
  uint8_t *c;
  const ptrdiff_t *offsets;  // [rows][4]: the positions of a tile's outputs; negative: not written
  size_t rows;               // tiles: 1 to the kernel's Winograd rows
  size_t columns;            // 1 to the panel width
};

// The product of some columns of a sparse matrix and a vector of bytes, like f32_sparse.
struct s8u8_sparse {
  const uint8_t *masks;  // [columns][mask_stride]
  size_t mask_stride;
  const uint8_t *codes;
  const uint32_t *code_starts;
  const int8_t *codebook;   // [16]
  const uint32_t *columns;  // [count]
  size_t count;
  const uint8_t *x;  // [columns]
  // [8 * mask_stride]: the products are added to it. Within every 64 sums, the order depends on the
  // kernel. s8u8_sparse_kernels.sums puts them in the order of the rows.
  int32_t *sums;
  int8_t *scratch;  // [s8u8_sparse_scratch_size]
};

// Computes the output from the sums of s8u8_sparse:
// output[r] = (sum over the parts) * scale + bias[r].
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
  // Writes the positions of the bytes that are not 0, and returns how many there are. `positions`
  // has u8_nonzero_size values.
  size_t (*nonzero)(const uint8_t *x, size_t count, uint32_t *positions);
  void (*sparse)(const struct s8u8_sparse *);
  void (*sums)(const struct s8u8_sparse_sums *);
};

// The kernels for sparse matrices and bytes; NULL for instruction sets on which they would not be
// faster than f32_sparse.
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
  // As in f32_kernels, with multiply-adds of 8-bit values. The number is exact up to 10 000 rounds.
  uint64_t (*peak)(uint64_t rounds);
  uint64_t peak_multiply_adds;
};

// Works like f32_kernels_for. If the processor lacks the 8-bit instructions of an instruction set,
// the result is the kernels of the best instruction set that it includes.
const struct u8s8_kernels *u8s8_kernels_for(const char *isa);

// Packs weights [outputs][depth][window rows][window columns] into panels
// [ceil(outputs / width)][window rows][runs][groups of a run][width][4]. If `depth_runs` is 0, each
// row of the window is one run, and its values are ordered [column][depth]. Otherwise, each pixel
// of the window is one run of `depth` values. Values past the last output and past the end of a run
// are 0.
void u8s8_pack_panels(const int8_t *weights, size_t outputs, size_t depth, size_t window,
                      size_t width, int depth_runs, int8_t *panels);

#endif
