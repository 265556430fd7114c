// The kernels for the instruction set that every processor of the platform has (SSE2, NEON).
#define NAME(kernel) kernel##_portable
#include "kernels.h"
