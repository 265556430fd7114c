#include "CProcessor.h"

#include <stdlib.h>
#include <string.h>

#if defined(__aarch64__) && defined(__linux__)
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif

struct processor_features processor_features(void) {
  struct processor_features f = {0};
#if defined(__x86_64__)
  __builtin_cpu_init();
  f.avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
           __builtin_cpu_supports("f16c");
  f.avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
             __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq");
  f.avx512_vnni = f.avx512 && __builtin_cpu_supports("avx512vnni");
  f.avx512_vbmi2 = f.avx512 && __builtin_cpu_supports("avx512vbmi2");
  f.avx512_bf16 = f.avx512 && __builtin_cpu_supports("avx512bf16");
#elif defined(__aarch64__)
  f.neon = 1;
#if defined(__ARM_FEATURE_DOTPROD)
  // Every Mac has it; the compiler decides at build time.
  f.neon_dotprod = 1;
#elif defined(__linux__)
  f.neon_dotprod = (getauxval(AT_HWCAP) & HWCAP_ASIMDDP) != 0;
#endif
#endif
  return f;
}

int processor_has(const char *name) {
  const struct processor_features f = processor_features();
  if (strcmp(name, "avx512") == 0) return f.avx512;
  if (strcmp(name, "avx2") == 0) return f.avx2;
  if (strcmp(name, "neon") == 0) return f.neon;
  return strcmp(name, "portable") == 0;
}

const char *processor_requested_isa(void) {
  const char *value = getenv("ALEXNET_ISA");
  return value && *value ? value : NULL;
}

const char *processor_isa(void) {
  static const char *const names[] = {"avx512", "avx2", "neon"};
  const char *requested = processor_requested_isa();
  if (requested && processor_has(requested)) return requested;
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (processor_has(names[i])) return names[i];
  return "portable";
}
