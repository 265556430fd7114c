// Calls the kernels of the instruction set that the caller passes as `isa`.
#include "CResize.h"

#include <string.h>

#include "CProcessor.h"

#define DECLARE(suffix)                                                                            \
  void resize_row_##suffix(const uint8_t *, size_t, const int32_t *, const int16_t *, size_t,      \
                           size_t, uint8_t *, size_t);                                             \
  void resize_column_##suffix(const uint8_t *const *, const int32_t *, size_t, uint8_t *, size_t); \
  void linear_row_##suffix(const uint8_t *, size_t, const int32_t *, const int32_t *,              \
                           const int32_t *, uint16_t *, size_t);                                   \
  void linear_column_##suffix(const uint16_t *, const uint16_t *, int32_t, uint8_t *, size_t);     \
  void normalize_pixels_##suffix(const uint8_t *, size_t, int, const float *, const float *,       \
                                 float *);                                                         \
  void sample_pixels_##suffix(const sample_window *, uint8_t *, size_t, size_t, uint64_t *);       \
  void change_colors_##suffix(uint8_t *, size_t, const float *);

DECLARE(portable)
#if defined(__x86_64__)
DECLARE(avx2)
#define CALL(isa, kernel, ...) \
  ((isa) == RESIZE_ISA_AVX2 ? kernel##_avx2(__VA_ARGS__) : kernel##_portable(__VA_ARGS__))
#else
#define CALL(isa, kernel, ...) ((void)(isa), kernel##_portable(__VA_ARGS__))
#endif

resize_isa resize_best_isa(void) {
  const char *isa = processor_isa();
  return strcmp(isa, "avx2") == 0 || strcmp(isa, "avx512") == 0 ? RESIZE_ISA_AVX2
                                                                : RESIZE_ISA_PORTABLE;
}

void resize_row(resize_isa isa, const uint8_t *src, size_t readable, const int32_t *first,
                const int16_t *weights, size_t groups, size_t taps, uint8_t *dst, size_t width) {
  CALL(isa, resize_row, src, readable, first, weights, groups, taps, dst, width);
}

void resize_column(resize_isa isa, const uint8_t *const *rows, const int32_t *weights, size_t taps,
                   uint8_t *dst, size_t bytes) {
  CALL(isa, resize_column, rows, weights, taps, dst, bytes);
}

void linear_row(resize_isa isa, const uint8_t *src, size_t readable, const int32_t *first,
                const int32_t *second, const int32_t *fraction, uint16_t *dst, size_t width) {
  CALL(isa, linear_row, src, readable, first, second, fraction, dst, width);
}

void linear_column(resize_isa isa, const uint16_t *upper, const uint16_t *lower, int32_t fraction,
                   uint8_t *dst, size_t count) {
  CALL(isa, linear_column, upper, lower, fraction, dst, count);
}

void normalize_pixels(resize_isa isa, const uint8_t *src, size_t pixels, int reverse,
                      const float *mean, const float *scale, float *dst) {
  CALL(isa, normalize_pixels, src, pixels, reverse, mean, scale, dst);
}

void sample_pixels(resize_isa isa, const sample_window *window, uint8_t *dst, size_t width,
                   size_t height, uint64_t sums[3]) {
  CALL(isa, sample_pixels, window, dst, width, height, sums);
}

void change_colors(resize_isa isa, uint8_t *pixels, size_t count, const float *change) {
  CALL(isa, change_colors, pixels, count, change);
}
