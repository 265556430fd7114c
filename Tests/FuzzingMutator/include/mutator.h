// The mutator has no functions for Swift: libFuzzer finds its function by name.
#ifndef ALEXNET_FUZZING_MUTATOR_H
#define ALEXNET_FUZZING_MUTATOR_H

#endif
