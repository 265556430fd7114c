// Reorders convolution weights for the GEMM kernels.
#include <string.h>

#include "CKernels.h"

void f32_pack_panels(const float *weights, size_t outputs, size_t depth, size_t area, size_t width,
                     float *panels) {
  for (size_t first = 0; first < outputs; first += width) {
    const size_t count = outputs - first < width ? outputs - first : width;
    if (count < width) memset(panels, 0, area * depth * width * sizeof(float));
    for (size_t d = 0; d < depth; d++) {
      for (size_t o = 0; o < count; o++) {
        const float *source = weights + ((first + o) * depth + d) * area;
        float *target = panels + d * width + o;
        for (size_t k = 0; k < area; k++) target[k * depth * width] = source[k];
      }
    }
    panels += area * depth * width;
  }
}
