// Search kernels for NEON with the dot products of ARMv8.2: sixteen multiply-adds an instruction.
#if defined(__aarch64__)
#include <arm_neon.h>

#pragma clang attribute push(__attribute__((target("dotprod"))), apply_to = function)
#include "search_neon.h"

#define ISA neon_dotprod

ALWAYS_INLINE int32x4_t add_bytes(int32x4_t sum, int8x16_t a, int8x16_t b) {
  return vdotq_s32(sum, a, b);
}

#include "search_kernels.inc"
#pragma clang attribute pop

#else
typedef int search_neon_dotprod_is_for_aarch64;
#endif
