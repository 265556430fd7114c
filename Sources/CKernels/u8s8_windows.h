// The definitions that a file of 8-bit kernels needs before it includes u8s8_kernels.inc.
#ifndef U8S8_WINDOWS_H
#define U8S8_WINDOWS_H

#include <math.h>
#include <string.h>

#include "CKernels.h"

#define UNROLLED_FOR(...) _Pragma("clang loop unroll(full)") for (__VA_ARGS__)
#define ALWAYS_INLINE static inline __attribute__((always_inline))

// The rows of a matrix that are windows of a feature map, as in u8s8_convolution.
struct windows {
  const uint8_t *a;
  ptrdiff_t row_stride;
  size_t outer;
  ptrdiff_t outer_stride;
  size_t inner;
  ptrdiff_t inner_stride;
  size_t run;
};

ALWAYS_INLINE const uint8_t *window_run(const struct windows *w, size_t outer, size_t inner) {
  return w->a + (ptrdiff_t)outer * w->outer_stride + (ptrdiff_t)inner * w->inner_stride;
}

#endif
