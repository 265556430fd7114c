#include "CStarterModel.h"

// Accessors, because Swift cannot import an array whose size stands nowhere in a header.

static const _Alignas(64) unsigned char starter_model[] = {
#embed "starter.safetensors"
};

const unsigned char *alexnet_starter_model_bytes(void) { return starter_model; }

size_t alexnet_starter_model_size(void) { return sizeof starter_model; }
