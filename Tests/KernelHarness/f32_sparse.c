#include "harness.h"

// A random matrix in the form of SparseMatrix, and as it is.
struct matrix {
  size_t rows;
  size_t columns;
  const uint8_t *entries;
  const uint32_t *column_starts;
  const float *codebook;
  const double *dense;  // [rows][columns]
};

// One value in `sparsity` is not zero.
static struct matrix random_matrix(size_t rows, size_t columns, size_t sparsity) {
  float *codebook = random_floats(16);
  codebook[0] = 0;
  double *dense = memory(rows * columns * sizeof(double));
  uint32_t *starts = memory((columns + 1) * sizeof(uint32_t));
  uint8_t *entries = memory(rows * columns + columns);
  uint32_t count = 0;
  for (size_t column = 0; column < columns; column++) {
    starts[column] = count;
    size_t gap = 0;
    for (size_t row = 0; row < rows; row++) {
      const size_t code = random_below(sparsity) == 0 ? 1 + random_below(15) : 0;
      dense[row * columns + column] = (double)codebook[code];
      if (code == 0) {
        gap++;
        continue;
      }
      for (; gap > 15; gap -= 16) entries[count++] = 15;
      entries[count++] = (uint8_t)(code << 4 | gap);
      gap = 0;
    }
  }
  starts[columns] = count;
  uint8_t *exact = memory(count);
  memcpy(exact, entries, count);
  return (struct matrix){rows, columns, exact, starts, codebook, dense};
}

static void check_columns(size_t rows, size_t columns, size_t sparsity, size_t lanes) {
  const size_t first = columns / 3, last = columns - columns / 5;
  case_begins("%zu x %zu, one in %zu, columns %zu to %zu", rows, columns, sparsity, first, last);
  const struct matrix m = random_matrix(rows, columns, sparsity);
  float *x = random_floats(columns * lanes);
  for (size_t i = 0; i < columns * lanes; i += 3) x[i] = 0;
  float *y = random_floats(rows * lanes);
  struct expectation *expected = memory(rows * lanes * sizeof *expected);
  for (size_t row = 0; row < rows; row++)
    for (size_t lane = 0; lane < lanes; lane++) {
      double sum = (double)y[row * lanes + lane], magnitude = fabs(sum);
      size_t terms = 0;
      for (size_t column = first; column < last; column++) {
        const double product = m.dense[row * columns + column] * (double)x[column * lanes + lane];
        sum += product;
        magnitude += fabs(product);
        terms += product != 0;
      }
      // A product and a sum a term.
      expected[row * lanes + lane] =
          (struct expectation){sum, 2 * (double)terms * ROUNDING * magnitude};
    }
  (lanes == 16 ? f32_sparse_columns_x16 : f32_sparse_columns)(
      m.entries, m.column_starts, first, last, m.codebook, x, y);
  compare_floats(y, expected, rows * lanes);
}

void check_f32_sparse(void) {
  for (size_t lanes = 1; lanes <= 16; lanes += 15) {
    kernel_begins("f32", "", lanes == 16 ? "sparse_columns_x16" : "sparse_columns");
    for (size_t sparsity = 1; sparsity <= 40; sparsity = 3 * sparsity + 1) {
      check_columns(1, 1, sparsity, lanes);
      check_columns(17, 5, sparsity, lanes);
      check_columns(33, 40, sparsity, lanes);
      check_columns(301, 64, sparsity, lanes);
    }
  }
}
