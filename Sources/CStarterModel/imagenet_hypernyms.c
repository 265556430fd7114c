#include "CStarterModel.h"

static const unsigned char imagenet_hypernyms[] = {
#embed "imagenet_hypernyms.tsv"
};

const unsigned char *alexnet_imagenet_hypernyms_bytes(void) { return imagenet_hypernyms; }

size_t alexnet_imagenet_hypernyms_size(void) { return sizeof imagenet_hypernyms; }
