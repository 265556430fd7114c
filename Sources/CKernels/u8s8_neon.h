// The last steps of 8-bit products on NEON. A tile has eight columns of int32 sums, which are two
// vectors for each row.
#ifndef U8S8_NEON_H
#define U8S8_NEON_H

#include <arm_neon.h>

#include "u8s8_windows.h"

#define TILE_ROWS 8
#define PANEL_WIDTH 8
#define PEAK_CHAINS 28  // of 32 registers, as in f32_peak.inc

// Loads four bytes into both halves of a vector. Loading them into a scalar register first would
// need one more instruction.
ALWAYS_INLINE uint8x8_t four(const void *p) {
  typedef uint32_t unaligned __attribute__((aligned(1)));
  return vreinterpret_u8_u32(vld1_dup_u32((const unaligned *)p));
}

#define SCALED
ALWAYS_INLINE int16x8_t scaled(int16x8_t value, int16x8_t factor) {
  return vqrdmulhq_s16(value, factor);
}

// Scales the sums of one row of a fully connected layer and writes them.
ALWAYS_INLINE void store_floats(const struct s8u8_product *p, size_t row, int32x4_t sum0,
                                int32x4_t sum1) {
  const float32x4_t scale = vdupq_n_f32(p->scale[row]), bias = vdupq_n_f32(p->bias[row]);
  float32x4_t value0 = vfmaq_f32(bias, vcvtq_f32_s32(sum0), scale);
  float32x4_t value1 = vfmaq_f32(bias, vcvtq_f32_s32(sum1), scale);
  if (p->relu) {
    value0 = vmaxq_f32(value0, vdupq_n_f32(0));
    value1 = vmaxq_f32(value1, vdupq_n_f32(0));
  }
  float *c = p->c + (ptrdiff_t)row * p->c_row_stride;
  vst1q_f32(c, value0);
  vst1q_f32(c + 4, value1);
}

// Completes a dot product: adds the products from `start` on, which did not fill a vector, to
// `sum`, scales the result and writes it.
ALWAYS_INLINE void finish_dot(const struct s8u8_dot *d, size_t row, int32_t sum, size_t start) {
  const int8_t *w = d->weights + row * d->length;
  for (size_t i = start; i < d->length; i++) sum += d->x[i] * w[i];
  const float value = fmaf((float)sum, d->scale[row], d->bias[row]);
  d->output[row] = d->relu && value < 0 ? 0 : value;
}

#endif
