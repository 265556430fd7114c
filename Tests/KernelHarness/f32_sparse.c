#include "harness.h"

// A random matrix, both in the form of SparseMatrix and dense.
struct matrix {
  size_t rows;
  size_t columns;
  size_t mask_stride;
  const uint8_t *masks;
  const uint8_t *codes;
  const uint32_t *code_starts;
  const uint16_t *listed_rows;
  const uint8_t *dense;  // [rows][columns]: 1 + the code, 0 for no weight
};

// Makes a matrix in which one of `sparsity` values is not 0. Every fourth column is empty.
static struct matrix random_matrix(size_t rows, size_t columns, size_t sparsity) {
  struct matrix m = {.rows = rows, .columns = columns, .mask_stride = (rows + 63) / 64 * 8};
  uint8_t *masks = memory(columns * m.mask_stride);
  memset(masks, 0, columns * m.mask_stride);
  uint8_t *codes = memory(rows * columns), *dense = memory(rows * columns);
  uint32_t *starts = memory((columns + 1) * sizeof *starts);
  uint16_t *listed = memory((rows + 1) * columns * sizeof *listed);
  uint32_t end = 0;
  for (size_t column = 0; column < columns; column++) {
    starts[column] = end;
    size_t count = 0;
    for (size_t row = 0; row < rows; row++) {
      const int is_kept = column % 4 != 3 && random_below(sparsity) == 0;
      const uint8_t code = is_kept ? (uint8_t)random_below(16) : 0;
      dense[row * columns + column] = is_kept ? 1 + code : 0;
      if (!is_kept) continue;
      masks[column * m.mask_stride + row / 8] |= (uint8_t)(1 << row % 8);
      listed[2 * end + count] = (uint16_t)row;
      if (count % 2 == 0)
        codes[end + count / 2] = code;
      else
        codes[end + count / 2] |= (uint8_t)(code << 4);
      count++;
    }
    if (count % 2 == 1) listed[2 * end + count] = SPARSE_NO_ROW;
    end += (uint32_t)(count + 1) / 2;
  }
  starts[columns] = end;
  uint8_t *exact_codes = memory(end);
  memcpy(exact_codes, codes, end);
  uint16_t *exact_rows = memory(2 * end * sizeof *exact_rows);
  memcpy(exact_rows, listed, 2 * end * sizeof *exact_rows);
  m.masks = masks;
  m.codes = exact_codes;
  m.code_starts = starts;
  m.listed_rows = exact_rows;
  m.dense = dense;
  return m;
}

// The indices of two thirds of the columns. `count` becomes their number.
static const uint32_t *some_columns(const struct matrix *m, size_t *count) {
  *count = 0;
  uint32_t *columns = memory(m->columns * sizeof *columns);
  for (uint32_t column = 0; column < m->columns; column++)
    if (column % 3 != 1) columns[(*count)++] = column;
  uint32_t *exact = memory(*count * sizeof *exact);
  memcpy(exact, columns, *count * sizeof *exact);
  return exact;
}

static void check_rows(const struct matrix *m) {
  const size_t count = 2 * (size_t)m->code_starts[m->columns];
  struct expectation *expected;
  float *found = output_floats(count, &expected);
  uint16_t *rows = memory(sparse_rows_size(m->code_starts[m->columns]) * sizeof *rows);
  sparse_list_rows(m->masks, m->mask_stride, m->columns, m->code_starts, rows);
  for (size_t i = 0; i < count; i++) {
    found[i] = rows[i];
    expected[i] = (struct expectation){m->listed_rows[i], 0};
  }
  compare_floats(found, expected, count);
}

static void check_products(const struct f32_kernels *kernels, size_t rows, size_t columns,
                           size_t sparsity, size_t lanes) {
  case_begins("%zu x %zu, one in %zu", rows, columns, sparsity);
  const struct matrix m = random_matrix(rows, columns, sparsity);
  const float *codebook = random_floats(16);
  struct f32_sparse s = {.masks = m.masks,
                         .mask_stride = m.mask_stride,
                         .codes = m.codes,
                         .code_starts = m.code_starts,
                         .rows = kernels->sparse_rows ? m.listed_rows : NULL,
                         .codebook = codebook,
                         .x = random_floats(columns * lanes)};
  s.columns = some_columns(&m, &s.count);
  const size_t sums = 8 * m.mask_stride;
  s.y = random_floats(sums * lanes);
  s.scratch = memory(f32_sparse_scratch_size(m.mask_stride) * sizeof(float));
  struct expectation *expected = memory(sums * lanes * sizeof *expected);
  for (size_t row = 0; row < sums; row++)
    for (size_t lane = 0; lane < lanes; lane++) {
      double sum = (double)s.y[row * lanes + lane], magnitude = fabs(sum);
      size_t terms = 0;
      for (size_t i = 0; row < rows && i < s.count; i++) {
        const uint8_t entry = m.dense[row * columns + s.columns[i]];
        if (entry == 0) continue;
        const double product =
            (double)codebook[entry - 1] * (double)s.x[s.columns[i] * lanes + lane];
        sum += product;
        magnitude += fabs(product);
        terms++;
      }
      // Each term has two roundings: one of the product and one of the sum.
      expected[row * lanes + lane] =
          (struct expectation){sum, 2 * (double)terms * ROUNDING * magnitude};
    }
  (lanes == 16 ? kernels->sparse_x16 : kernels->sparse)(&s);
  compare_floats(s.y, expected, sums * lanes);
  check_rows(&m);
}

static void check_bytes(const struct s8u8_sparse_kernels *kernels, size_t rows, size_t columns,
                        size_t sparsity, int relu) {
  case_begins("%zu x %zu, one in %zu, relu %d", rows, columns, sparsity, relu);
  const struct matrix m = random_matrix(rows, columns, sparsity);
  const size_t parts = 2, stride = 8 * m.mask_stride;
  const int8_t *codebook = (const int8_t *)random_bytes(16);
  const uint8_t *x = random_bytes(columns);
  int32_t *sums = memory(parts * stride * sizeof *sums);
  memset(sums, 0, parts * stride * sizeof *sums);
  size_t count;
  const uint32_t *some = some_columns(&m, &count);
  for (size_t part = 0; part < parts; part++) {
    const size_t first = part * count / parts, last = (part + 1) * count / parts;
    const struct s8u8_sparse s = {.masks = m.masks,
                                  .mask_stride = m.mask_stride,
                                  .codes = m.codes,
                                  .code_starts = m.code_starts,
                                  .codebook = codebook,
                                  .columns = some + first,
                                  .count = last - first,
                                  .x = x,
                                  .sums = sums + part * stride,
                                  .scratch = memory(s8u8_sparse_scratch_size(m.mask_stride))};
    kernels->sparse(&s);
  }
  const float *bias = random_floats(rows);
  struct expectation *expected;
  float *output = output_floats(rows, &expected);
  const float scale = 0.01f;
  for (size_t row = 0; row < rows; row++) {
    int32_t sum = 0;
    for (size_t i = 0; i < count; i++) {
      const uint8_t entry = m.dense[row * columns + some[i]];
      if (entry) sum += codebook[entry - 1] * x[some[i]];
    }
    const double value = (double)sum * (double)scale + (double)bias[row];
    expected[row] = (struct expectation){relu && value < 0 ? 0 : value,
                                         4 * ROUNDING * (fabs((double)sum) * 0.01 + 1)};
  }
  const struct s8u8_sparse_sums result = {sums, parts, stride, rows, scale, bias, relu, output};
  kernels->sums(&result);
  compare_floats(output, expected, rows);
}

static const size_t sizes[][2] = {{1, 1},    {17, 5},    {64, 3},   {65, 40},
                                  {301, 64}, {1000, 13}, {4096, 9}, {5000, 6}};

void check_f32_sparse(const struct f32_kernels *kernels) {
  for (size_t lanes = 1; lanes <= 16; lanes += 15) {
    kernel_begins("f32", kernels->name, lanes == 16 ? "sparse_x16" : "sparse");
    for (size_t sparsity = 1; sparsity <= 40; sparsity = 3 * sparsity + 1)
      for (size_t i = 0; i < COUNT(sizes); i++)
        check_products(kernels, sizes[i][0], sizes[i][1], sparsity, lanes);
  }
}

void check_s8u8_sparse(const struct s8u8_sparse_kernels *kernels) {
  kernel_begins("s8u8", kernels->name, "sparse");
  for (size_t sparsity = 1; sparsity <= 40; sparsity = 3 * sparsity + 1)
    for (size_t i = 0; i < COUNT(sizes); i++)
      check_bytes(kernels, sizes[i][0], sizes[i][1], sparsity, i % 2);
}

// Compares the positions that a kernel found. `found[count]` is the number that it returned.
static void compare_positions(float *found, struct expectation *expected, size_t count,
                              size_t wanted, const uint32_t *positions, size_t number) {
  for (size_t i = 0; i < number; i++) found[i] = (float)positions[i];
  found[count] = (float)number;
  expected[count] = (struct expectation){(double)wanted, 0};
  compare_floats(found, expected, count + 1);
}

void check_f32_nonzero(void) {
  kernel_begins("f32", "", "nonzero");
  for (size_t count = 1; count <= 70; count += 23) {
    case_begins("%zu values", count);
    float *x = random_floats(count);
    for (size_t i = 0; i < count; i += 3) x[i] = i % 2 ? 0.0f : -0.0f;
    uint32_t *positions = memory(count * sizeof *positions);
    struct expectation *expected;
    float *found = output_floats(count + 1, &expected);
    size_t wanted = 0;
    for (size_t i = 0; i < count; i++)
      if (x[i] != 0) expected[wanted++] = (struct expectation){(double)i, 0};
    compare_positions(found, expected, count, wanted, positions, f32_nonzero(x, count, positions));
  }
}

void check_u8_nonzero(const struct s8u8_sparse_kernels *kernels) {
  kernel_begins("s8u8", kernels->name, "nonzero");
  for (size_t count = 1; count <= 70; count += 23) {
    case_begins("%zu values", count);
    uint8_t *x = random_bytes(count);
    for (size_t i = 0; i < count; i += 3) x[i] = 0;
    uint32_t *positions = memory(u8_nonzero_size(count) * sizeof *positions);
    struct expectation *expected;
    float *found = output_floats(count + 1, &expected);
    size_t wanted = 0;
    for (size_t i = 0; i < count; i++)
      if (x[i] != 0) expected[wanted++] = (struct expectation){(double)i, 0};
    const size_t number = kernels->nonzero(x, count, positions);
    compare_positions(found, expected, count, wanted, positions, number);
  }
}
