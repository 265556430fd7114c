// 8-bit kernels for NEON with the dot products of ARMv8.2, which are sixteen multiply-adds in one
// instruction. Both operands must be signed, or both unsigned. Therefore 128 is added to or
// subtracted from the operand that is read row by row, and the sum of the other operand times 128
// is subtracted at the end.
#if defined(__aarch64__)
#include "u8s8_neon.h"

#pragma clang attribute push(__attribute__((target("dotprod"))), apply_to = function)
#define ISA neon_dotprod

ALWAYS_INLINE const int8_t *sum_products(const struct windows *w, const int8_t *b, int32_t *target,
                                         const size_t rows) {
  int32x4_t sum[TILE_ROWS][2], shift[2] = {vdupq_n_s32(0), vdupq_n_s32(0)};
  UNROLLED_FOR(size_t r = 0; r < rows; r++) sum[r][0] = sum[r][1] = vdupq_n_s32(0);
  for (size_t outer = 0; outer < w->outer; outer++) {
    for (size_t inner = 0; inner < w->inner; inner++) {
      const uint8_t *a = window_run(w, outer, inner);
      for (size_t k = 0; k < w->run; k++, a += 4, b += 4 * PANEL_WIDTH) {
        const int8x16_t w0 = vld1q_s8(b), w1 = vld1q_s8(b + 16);
        shift[0] = vdotq_s32(shift[0], w0, vdupq_n_s8(-128));
        shift[1] = vdotq_s32(shift[1], w1, vdupq_n_s8(-128));
        UNROLLED_FOR(size_t r = 0; r < rows; r++) {
          const int8x8_t x =
              vreinterpret_s8_u8(veor_u8(four(a + (ptrdiff_t)r * w->row_stride), vdup_n_u8(128)));
          sum[r][0] = vdotq_lane_s32(sum[r][0], w0, x, 0);
          sum[r][1] = vdotq_lane_s32(sum[r][1], w1, x, 0);
        }
      }
    }
  }
  UNROLLED_FOR(size_t r = 0; r < rows; r++) {
    vst1q_s32(target + r * PANEL_WIDTH, vsubq_s32(sum[r][0], shift[0]));
    vst1q_s32(target + r * PANEL_WIDTH + 4, vsubq_s32(sum[r][1], shift[1]));
  }
  return b;
}

ALWAYS_INLINE void product_rows(const struct s8u8_product *p, const size_t rows) {
  uint32x4_t sum[TILE_ROWS][2], shift[2] = {vdupq_n_u32(0), vdupq_n_u32(0)};
  UNROLLED_FOR(size_t r = 0; r < rows; r++) sum[r][0] = sum[r][1] = vdupq_n_u32(0);
  const int8_t *a = p->a;
  const uint8_t *b = p->b;
  for (size_t k = 0; k < p->groups; k++, a += 4, b += 4 * PANEL_WIDTH) {
    const uint8x16_t x0 = vld1q_u8(b), x1 = vld1q_u8(b + 16);
    shift[0] = vdotq_u32(shift[0], x0, vdupq_n_u8(128));
    shift[1] = vdotq_u32(shift[1], x1, vdupq_n_u8(128));
    UNROLLED_FOR(size_t r = 0; r < rows; r++) {
      const uint8x8_t w = veor_u8(four(a + (ptrdiff_t)r * p->a_row_stride), vdup_n_u8(128));
      sum[r][0] = vdotq_lane_u32(sum[r][0], x0, w, 0);
      sum[r][1] = vdotq_lane_u32(sum[r][1], x1, w, 0);
    }
  }
  UNROLLED_FOR(size_t r = 0; r < rows; r++)
    store_floats(p, r, vreinterpretq_s32_u32(vsubq_u32(sum[r][0], shift[0])),
                 vreinterpretq_s32_u32(vsubq_u32(sum[r][1], shift[1])));
}

ALWAYS_INLINE void dot_rows(const struct s8u8_dot *d, size_t first, const size_t rows) {
  uint32x4_t sum[4], shift = vdupq_n_u32(0);
  UNROLLED_FOR(size_t r = 0; r < rows; r++) sum[r] = vdupq_n_u32(0);
  const int8_t *w = d->weights + first * d->length;
  size_t k = 0;
  for (; k + 16 <= d->length; k += 16) {
    const uint8x16_t x = vld1q_u8(d->x + k);
    shift = vdotq_u32(shift, x, vdupq_n_u8(128));
    UNROLLED_FOR(size_t r = 0; r < rows; r++) {
      const int8_t *row = w + r * d->length + k;
      __builtin_prefetch(row + 512);
      const uint8x16_t v = veorq_u8(vreinterpretq_u8_s8(vld1q_s8(row)), vdupq_n_u8(128));
      sum[r] = vdotq_u32(sum[r], x, v);
    }
  }
  UNROLLED_FOR(size_t r = 0; r < rows; r++)
    finish_dot(d, first + r, (int32_t)vaddvq_u32(vsubq_u32(sum[r], shift)), k);
}

// The sums are independent of each other. All factors are 1, so that the sums count the
// multiply-adds.
#define PEAK_MULTIPLY_ADDS (PEAK_CHAINS * 16)

static uint64_t peak(uint64_t rounds) {
  int8x16_t x = vdupq_n_s8(1);
  int32x4_t sum[PEAK_CHAINS];
  UNROLLED_FOR(size_t i = 0; i < PEAK_CHAINS; i++) sum[i] = vdupq_n_s32(0);
  for (uint64_t round = 0; round < rounds; round++) {
    // Tells the compiler that x may change, so that it keeps every round.
    __asm__ volatile("" : "+w"(x));
    UNROLLED_FOR(size_t i = 0; i < PEAK_CHAINS; i++) sum[i] = vdotq_s32(sum[i], x, x);
  }
  uint64_t total = 0;
  for (size_t i = 0; i < PEAK_CHAINS; i++) total += (uint32_t)vaddvq_s32(sum[i]);
  return total;
}

#include "u8s8_kernels.inc"
#pragma clang attribute pop

#else
typedef int u8s8_neon_dotprod_is_for_aarch64;
#endif
