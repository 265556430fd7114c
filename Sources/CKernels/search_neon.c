// Search kernels for NEON, which every 64-bit ARM processor has. Products of bytes have 16 bits.
#if defined(__aarch64__)
#include "search_neon.h"

#define ISA neon

ALWAYS_INLINE int32x4_t add_bytes(int32x4_t sum, int8x16_t a, int8x16_t b) {
  // Two products of -128 and -128 do not fit 16 bits, so each is added to 32 bits alone.
  sum = vpadalq_s16(sum, vmull_s8(vget_low_s8(a), vget_low_s8(b)));
  return vpadalq_s16(sum, vmull_s8(vget_high_s8(a), vget_high_s8(b)));
}

#include "search_kernels.inc"

#else
typedef int search_neon_is_for_aarch64;
#endif
