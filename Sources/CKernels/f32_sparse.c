// Products with matrices that are stored pruned and clustered: see SparseMatrix.
#include "CKernels.h"

void f32_sparse_columns(const uint8_t *entries, const uint32_t *column_starts, size_t first,
                        size_t last, const float codebook[16], const float *x, float *y) {
  for (size_t column = first; column < last; column++) {
    const float value = x[column];
    if (value == 0) continue;
    float products[16];
    for (size_t i = 0; i < 16; i++) products[i] = codebook[i] * value;
    const uint8_t *entry = entries + column_starts[column];
    const uint8_t *const end = entries + column_starts[column + 1];
    float *row = y - 1;
    for (; entry < end; entry++) {
      row += (*entry & 15) + 1;
      *row += products[*entry >> 4];
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
