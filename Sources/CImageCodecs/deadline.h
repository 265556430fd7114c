#ifndef DEADLINE_H
#define DEADLINE_H

#include <stdbool.h>
#include <stdint.h>

/// Nanoseconds of processor time that this thread has taken. Decoding waits for nothing, so that
/// they are what it takes; where the process is stopped, or others have the processor, they stand
/// still.
uint64_t codec_now(void);

/// When work that begins now must end; 0 if `limit` is 0, which means no limit.
static inline uint64_t codec_deadline(uint64_t limit) { return limit ? codec_now() + limit : 0; }

static inline bool codec_is_over(uint64_t deadline) { return deadline && codec_now() > deadline; }

#endif
