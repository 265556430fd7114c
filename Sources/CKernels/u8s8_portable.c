// 8-bit kernels for any processor, in plain C that compilers vectorise.
#include "u8s8_windows.h"

#define ISA portable
#define TILE_ROWS 4
#define PANEL_WIDTH 8

ALWAYS_INLINE const int8_t *sum_products(const struct windows *w, const int8_t *b, int32_t *target,
                                         const size_t rows) {
  int32_t sum[TILE_ROWS][PANEL_WIDTH] = {{0}};
  for (size_t outer = 0; outer < w->outer; outer++)
    for (size_t inner = 0; inner < w->inner; inner++) {
      const uint8_t *a = window_run(w, outer, inner);
      for (size_t k = 0; k < w->run; k++, a += 4, b += 4 * PANEL_WIDTH)
        for (size_t r = 0; r < rows; r++) {
          const uint8_t *x = a + (ptrdiff_t)r * w->row_stride;
          for (size_t c = 0; c < PANEL_WIDTH; c++)
            sum[r][c] +=
                x[0] * b[4 * c] + x[1] * b[4 * c + 1] + x[2] * b[4 * c + 2] + x[3] * b[4 * c + 3];
        }
    }
  memcpy(target, sum, rows * sizeof *sum);
  return b;
}

ALWAYS_INLINE void product_rows(const struct s8u8_product *p, const size_t rows) {
  int32_t sum[TILE_ROWS][PANEL_WIDTH] = {{0}};
  for (size_t k = 0; k < p->groups; k++) {
    const uint8_t *b = p->b + k * 4 * PANEL_WIDTH;
    for (size_t r = 0; r < rows; r++) {
      const int8_t *w = p->a + (ptrdiff_t)r * p->a_row_stride + 4 * k;
      for (size_t c = 0; c < PANEL_WIDTH; c++)
        sum[r][c] +=
            w[0] * b[4 * c] + w[1] * b[4 * c + 1] + w[2] * b[4 * c + 2] + w[3] * b[4 * c + 3];
    }
  }
  for (size_t r = 0; r < rows; r++)
    for (size_t c = 0; c < PANEL_WIDTH; c++) {
      const float value = fmaf((float)sum[r][c], p->scale[r], p->bias[r]);
      p->c[(ptrdiff_t)r * p->c_row_stride + (ptrdiff_t)c] = p->relu && value < 0 ? 0 : value;
    }
}

ALWAYS_INLINE void dot_rows(const struct s8u8_dot *d, size_t first, const size_t rows) {
  for (size_t r = first; r < first + rows; r++) {
    int32_t sum = 0;
    for (size_t k = 0; k < d->length; k++) sum += d->x[k] * d->weights[r * d->length + k];
    const float value = fmaf((float)sum, d->scale[r], d->bias[r]);
    d->output[r] = d->relu && value < 0 ? 0 : value;
  }
}

// The compiler chooses the instructions of the portable kernels, so that no peak is known for them.
// It is measured with the fastest of their loops, over values that stay in the first-level cache.
#define PEAK_LENGTH 2048
#define PEAK_ROWS 4
#define PEAK_MULTIPLY_ADDS (PEAK_LENGTH * PEAK_ROWS)

static uint64_t peak(uint64_t rounds) {
  int8_t weights[PEAK_ROWS * PEAK_LENGTH];
  uint8_t x[PEAK_LENGTH];
  const float scale[PEAK_ROWS] = {1, 1, 1, 1}, bias[PEAK_ROWS] = {0};
  float output[PEAK_ROWS];
  memset(weights, 1, sizeof weights);
  memset(x, 1, sizeof x);
  const struct s8u8_dot dot = {.weights = weights,
                               .rows = PEAK_ROWS,
                               .length = PEAK_LENGTH,
                               .x = x,
                               .scale = scale,
                               .bias = bias,
                               .output = output};
  uint64_t total = 0;
  for (uint64_t round = 0; round < rounds; round++) {
    dot_rows(&dot, 0, PEAK_ROWS);
    for (size_t r = 0; r < PEAK_ROWS; r++) total += (uint64_t)output[r];
  }
  return total;
}

#include "u8s8_kernels.inc"
