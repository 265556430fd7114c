// The sizes of packed weights, panels and scratch memory. The kernels, their callers and their
// tests all call these functions, so that each size is computed in one place.
//
// Each size is a number of elements of the buffer's type. The caller has checked that the arguments
// are so small that nothing overflows.
#ifndef KERNEL_SIZES_H
#define KERNEL_SIZES_H

#include <stddef.h>
#include <stdint.h>

// The number of panels of `width` columns that are needed for `columns` columns.
static inline size_t panel_count(size_t columns, size_t width) {
  return (columns + width - 1) / width;
}

// The floats that f32_pack_panels writes.
static inline size_t f32_panels_size(size_t outputs, size_t depth, size_t area, size_t width) {
  return panel_count(outputs, width) * area * depth * width;
}

// Floats of `f32_lrn.scratch`: the squares of one pixel with zeros on both sides. A vector load at
// the last channel may read up to 63 of the zeros after them.
static inline size_t f32_lrn_scratch_size(size_t channels, size_t size) {
  return channels + size + 64;
}

// Floats of `f32_lrn_backward.scratch`: the squares of one pixel, and the terms of the second sum.
static inline size_t f32_lrn_backward_scratch_size(size_t channels, size_t size) {
  return 2 * f32_lrn_scratch_size(channels, size);
}

// Values of `u8_lrn.scratch`: `size / 2` zeros, and for each pixel its squares and `size` zeros. A
// vector load at the last channel may read up to 63 values past the last zeros.
static inline size_t u8_lrn_scratch_size(size_t pixels, size_t channels, size_t size) {
  return pixels * (channels + size) + size / 2 + 64;
}

// The rows of a sparse matrix, rounded up to whole masks.
static inline size_t sparse_padded_rows(size_t mask_stride) { return 8 * mask_stride; }

// Values of `rows` in sparse_list_rows: two for each byte of codes. Up to eight values past the
// last one are also written.
static inline size_t sparse_rows_size(size_t code_bytes) { return 2 * code_bytes + 8; }

// How many columns the kernels for sparse matrices multiply at a time.
#define SPARSE_COLUMNS 4

// Floats of scratch memory for one column. Up to 15 floats past its values are also written.
static inline size_t f32_sparse_column_size(size_t mask_stride) {
  return sparse_padded_rows(mask_stride) + 64;
}

// Floats of `f32_sparse.scratch`.
static inline size_t f32_sparse_scratch_size(size_t mask_stride) {
  return SPARSE_COLUMNS * f32_sparse_column_size(mask_stride);
}

// Bytes of scratch memory for one column. Up to 63 bytes past its weights are also written.
static inline size_t s8u8_sparse_column_size(size_t mask_stride) {
  return sparse_padded_rows(mask_stride) + 128;
}

// Bytes of `s8u8_sparse.scratch`.
static inline size_t s8u8_sparse_scratch_size(size_t mask_stride) {
  return SPARSE_COLUMNS * s8u8_sparse_column_size(mask_stride);
}

// Positions that `s8u8_sparse_kernels.nonzero` may write for `count` values. It writes up to 15
// past the last position.
static inline size_t u8_nonzero_size(size_t count) { return count + 15; }

// Groups of four values in one run of a packed 8-bit window. A run is a row of the window, or one
// pixel of the window if `depth_runs` is not 0.
static inline size_t u8s8_run_groups(size_t depth, size_t window, int depth_runs) {
  return ((depth_runs ? depth : window * depth) + 3) / 4;
}

// Bytes of one panel that u8s8_pack_panels writes.
static inline size_t u8s8_panel_size(size_t depth, size_t window, size_t width, int depth_runs) {
  const size_t runs = depth_runs ? window * window : window;
  return runs * u8s8_run_groups(depth, window, depth_runs) * width * 4;
}

// Bytes of all panels that u8s8_pack_panels writes.
static inline size_t u8s8_panels_size(size_t outputs, size_t depth, size_t window, size_t width,
                                      int depth_runs) {
  return panel_count(outputs, width) * u8s8_panel_size(depth, window, width, depth_runs);
}

// The number of products for one tile in the 8-bit form of Winograd's F(2x2, window x window), for
// a window of 3 or 5.
static inline size_t u8s8_winograd_products(size_t window) { return window == 3 ? 16 : 49; }

// Bytes of `u8s8_winograd_weights.panel`.
static inline size_t u8s8_winograd_panel_size(size_t window, size_t depth, size_t width) {
  return u8s8_winograd_products(window) * depth * width;
}

// Floats of scratch memory for one product: its weights, and the floats that a vector store writes
// past them.
static inline size_t u8s8_winograd_product_size(size_t depth, size_t width) {
  return depth + width;
}

// Floats of `u8s8_winograd_weights.scratch`.
static inline size_t u8s8_winograd_scratch_size(size_t window, size_t depth, size_t width) {
  return u8s8_winograd_products(window) * u8s8_winograd_product_size(depth, width);
}

// Values of `bf16_panel.panel`. If `length` is odd, it is rounded up.
static inline size_t bf16_panel_size(size_t length, size_t width) {
  return (length + 1) / 2 * 2 * width;
}

#endif
