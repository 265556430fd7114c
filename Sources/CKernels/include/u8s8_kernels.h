// Kernels for 8-bit networks: activations uint8 (never negative after ReLU), weights int8, sums int32.
// Sizes and strides count bytes unless they say otherwise. The same rules hold as in CKernels.h.
#ifndef U8S8_KERNELS_H
#define U8S8_KERNELS_H

#include <stddef.h>
#include <stdint.h>

// One tile of a convolution: C = clamp(round(A * B * scale + bias), 0, 255).
//
// A and its runs are those of f32_gemm. A run is a number of groups of four values; where a window's
// row is no multiple of four, B holds zeros and up to three bytes past the run are read.
struct u8s8_convolution {
  const uint8_t *a;
  ptrdiff_t a_row_stride;
  size_t outer;
  ptrdiff_t a_outer_stride;
  size_t inner;
  ptrdiff_t a_inner_stride;
  size_t run;        // groups of four values
  const int8_t *b;   // panel [groups][panel width][4]
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
  size_t groups;     // of four values
  const uint8_t *b;  // activations [groups][panel width][4]
  const float *scale;  // [rows]
  const float *bias;   // [rows]
  int relu;
  float *c;
  ptrdiff_t c_row_stride;  // in floats
  size_t rows;
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

// Between float32 values and bytes of `scale` each.
struct u8_conversion {
  float *values;
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

struct u8s8_kernels {
  const char *name;
  size_t tile_rows;
  size_t panel_width;
  void (*convolution)(const struct u8s8_convolution *);
  void (*product)(const struct s8u8_product *);
  void (*dot)(const struct s8u8_dot *);
  void (*max_pool)(const struct u8_max_pool *);
  void (*to_floats)(const struct u8_conversion *);
  void (*to_bytes)(const struct u8_conversion *);
  void (*to_panel)(const struct u8_panel *);
  // As in f32_kernels, of 8-bit values (exact up to 10 000 rounds).
  uint64_t (*peak)(uint64_t rounds);
  uint64_t peak_multiply_adds;
};

// As f32_kernels_for: `isa` names the same instruction sets; one without kernels of its own here gets
// the best that it implies.
const struct u8s8_kernels *u8s8_kernels_for(const char *isa);

// Packs weights [outputs][depth][window rows][window columns] as panels
// [ceil(outputs / width)][window rows][runs][groups of a run][width][4]: one run a window row, its
// values ordered column, depth, where `depth_runs` is 0; else one run of `depth` values a column.
void u8s8_pack_panels(const int8_t *weights, size_t outputs, size_t depth, size_t window,
                      size_t width, int depth_runs, int8_t *panels);

#endif
