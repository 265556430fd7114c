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

// A window row's weights in Winograd's products, each with its group: see u8s8_winograd.
static size_t products(const int8_t *g, size_t window, int values[7], size_t groups[7]) {
  const int sum = g[0] + g[1] + g[2], difference = g[0] - g[1] + g[2];
  if (window == 3) {
    const int all[] = {g[0], sum, difference, g[2]};
    for (size_t i = 0; i < 4; i++) values[i] = all[i], groups[i] = i;
    return 4;
  }
  const int all[] = {g[0], g[3], sum, g[3] + g[4], difference, g[2], g[4]};
  const size_t group[] = {0, 0, 1, 1, 2, 3, 3};
  for (size_t i = 0; i < 7; i++) values[i] = all[i], groups[i] = group[i];
  return 7;
}

void u8s8_winograd_weights(const int8_t *weights, size_t outputs, size_t depth, size_t window,
                           size_t width, int8_t *panels, float *scales, int32_t *sums) {
  const size_t count = window == 3 ? 4 : 7, rows = depth * window;
  const size_t panel_size = count * rows * width;
  memset(panels, 0, (outputs + width - 1) / width * panel_size);
  memset(sums, 0, U8S8_WINOGRAD_GROUPS * outputs * sizeof *sums);
  int values[7];
  size_t groups[7];
  for (size_t o = 0; o < outputs; o++) {
    const int8_t *row = weights + o * rows * window;
    int largest[U8S8_WINOGRAD_GROUPS] = {0};
    for (size_t i = 0; i < rows; i++) {
      products(row + i * window, window, values, groups);
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
      scales[group * outputs + o] = group == 0 || group == 3 ? 2 : step;
    }
    int8_t *panel = panels + o / width * panel_size + o % width * 4;
    for (size_t d = 0; d < depth; d++)
      for (size_t y = 0; y < window; y++) {
        products(row + (d * window + y) * window, window, values, groups);
        for (size_t k = 0; k < count; k++) {
          const float scaled = (float)values[k] * inverse[groups[k]];
          const int value = (int)(scaled < 0 ? scaled - 0.5f : scaled + 0.5f);
          panel[((k * window + y) * (depth / 4) + d / 4) * width * 4 + d % 4] = (int8_t)value;
          if (groups[k] != 1) sums[groups[k] * outputs + o] += value;
        }
      }
  }
}
