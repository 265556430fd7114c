// The kernels for x86 processors with AVX2, chosen at run time.
#if defined(__x86_64__)
#define NAME(kernel) kernel##_avx2
#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)
#include "kernels.h"
#pragma clang attribute pop
#else
typedef int resize_avx2_has_nothing_here;
#endif
