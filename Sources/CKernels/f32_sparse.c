// Products with matrices that are stored pruned and clustered: see SparseMatrix.
#include "CKernels.h"

static void add_column(const uint8_t *restrict entry, const uint8_t *end,
                       const float products[16], float *restrict y) {
  float *row = y - 1;
  // Four at a time, so that only one addition in four waits for the last.
  for (; end - entry >= 4; entry += 4) {
    const size_t e0 = entry[0], e1 = entry[1], e2 = entry[2], e3 = entry[3];
    const size_t row0 = e0 & 15, row1 = row0 + (e1 & 15), row2 = row1 + (e2 & 15);
    const size_t row3 = row2 + (e3 & 15);
    row[row0 + 1] += products[e0 >> 4];
    row[row1 + 2] += products[e1 >> 4];
    row[row2 + 3] += products[e2 >> 4];
    row[row3 + 4] += products[e3 >> 4];
    row += row3 + 4;
  }
  for (; entry < end; entry++) {
    row += (*entry & 15) + 1;
    *row += products[*entry >> 4];
  }
}

static void prefetch(const uint8_t *start, const uint8_t *end) {
  for (; start < end; start += 64) __builtin_prefetch(start);
}

void f32_sparse_columns(const uint8_t *entries, const uint32_t *column_starts, size_t first,
                        size_t last, const float codebook[16], const float *x, float *y) {
  float products[16];
  // The columns that count are known first: which comes next, no processor could guess.
  size_t columns[256 + 2];
  for (size_t start = first; start < last; start += 256) {
    const size_t end = last - start < 256 ? last : start + 256;
    size_t count = 0;
    for (size_t column = start; column < end; column++) {
      columns[count] = column;
      count += x[column] != 0;
    }
    for (size_t i = 0; i < count; i++) {
      if (i + 2 < count) {
        const size_t next = columns[i + 2];
        prefetch(entries + column_starts[next], entries + column_starts[next + 1]);
      }
      const size_t column = columns[i];
      for (size_t code = 0; code < 16; code++) products[code] = codebook[code] * x[column];
      add_column(entries + column_starts[column], entries + column_starts[column + 1], products, y);
    }
  }
}

typedef float vector16 __attribute__((vector_size(64), aligned(4)));

void f32_sparse_columns_x16(const uint8_t *entries, const uint32_t *column_starts, size_t first,
                            size_t last, const float codebook[16], const float *x, float *y) {
  for (size_t column = first; column < last; column++) {
    const vector16 values = *(const vector16 *)(x + column * 16);
    const uint8_t *entry = entries + column_starts[column];
    const uint8_t *const end = entries + column_starts[column + 1];
    float *row = y - 16;
    for (; entry < end; entry++) {
      row += 16 * ((*entry & 15) + 1);
      if (*entry < 16) continue;
      *(vector16 *)row += values * codebook[*entry >> 4];
    }
  }
}
