#include "CStarterModel.h"

static const unsigned char imagenet_classes[] = {
#embed "imagenet_classes.tsv"
};

const unsigned char *alexnet_imagenet_classes_bytes(void) { return imagenet_classes; }

size_t alexnet_imagenet_classes_size(void) { return sizeof imagenet_classes; }
