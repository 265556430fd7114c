// Packs 8-bit weights.
#include <string.h>

#include "CKernels.h"

void u8s8_pack_panels(const int8_t *weights, size_t outputs, size_t depth, size_t window,
                      size_t width, int depth_runs, int8_t *panels) {
  const size_t area = window * window;
  // A window row is one run of all its columns, or one run a column.
  const size_t run_columns = depth_runs ? 1 : window;
  const size_t run_groups = u8s8_run_groups(depth, window, depth_runs);
  const size_t panel_size = u8s8_panel_size(depth, window, width, depth_runs);
  memset(panels, 0, u8s8_panels_size(outputs, depth, window, width, depth_runs));
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
