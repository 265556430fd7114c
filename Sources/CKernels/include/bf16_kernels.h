// Kernels for bfloat16, which is the upper half of a float32. Products of bfloat16 values are added
// in float32. Sizes and strides count values. The rules at the head of CKernels.h hold here, too.
//
// The product of two bfloat16 values is exact in float32, so the results of instruction sets differ
// only because they add in a different order. The dot product instruction of AVX-512 treats
// denormal numbers as zero.
#ifndef BF16_KERNELS_H
#define BF16_KERNELS_H

#include <stddef.h>
#include <stdint.h>

// One tile of a matrix product: C[row][column] = A * B + bias, or C + A * B. All columns of a panel
// are written. For the outputs of a fully connected layer, A are weights, and the columns are
// images.
struct bf16_product {
  const uint16_t *a;  // [rows][a_row_stride]
  ptrdiff_t a_row_stride;
  size_t pairs;       // pairs of values in a row
  const uint16_t *b;  // [pairs][panel width][2]
  const float *bias;  // [rows], or NULL for zeros
  int accumulate;     // add to the values in C instead of the bias
  int relu;
  float *c;
  ptrdiff_t c_row_stride;
  size_t rows;           // 1 to the kernel's tile rows
  const uint16_t *next;  // weights to prefetch into the cache
  size_t next_size;      // may be 0
};

// Dot products of consecutive rows with one vector: output[r] = bias[r] + w[r] . x.
struct bf16_dot {
  const uint16_t *weights;  // [rows][length]
  size_t rows;
  size_t length;
  const uint16_t *x;  // [length]
  const float *bias;  // [rows]
  int relu;
  float *output;  // [rows]
};

// Rounds `count` values to the nearest bfloat16, ties to even. NaN stays NaN.
struct bf16_conversion {
  const float *values;
  uint16_t *rounded;
  size_t count;
};

// Rounds values in the same way and writes a panel for bf16_product: the first columns, as many as
// a panel is wide, of values [length][value_stride] become panel [ceil(length / 2)][panel
// width][2]. If `length` is odd, the last value of each pair is 0.
struct bf16_panel {
  const float *values;
  ptrdiff_t value_stride;
  size_t length;
  uint16_t *panel;
};

struct bf16_kernels {
  const char *name;
  size_t tile_rows;
  size_t panel_width;
  void (*product)(const struct bf16_product *);
  void (*dot)(const struct bf16_dot *);
  void (*round)(const struct bf16_conversion *);
  void (*to_panel)(const struct bf16_panel *);
  // As in f32_kernels, with multiply-adds of bfloat16 values.
  uint64_t (*peak)(uint64_t rounds);
  uint64_t peak_multiply_adds;
};

// Works like u8s8_kernels_for.
const struct bf16_kernels *bf16_kernels_for(const char *isa);

#endif
