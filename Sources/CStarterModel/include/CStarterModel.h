// Data compiled into the program: the starter model and the names of ImageNet's classes.
// README.md beside these sources says what the model holds and how it is rebuilt.
//
// All memory here is read-only and lives as long as the process.

#ifndef ALEXNET_STARTER_MODEL_H
#define ALEXNET_STARTER_MODEL_H

#include <stddef.h>

/// The starter model, a safetensors file in compact form, aligned to 64 bytes.
const unsigned char *alexnet_starter_model_bytes(void);
size_t alexnet_starter_model_size(void);

/// The 1000 classes of ILSVRC-2012 in the order of public weights: a line of UTF-8 text for each,
/// WordNet id, a tab, a readable name.
const unsigned char *alexnet_imagenet_classes_bytes(void);
size_t alexnet_imagenet_classes_size(void);

/// Every synset above these classes in WordNet 3.0, and the classes: a line of UTF-8 text for each,
/// WordNet id, a tab, the ids directly above it with commas between them, a tab, its first word.
const unsigned char *alexnet_imagenet_hypernyms_bytes(void);
size_t alexnet_imagenet_hypernyms_size(void);

#endif
