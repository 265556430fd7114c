// Reorders convolution weights for the GEMM kernels.
#include <string.h>

#include "CKernels.h"

void f32_pack_panels(const float *weights, size_t outputs, size_t depth, size_t area, size_t width,
                     float *panels) {
  for (size_t first = 0; first < outputs; first += width) {
    const size_t count = outputs - first < width ? outputs - first : width;
    if (count < width) memset(panels, 0, area * depth * width * sizeof(float));
    // The rows of the panel for one depth are written together. The distance of their weights in
    // memory is often a power of two, so that they would evict each other from the cache in another
    // order.
    for (size_t d = 0; d < depth; d++)
      for (size_t k = 0; k < area; k++) {
        const float *source = weights + (first * depth + d) * area + k;
        float *target = panels + (k * depth + d) * width;
        for (size_t o = 0; o < count; o++) target[o] = source[o * depth * area];
      }
    panels += area * depth * width;
  }
}
