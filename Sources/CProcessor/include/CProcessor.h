// The instruction sets of this processor, and the one that the program uses. All modules with
// kernels for several instruction sets call these functions, so that they all choose the same one.
#ifndef CPROCESSOR_H
#define CPROCESSOR_H

struct processor_features {
  int avx2;          // AVX2, FMA and F16C
  int avx512;        // AVX-512 F, VL, BW and DQ
  int avx512_vnni;   // and VNNI: products of bytes
  int avx512_vbmi2;  // and VBMI2: expanding bytes by a mask
  int avx512_bf16;   // and BF16: products of bfloat16
  int neon;
  int neon_dotprod;  // and DotProd: products of bytes
};

struct processor_features processor_features(void);

// Whether the processor has the instruction set `name`: portable, avx2, avx512 or neon.
int processor_has(const char *name);

// The value of the environment variable ALEXNET_ISA; NULL if it is not set or empty.
const char *processor_requested_isa(void);

// The instruction set to use: the one in ALEXNET_ISA if the processor has it, otherwise the best
// one of the processor.
const char *processor_isa(void);

#endif
