// bfloat16 kernels for AVX-512 with its dot products of pairs: tiles of 14 rows by two vectors, 28
// of the 32 registers.
#if defined(__x86_64__)
#include <immintrin.h>

#pragma clang attribute push(                                                     \
    __attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,avx512bf16,fma"))), \
    apply_to = function)
#define ISA avx512
#define LANES 16
#define TILE_ROWS 14
#define PANEL_WIDTH 32
#define DOT_INSTRUCTION(sum, a, b) _mm512_dpbf16_ps((__m512)(sum), (__m512bh)(a), (__m512bh)(b))
#include "bf16_kernels.inc"
#pragma clang attribute pop

#else
typedef int bf16_avx512_is_for_x86_64;
#endif
