// Kernels for bfloat16, the upper half of a float32: products of such values, sums in float32.
// Sizes and strides count values. The same rules hold as in CKernels.h.
//
// A product of two bfloat16 values is exact in float32, so that instruction sets differ only in the
// order in which they add. The dot product instruction of AVX-512 treats denormal numbers as zero.
#ifndef BF16_KERNELS_H
#define BF16_KERNELS_H

#include <stddef.h>
#include <stdint.h>

// One tile of a fully connected layer for a block of images: C[row][image] = A * B + bias.
struct bf16_product {
  const uint16_t *a;  // weights [rows][a_row_stride]
  ptrdiff_t a_row_stride;
  size_t pairs;       // of values
  const uint16_t *b;  // activations [pairs][panel width][2]
  const float *bias;  // [rows]
  int relu;
  float *c;
  ptrdiff_t c_row_stride;
  size_t rows;           // 1 to the kernel's tile rows
  const uint16_t *next;  // weights to fetch into the cache meanwhile
  size_t next_size;      // may be 0
};

// Dot products of consecutive rows with one vector: output[r] = bias[r] + w[r] . x.
struct bf16_dot {
  const uint16_t *weights;  // [rows][length]
  size_t rows;
  size_t length;
  const uint16_t *x;
  const float *bias;
  int relu;
  float *output;
};

// Values rounded to the nearest bfloat16, ties to even. A NaN stays a NaN.
struct bf16_conversion {
  const float *values;
  uint16_t *rounded;
  size_t count;
};

// The same for bf16_product: values [length][value_stride], of which as many columns as a panel is
// wide become panel [ceil(length / 2)][panel width][2], 0 past the last value.
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
  // As in f32_kernels, of these values.
  uint64_t (*peak)(uint64_t rounds);
  uint64_t peak_multiply_adds;
};

// As u8s8_kernels_for.
const struct bf16_kernels *bf16_kernels_for(const char *isa);

#endif
