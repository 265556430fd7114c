// SIMD microkernels for the backward passes of training in float32. Feature maps are
// [height][width][channels]. Sizes and strides count floats. The rules at the head of CKernels.h
// hold here, too.
#ifndef F32_BACKWARD_KERNELS_H
#define F32_BACKWARD_KERNELS_H

#include <stddef.h>
#include <stdint.h>

// One tile of a matrix product in which the first factor is transposed, and neither factor is
// packed: C[rows][columns] = sum over k of A[k][row] * B[k][column], or C plus that sum.
//
// The K = outer * run rows of a factor are `outer` groups of `run` rows. The rows of a group are
// the factor's stride apart, and the groups are its outer stride apart. A group is a row of pixels
// of a feature map. If `outer` or `run` is 0, the sum is 0.
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
  int accumulate;  // add the sum to the values in C
  // As many rows, a panel's width each, of two more matrices to fetch into the cache meanwhile, or
  // NULL.
  const float *next[2];
  ptrdiff_t next_stride;
};

// Winograd's transform of a 4 x 4 tile of output gradients into the n * n points of F(window x
// window, 4 x 4), n = window + 3. To get the gradient of the weights, multiply these points by the
// points of the input tile (struct f32_winograd_input), sum the products over all tiles, and
// transform the sums with f32_winograd_window.
struct f32_winograd_gradient {
  const float *gradient;
  const ptrdiff_t *rows;     // [4], relative to `gradient`; a negative row is taken to be 0
  const ptrdiff_t *columns;  // [4], relative to the row; a negative column is taken to be 0
  size_t channels;           // a multiple of 16
  float *points;             // [n * n] points, in panels as those of struct f32_winograd_input
  ptrdiff_t point_stride;
  ptrdiff_t panel_stride;
};

// Transforms n * n points of one input channel into the windows of `filters` filters, and adds
// these to the values in `weights`.
struct f32_winograd_window {
  const float *points;  // [n * n] points, `filters` values each
  ptrdiff_t point_stride;
  size_t filters;  // a multiple of 16
  float *weights;  // [filters] windows of window x window values
  ptrdiff_t filter_stride;
};

// The gradient of max pooling for one row of windows. For each window, the output gradient is added
// to `input_gradient` at the position of the window's maximum.
//
// If several values are the maximum, the first in reading order gets the gradient. If there are
// NaNs, the last of them gets it.
struct f32_max_pool_backward {
  const float *input;  // the first window's first value
  ptrdiff_t input_row_stride;
  float *input_gradient;  // the gradient of the same value
  ptrdiff_t gradient_row_stride;
  size_t pixel_stride;    // from one pixel to the next, in the input and its gradient
  size_t channels;        // how many channels of each pixel are processed
  size_t window_rows;     // rows of the window that are inside the map
  size_t window_columns;  // columns of a whole window
  size_t stride;
  size_t output_columns;
  size_t last_window_columns;  // columns of the last window that are inside the map
  const float *output_gradient;
  size_t output_pixel_stride;
};

// The gradient of local response normalisation (struct f32_lrn) with respect to its input, for
// `pixels` consecutive pixels.
struct f32_lrn_backward {
  const float *input;            // [pixels][channels]
  const float *output_gradient;  // [pixels][channels]
  float *input_gradient;         // [pixels][channels]; may be `output_gradient`
  size_t pixels;
  size_t channels;
  size_t size;  // odd
  float alpha;  // already divided by the size if the network's definition divides it
  float beta;
  float k;
  float *scratch;  // f32_lrn_backward_scratch_size(channels, size) floats
};

// The gradient of ReLU: gradient[i] becomes 0 if output[i] is not greater than 0, or is NaN.
struct f32_relu_backward {
  const float *output;
  float *gradient;
  size_t count;
};

// Sums over consecutive pixels for each channel, added to the values in `sums` and `products`:
// sums += a - a_center; products += (a - a_center) * (b - b_center).
struct f32_channel_sums {
  const float *a;         // [pixels][channels]
  const float *a_center;  // [channels], or NULL for zeros
  const float *b;         // [pixels][channels], or NULL if `products` is NULL
  const float *b_center;  // [channels], or NULL for zeros
  size_t pixels;
  size_t channels;
  float *sums;      // [channels]
  float *products;  // [channels], or NULL
};

// output = a * a_factor + b * b_factor + shift for consecutive pixels, with one factor and one
// shift for each channel.
struct f32_channel_affine {
  const float *a;         // [pixels][channels]
  const float *a_factor;  // [channels]
  const float *b;         // [pixels][channels], or NULL
  const float *b_factor;  // [channels], or NULL if `b` is NULL
  const float *shift;     // [channels]
  size_t pixels;
  size_t channels;
  int relu;
  float *output;  // [pixels][channels]; may be `a` or `b`
};

// A step of gradient descent with momentum and weight decay:
// velocity = momentum * velocity + scale * gradient + decay * weight; weight -= rate * velocity.
// Then average += average_share * (weight - average), if there are averages.
struct f32_descent {
  float *weights;          // [count]
  float *velocities;       // [count]
  const float *gradients;  // [count]
  float *averages;         // [count], or NULL
  size_t count;
  float rate;
  float momentum;
  float decay;
  float scale;
  float average_share;
  int keeps_zeros;  // where a weight is 0, it stays 0, and its velocity and average become 0
};

// The kernels of one instruction set. The tile rows and the panel width are those of the
// `struct f32_kernels` with the same name.
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

// The kernels of the instruction set `isa` (portable, avx2, avx512 or neon); NULL if this build or
// this processor does not have them.
const struct f32_backward_kernels *f32_backward_kernels_for(const char *isa);

#endif
