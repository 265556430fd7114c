// SIMD microkernels for training in float32: what the backward passes need beside the kernels of
// the forward ones. Feature maps are [height][width][channels]; sizes and strides count floats.
//
// A NaN that a kernel reads becomes NaN in each sum that it is a term of, except where a comment
// here says what else happens.
#ifndef F32_BACKWARD_KERNELS_H
#define F32_BACKWARD_KERNELS_H

#include <stddef.h>
#include <stdint.h>

// One tile of a matrix product with both factors walked row by row, so that neither is packed:
// C[rows][columns] = sum over k of A[k][row] * B[k][column], or C plus that sum.
//
// Row k of a factor starts k * (its stride) after its group, and groups of `run` rows lie
// (its outer stride) apart: a group is a row of pixels of a feature map. 0 is no run at all.
struct f32_gemm_tn {
  const float *a;
  ptrdiff_t a_stride;
  ptrdiff_t a_outer_stride;
  const float *b;
  ptrdiff_t b_stride;
  ptrdiff_t b_outer_stride;
  size_t outer;
  size_t run;
  float *c;
  ptrdiff_t c_row_stride;
  size_t rows;     // 1 to the kernel's tile rows
  size_t columns;  // 1 to the kernel's panel width
  int accumulate;  // add to what C holds
};

// Winograd's transform of a 4 x 4 tile of output gradients into the n * n points of F(window x
// window, 4 x 4), n = window + 3: the gradient by the weights is the sum over all tiles of these
// points times those of the input tile (struct f32_winograd_input), transformed back.
struct f32_winograd_gradient {
  const float *gradient;
  const ptrdiff_t *rows;     // [4], relative to `gradient`; negative: zeros
  const ptrdiff_t *columns;  // [4], relative to the row; negative: zeros
  size_t channels;           // a multiple of 16
  float *points;             // [n * n] points, `channels` values each
  ptrdiff_t point_stride;
};

// The way back: n * n points of one input channel into the windows of `filters` filters, added to
// what `weights` holds.
struct f32_winograd_window {
  const float *points;  // [n * n] points, `filters` values each
  ptrdiff_t point_stride;
  size_t filters;  // a multiple of 16
  float *weights;  // [filters] windows of window x window values
  ptrdiff_t filter_stride;
};

// Passes the gradients of one row of windows on to their maxima, adding to `input_gradient`.
//
// Of equal maxima the first in reading order is taken; of NaNs the last.
struct f32_max_pool_backward {
  const float *input;  // the first window's first value
  ptrdiff_t input_row_stride;
  float *input_gradient;  // of the same value
  ptrdiff_t gradient_row_stride;
  size_t pixel_stride;    // from one pixel to the next, in both
  size_t channels;        // how many of a pixel's channels
  size_t window_rows;     // rows of the window that lie inside the map
  size_t window_columns;  // columns of a whole window
  size_t stride;
  size_t output_columns;
  size_t last_window_columns;  // columns of the last window that lie inside the map
  const float *output_gradient;
  size_t output_pixel_stride;
};

// The gradient of local response normalisation (struct f32_lrn) by its input, for `pixels`
// consecutive pixels.
struct f32_lrn_backward {
  const float *input;
  const float *output_gradient;
  float *input_gradient;  // may be `output_gradient`
  size_t pixels;
  size_t channels;
  size_t size;  // odd
  float alpha;  // already divided by the size where the definition says so
  float beta;
  float k;
  float *scratch;  // f32_lrn_backward_scratch_size(channels, size) floats
};

// gradient[i] = 0 where output[i] is not above 0; a NaN in the output is not.
struct f32_relu_backward {
  const float *output;
  float *gradient;
  size_t count;
};

// Sums over consecutive pixels, one a channel, added to what `sums` and `products` hold:
// sums += a - a_center; products += (a - a_center) * (b - b_center).
struct f32_channel_sums {
  const float *a;
  const float *a_center;  // [channels], or NULL for zeros
  const float *b;         // or NULL where there are no products
  const float *b_center;  // [channels], or NULL for zeros
  size_t pixels;
  size_t channels;
  float *sums;      // [channels]
  float *products;  // [channels], or NULL
};

// output = a * a_factor + b * b_factor + shift, each factor one a channel, for consecutive pixels.
// With ReLU, a NaN stays.
struct f32_channel_affine {
  const float *a;
  const float *a_factor;  // [channels]
  const float *b;         // or NULL
  const float *b_factor;  // [channels], or NULL where there is no b
  const float *shift;     // [channels]
  size_t pixels;
  size_t channels;
  int relu;
  float *output;  // may be `a` or `b`
};

// A step of gradient descent with momentum and weight decay:
// velocity = momentum * velocity + scale * gradient + decay * weight; weight -= rate * velocity.
struct f32_descent {
  float *weights;
  float *velocities;
  const float *gradients;
  size_t count;
  float rate;
  float momentum;
  float decay;
  float scale;
};

// The kernels of one instruction set. Tiles and panels are those of `struct f32_kernels` of the
// same name.
struct f32_backward_kernels {
  const char *name;
  size_t tile_rows;
  size_t panel_width;
  void (*gemm_tn)(const struct f32_gemm_tn *);
  // For windows of 3 x 3 and of 5 x 5.
  void (*winograd_gradient_6)(const struct f32_winograd_gradient *);
  void (*winograd_gradient_8)(const struct f32_winograd_gradient *);
  void (*winograd_window_6)(const struct f32_winograd_window *);
  void (*winograd_window_8)(const struct f32_winograd_window *);
  void (*max_pool_backward)(const struct f32_max_pool_backward *);
  void (*lrn_backward)(const struct f32_lrn_backward *);
  void (*relu_backward)(const struct f32_relu_backward *);
  void (*channel_sums)(const struct f32_channel_sums *);
  void (*channel_affine)(const struct f32_channel_affine *);
  void (*descend)(const struct f32_descent *);
};

// The kernels named `isa` (portable, avx2, avx512, neon), or NULL when this build or this processor
// does not have them.
const struct f32_backward_kernels *f32_backward_kernels_for(const char *isa);

#endif
