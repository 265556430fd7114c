// Prepares the input of products with sparse matrices: see struct f32_sparse.
#include <string.h>

#include "CKernels.h"

typedef uint16_t rows8 __attribute__((vector_size(16)));

void sparse_list_rows(const uint8_t *masks, size_t mask_stride, size_t columns,
                      const uint32_t *code_starts, uint16_t *rows) {
  // A table has the rows of all bits that are set, for each value of a byte. A loop over single
  // bits would have a number of iterations that the branch predictor cannot predict.
  struct {
    rows8 rows;
    size_t count;
  } bytes[256];
  for (size_t byte = 0; byte < 256; byte++) {
    bytes[byte].count = 0;
    for (uint16_t bit = 0; bit < 8; bit++)
      if (byte >> bit & 1) bytes[byte].rows[bytes[byte].count++] = bit;
  }
  for (size_t column = 0; column < columns; column++, masks += mask_stride) {
    uint16_t *row = rows + 2 * (size_t)code_starts[column];
    uint16_t *const end = rows + 2 * (size_t)code_starts[column + 1];
    rows8 first = {0};
    for (size_t i = 0; i < mask_stride; i++, first += 8) {
      // Up to eight rows too many are written here; the next rows overwrite them.
      const rows8 found = bytes[masks[i]].rows + first;
      memcpy(row, &found, sizeof found);
      row += bytes[masks[i]].count;
    }
    if (row < end) *row = SPARSE_NO_ROW;
  }
}

size_t f32_nonzero(const float *x, size_t count, uint32_t *positions) {
  size_t found = 0;
  for (size_t i = 0; i < count; i++) {
    positions[found] = (uint32_t)i;
    found += x[i] != 0;
  }
  return found;
}
