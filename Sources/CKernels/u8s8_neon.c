// 8-bit kernels for the NEON that every 64-bit ARM processor has. It cannot multiply unsigned with
// signed bytes, so values are widened to 16 bits: exact, eight multiply-adds in two instructions.
#if defined(__aarch64__)
#include "u8s8_neon.h"

#define ISA neon

// 32 bytes of a panel, [8 columns][4], as 16-bit values [4][8 columns].
ALWAYS_INLINE void load_signed(const int8_t *p, int16x8_t *b) {
  const int8x8x4_t bytes = vld4_s8(p);
  UNROLLED_FOR(size_t i = 0; i < 4; i++) b[i] = vmovl_s8(bytes.val[i]);
}
ALWAYS_INLINE void load_unsigned(const uint8_t *p, int16x8_t *b) {
  const uint8x8x4_t bytes = vld4_u8(p);
  UNROLLED_FOR(size_t i = 0; i < 4; i++) b[i] = vreinterpretq_s16_u16(vmovl_u8(bytes.val[i]));
}

ALWAYS_INLINE void add_products(int32x4_t *sum, const int16x8_t *b, int16x8_t x){
#define ADD(i)                                                \
  sum[0] = vmlal_laneq_s16(sum[0], vget_low_s16(b[i]), x, i); \
  sum[1] = vmlal_high_laneq_s16(sum[1], b[i], x, i);
    ADD(0) ADD(1) ADD(2) ADD(3)
#undef ADD
}

ALWAYS_INLINE const int8_t *sum_products(const struct windows *w, const int8_t *b, int32_t *target,
                                         const size_t rows) {
  int32x4_t sum[TILE_ROWS][2];
  UNROLLED_FOR(size_t r = 0; r < rows; r++) sum[r][0] = sum[r][1] = vdupq_n_s32(0);
  for (size_t outer = 0; outer < w->outer; outer++) {
    for (size_t inner = 0; inner < w->inner; inner++) {
      const uint8_t *a = window_run(w, outer, inner);
      for (size_t k = 0; k < w->run; k++, a += 4, b += 4 * PANEL_WIDTH) {
        int16x8_t weights[4];
        load_signed(b, weights);
        UNROLLED_FOR(size_t r = 0; r < rows; r++) {
          const uint16x8_t x = vmovl_u8(four(a + (ptrdiff_t)r * w->row_stride));
          add_products(sum[r], weights, vreinterpretq_s16_u16(x));
        }
      }
    }
  }
  UNROLLED_FOR(size_t r = 0; r < rows; r++) {
    vst1q_s32(target + r * PANEL_WIDTH, sum[r][0]);
    vst1q_s32(target + r * PANEL_WIDTH + 4, sum[r][1]);
  }
  return b;
}

ALWAYS_INLINE void product_rows(const struct s8u8_product *p, const size_t rows) {
  int32x4_t sum[TILE_ROWS][2];
  UNROLLED_FOR(size_t r = 0; r < rows; r++) sum[r][0] = sum[r][1] = vdupq_n_s32(0);
  const int8_t *a = p->a;
  const uint8_t *b = p->b;
  for (size_t k = 0; k < p->groups; k++, a += 4, b += 4 * PANEL_WIDTH) {
    int16x8_t x[4];
    load_unsigned(b, x);
    UNROLLED_FOR(size_t r = 0; r < rows; r++) {
      const int8x8_t w = vreinterpret_s8_u8(four(a + (ptrdiff_t)r * p->a_row_stride));
      add_products(sum[r], x, vmovl_s8(w));
    }
  }
  UNROLLED_FOR(size_t r = 0; r < rows; r++) store_floats(p, r, sum[r][0], sum[r][1]);
}

ALWAYS_INLINE void dot_rows(const struct s8u8_dot *d, size_t first, const size_t rows) {
  int32x4_t sum[4][2];
  UNROLLED_FOR(size_t r = 0; r < rows; r++) sum[r][0] = sum[r][1] = vdupq_n_s32(0);
  const int8_t *w = d->weights + first * d->length;
  size_t k = 0;
  for (; k + 16 <= d->length; k += 16) {
    const uint8x16_t x = vld1q_u8(d->x + k);
    const int16x8_t x0 = vreinterpretq_s16_u16(vmovl_u8(vget_low_u8(x)));
    const int16x8_t x1 = vreinterpretq_s16_u16(vmovl_high_u8(x));
    UNROLLED_FOR(size_t r = 0; r < rows; r++) {
      const int8x16_t v = vld1q_s8(w + r * d->length + k);
      const int16x8_t w0 = vmovl_s8(vget_low_s8(v)), w1 = vmovl_high_s8(v);
      sum[r][0] = vmlal_s16(sum[r][0], vget_low_s16(x0), vget_low_s16(w0));
      sum[r][1] = vmlal_high_s16(sum[r][1], x0, w0);
      sum[r][0] = vmlal_s16(sum[r][0], vget_low_s16(x1), vget_low_s16(w1));
      sum[r][1] = vmlal_high_s16(sum[r][1], x1, w1);
    }
  }
  UNROLLED_FOR(size_t r = 0; r < rows; r++)
    finish_dot(d, first + r, vaddvq_s32(vaddq_s32(sum[r][0], sum[r][1])), k);
}

// Independent sums of products of values that are already widened. All factors are 1, so that the
// sums count the multiply-adds.
#define PEAK_MULTIPLY_ADDS (PEAK_CHAINS * 4)

static uint64_t peak(uint64_t rounds) {
  int16x4_t x = vdup_n_s16(1);
  int32x4_t sum[PEAK_CHAINS];
  UNROLLED_FOR(size_t i = 0; i < PEAK_CHAINS; i++) sum[i] = vdupq_n_s32(0);
  for (uint64_t round = 0; round < rounds; round++)
    UNROLLED_FOR(size_t i = 0; i < PEAK_CHAINS; i++) {
      // Tells the compiler that x may change; it would hoist the multiplication out of the loop.
      __asm__ volatile("" : "+w"(x));
      sum[i] = vmlal_s16(sum[i], x, x);
    }
  uint64_t total = 0;
  for (size_t i = 0; i < PEAK_CHAINS; i++) total += (uint32_t)vaddvq_s32(sum[i]);
  return total;
}

#include "u8s8_kernels.inc"

#else
typedef int u8s8_neon_is_for_aarch64;
#endif
