// Packs 8-bit weights.
#include <string.h>

#include "CKernels.h"

void u8s8_pack_panels(const int8_t *weights, size_t outputs, size_t depth, size_t window,
                      size_t width, int depth_runs, int8_t *panels) {
  const size_t area = window * window;
  // A window row is one run of all its columns, or one run a column.
  const size_t run_columns = depth_runs ? 1 : window;
  const size_t run_groups = (run_columns * depth + 3) / 4;
  const size_t panel_size = area / run_columns * run_groups * width * 4;
  memset(panels, 0, (outputs + width - 1) / width * panel_size);
  for (size_t o = 0; o < outputs; o++) {
    int8_t *panel = panels + o / width * panel_size + o % width * 4;
    for (size_t d = 0; d < depth; d++)
      for (size_t k = 0; k < area; k++) {
        const size_t run = k / run_columns, place = k % run_columns * depth + d;
        panel[((run * run_groups + place / 4) * width) * 4 + place % 4] =
            weights[(o * depth + d) * area + k];
      }
  }
}

// The group of each of Winograd's products of a window's row: see u8s8_winograd.
static const size_t groups_3[] = {0, 1, 2, 3}, groups_5[] = {0, 0, 1, 1, 2, 3, 3};

// A window row's weights in these products.
static inline __attribute__((always_inline)) void products(const int8_t *g, const size_t window,
                                                           int values[7]) {
  const int sum = g[0] + g[1] + g[2], difference = g[0] - g[1] + g[2];
  if (window == 3) {
    values[0] = g[0], values[1] = sum, values[2] = difference, values[3] = g[2];
  } else {
    values[0] = g[0], values[1] = g[3], values[2] = sum, values[3] = g[3] + g[4];
    values[4] = difference, values[5] = g[2], values[6] = g[4];
  }
}

// One output, to its column of a panel.
static inline __attribute__((always_inline)) void pack_output(
    const int8_t *weights, size_t depth, const size_t window, size_t width, int8_t *column,
    float scales[U8S8_WINOGRAD_GROUPS], int32_t sums[U8S8_WINOGRAD_GROUPS]) {
  const size_t count = window == 3 ? 4 : 7;
  const size_t *groups = window == 3 ? groups_3 : groups_5;
  int values[7], largest[U8S8_WINOGRAD_GROUPS] = {0};
  for (size_t row = 0; row < depth * window; row++) {
    products(weights + row * window, window, values);
    for (size_t k = 0; k < count; k++) {
      const int magnitude = values[k] < 0 ? -values[k] : values[k];
      if (magnitude > largest[groups[k]]) largest[groups[k]] = magnitude;
    }
  }
  // Sums of three bytes get coarser steps where they need them; halved differences count twice.
  float inverse[U8S8_WINOGRAD_GROUPS];
  for (size_t group = 0; group < U8S8_WINOGRAD_GROUPS; group++) {
    const float step = largest[group] > 127 ? (float)largest[group] / 127 : 1;
    inverse[group] = 1 / step;
    scales[group] = group == 0 || group == 3 ? 2 : step;
    sums[group] = 0;
  }
  for (size_t d = 0; d < depth; d += 4)
    for (size_t y = 0; y < window; y++) {
      int8_t fours[7][4];
      for (size_t i = 0; i < 4; i++) {
        products(weights + ((d + i) * window + y) * window, window, values);
        for (size_t k = 0; k < count; k++) {
          const float scaled = (float)values[k] * inverse[groups[k]];
          const int value = (int)(scaled < 0 ? scaled - 0.5f : scaled + 0.5f);
          fours[k][i] = (int8_t)value;
          if (groups[k] != 1) sums[groups[k]] += value;
        }
      }
      for (size_t k = 0; k < count; k++)
        memcpy(column + ((k * window + y) * (depth / 4) + d / 4) * width * 4, fours[k], 4);
    }
}

void u8s8_winograd_weights(const int8_t *weights, size_t outputs, size_t depth, size_t window,
                           size_t width, int8_t *panels, float *scales, int32_t *sums) {
  const size_t rows = depth * window, panel_size = (window == 3 ? 4 : 7) * rows * width;
  memset(panels, 0, (outputs + width - 1) / width * panel_size);
  for (size_t o = 0; o < outputs; o++) {
    const int8_t *row = weights + o * rows * window;
    int8_t *column = panels + o / width * panel_size + o % width * 4;
    float output_scales[U8S8_WINOGRAD_GROUPS];
    int32_t output_sums[U8S8_WINOGRAD_GROUPS];
    if (window == 3)
      pack_output(row, depth, 3, width, column, output_scales, output_sums);
    else
      pack_output(row, depth, 5, width, column, output_scales, output_sums);
    for (size_t group = 0; group < U8S8_WINOGRAD_GROUPS; group++) {
      scales[group * outputs + o] = output_scales[group];
      sums[group * outputs + o] = output_sums[group];
    }
  }
}
