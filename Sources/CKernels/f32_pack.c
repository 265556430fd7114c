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

// Row i holds the powers 0 to 4 of point i, scaled; the last row is the point at infinity.
static const double points_6[6][3] = {
    {1.0 / 4, 0, 0},
    {-1.0 / 6, -1.0 / 6, -1.0 / 6},
    {-1.0 / 6, 1.0 / 6, -1.0 / 6},
    {1.0 / 24, 1.0 / 12, 1.0 / 6},
    {1.0 / 24, -1.0 / 12, 1.0 / 6},
    {0, 0, 1},
};
static const double points_8[8][5] = {
    {1, 0, 0, 0, 0},
    {-2.0 / 9, -2.0 / 9, -2.0 / 9, -2.0 / 9, -2.0 / 9},
    {-2.0 / 9, 2.0 / 9, -2.0 / 9, 2.0 / 9, -2.0 / 9},
    {1.0 / 90, 1.0 / 45, 2.0 / 45, 4.0 / 45, 8.0 / 45},
    {1.0 / 90, -1.0 / 45, 2.0 / 45, -4.0 / 45, 8.0 / 45},
    {32.0 / 45, 16.0 / 45, 8.0 / 45, 4.0 / 45, 2.0 / 45},
    {32.0 / 45, -16.0 / 45, 8.0 / 45, -4.0 / 45, 2.0 / 45},
    {0, 0, 0, 0, 1},
};

// One filter: G g G^T, in double precision, since it is done once.
static inline __attribute__((always_inline)) void transform_filter(const float *g,
                                                                   const double *points,
                                                                   const size_t window,
                                                                   double *transformed) {
  const size_t n = window + 3;
  double half[8][5];
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j < window; j++) {
      double sum = 0;
      for (size_t k = 0; k < window; k++) sum += points[i * window + k] * (double)g[k * window + j];
      half[i][j] = sum;
    }
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j < n; j++) {
      double sum = 0;
      for (size_t k = 0; k < window; k++) sum += half[i][k] * points[j * window + k];
      transformed[i * n + j] = sum;
    }
}

void f32_winograd_weights(const float *weights, size_t outputs, size_t depth, size_t window,
                          size_t width, float *panels, size_t point_stride) {
  const size_t n = window + 3;
  if (outputs < width)
    for (size_t p = 0; p < n * n; p++)
      memset(panels + p * point_stride, 0, depth * width * sizeof(float));
  for (size_t d = 0; d < depth; d++) {
    for (size_t o = 0; o < outputs; o++) {
      const float *filter = weights + (o * depth + d) * window * window;
      double transformed[64];
      if (window == 3)
        transform_filter(filter, &points_6[0][0], 3, transformed);
      else
        transform_filter(filter, &points_8[0][0], 5, transformed);
      float *target = panels + d * width + o;
      for (size_t p = 0; p < n * n; p++) target[p * point_stride] = (float)transformed[p];
    }
  }
}
