#include "harness.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static struct {
  char kernel[64];
  char text[160];  // describes the case
  size_t cases;
  size_t values;
  size_t wrong;
  double largest;  // the largest error, divided by its tolerance
  size_t wrong_before;
} tally;

static struct {
  void *start;
  size_t bytes;
} allocations[64];
static size_t allocation_count;

static void report_crash(int number) {
  fprintf(stderr, "%s: %s: %s\n", tally.kernel, tally.text,
          number == SIGILL ? "an instruction that this processor lacks"
                           : "read or wrote outside of its memory");
  _exit(2);
}

static void release_memory(void) {
  while (allocation_count > 0) {
    allocation_count--;
    munmap(allocations[allocation_count].start, allocations[allocation_count].bytes);
  }
}

static void print_tally(void) {
  if (tally.values == 0) return;
  printf("%-36s %6zu cases %9zu values  largest error %4.2f of its tolerance%s\n", tally.kernel,
         tally.cases, tally.values, tally.largest, tally.wrong ? "  WRONG" : "");
}

void kernel_begins(const char *type, const char *table, const char *kernel) {
  signal(SIGSEGV, report_crash);
  signal(SIGBUS, report_crash);
  signal(SIGILL, report_crash);
  const size_t wrong = checks_end();
  memset(&tally, 0, sizeof tally);
  tally.wrong_before = wrong;
  snprintf(tally.kernel, sizeof tally.kernel, "%s%s%s %s", type, *table ? "_" : "", table, kernel);
}

void case_begins(const char *format, ...) {
  release_memory();
  tally.cases++;
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(tally.text, sizeof tally.text, format, arguments);
  va_end(arguments);
}

size_t checks_end(void) {
  print_tally();
  release_memory();
  const size_t wrong = tally.wrong + tally.wrong_before;
  memset(&tally, 0, sizeof tally);
  tally.wrong_before = wrong;
  return wrong;
}

void *memory(size_t bytes) {
  const size_t page = (size_t)sysconf(_SC_PAGESIZE);
  const size_t used = (bytes + page - 1) / page * page;
  if (allocation_count == COUNT(allocations)) {
    fprintf(stderr, "%s: too many pieces of memory in one case\n", tally.kernel);
    exit(2);
  }
  uint8_t *start =
      mmap(NULL, used + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (start == MAP_FAILED || mprotect(start + used, page, PROT_NONE) != 0) {
    perror("memory");
    exit(2);
  }
  allocations[allocation_count].start = start;
  allocations[allocation_count].bytes = used + page;
  allocation_count++;
  return start + used - bytes;
}

// xorshift64*, which gives the same values on every machine.
static uint32_t random_bits(void) {
  static uint64_t state = 20121203;
  state ^= state >> 12;
  state ^= state << 25;
  state ^= state >> 27;
  return (uint32_t)(state * 0x2545F4914F6CDD1D >> 32);
}

size_t random_below(size_t limit) { return random_bits() % limit; }

float *random_floats(size_t count) {
  float *values = memory(count * sizeof(float));
  for (size_t i = 0; i < count; i++) values[i] = (float)random_bits() * 0x1p-31f - 1;
  return values;
}

uint8_t *random_bytes(size_t count) {
  uint8_t *values = memory(count);
  for (size_t i = 0; i < count; i++) values[i] = (uint8_t)(random_bits() >> 24);
  return values;
}

static struct expectation *expect_same(double value, size_t count) {
  struct expectation *expected = memory(count * sizeof *expected);
  for (size_t i = 0; i < count; i++) expected[i] = (struct expectation){value, 0};
  return expected;
}

float *output_floats(size_t count, struct expectation **expected) {
  const float untouched = 1234.5f;
  float *values = memory(count * sizeof(float));
  for (size_t i = 0; i < count; i++) values[i] = untouched;
  *expected = expect_same((double)untouched, count);
  return values;
}

uint8_t *output_bytes(size_t count, struct expectation **expected) {
  const uint8_t untouched = 165;
  uint8_t *values = memory(count);
  memset(values, untouched, count);
  *expected = expect_same(untouched, count);
  return values;
}

static void compare(double found, struct expectation expected, size_t index) {
  const double error = fabs(found - expected.value);
  tally.values++;
  if (expected.tolerance > 0 && error / expected.tolerance > tally.largest)
    tally.largest = error / expected.tolerance;
  if (error <= expected.tolerance) return;
  if (++tally.wrong <= 5)
    fprintf(stderr, "%s: %s: value %zu is %.9g, not %.9g (tolerance %.2g)\n", tally.kernel,
            tally.text, index, found, expected.value, expected.tolerance);
}

void compare_floats(const float *found, const struct expectation *expected, size_t count) {
  for (size_t i = 0; i < count; i++) compare((double)found[i], expected[i], i);
}

void compare_bytes(const uint8_t *found, const struct expectation *expected, size_t count) {
  for (size_t i = 0; i < count; i++) compare(found[i], expected[i], i);
}

struct expectation nearest_byte(double value, double error) {
  const double clamped = value < 0 ? 0 : value > 255 ? 255 : value;
  // Outside 0 to 255, only one byte is right. Inside, the value may be half a step away from the
  // byte.
  const double outside = fabs(value - clamped);
  return (struct expectation){clamped, outside > error ? 0 : 0.5 + error};
}

size_t walk_offset(const struct walk *walk, size_t row, size_t k) {
  const size_t run = k / walk->run;
  return row * walk->row_stride + run / walk->inner * walk->outer_stride +
         run % walk->inner * walk->inner_stride + k % walk->run;
}

size_t walk_span(const struct walk *walk, size_t rows) {
  return walk_offset(walk, rows - 1, walk->outer * walk->inner * walk->run - 1) + 1;
}
