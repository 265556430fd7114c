// Counts what the calling thread allocates, for tests of code that must not allocate.
#ifndef ALLOCATION_COUNT_H
#define ALLOCATION_COUNT_H

#include <stddef.h>

// Whether allocations are counted here: only with the GNU C library, whose functions can be
// replaced.
int allocations_are_counted(void);

// How often, and how many bytes, the calling thread has allocated since it started.
size_t allocation_count(void);
size_t allocation_bytes(void);

#endif
