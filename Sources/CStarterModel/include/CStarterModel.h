// The starter model: a safetensors file in compact form, compiled into read-only data.
// README.md beside these sources says what it holds and how it is rebuilt.

#ifndef ALEXNET_STARTER_MODEL_H
#define ALEXNET_STARTER_MODEL_H

#include <stddef.h>

/// The first byte, aligned to 64 bytes. The memory lives as long as the process.
const unsigned char *alexnet_starter_model_bytes(void);

/// The number of bytes.
size_t alexnet_starter_model_size(void);

#endif
