#!/usr/bin/env python3
"""Writes the golden values of Tests/NetworkTests/Golden with PyTorch: NAME.f32 are the logits of
a network, NAME-LAYER.f32 the values of one of its layers, flattened as PyTorch does it.

Needs numpy and torch. The weights and the input come from the integer generator that
Sources/Network/SeededParameters.swift states, written here a second time; the networks are built
from PyTorch's own layers.

    python3 Scripts/make-network-goldens.py
"""

import pathlib

import numpy
import torch
import torch.nn.functional as F

# The networks whose layers are written, too.
WITH_LAYERS = ["alexnet", "torchvision"]
GOLDEN = pathlib.Path(__file__).parent.parent / "Tests/NetworkTests/Golden"


def seeded(tensor, shape, scale):
    count = int(numpy.prod(shape))
    with numpy.errstate(over="ignore"):
        index = numpy.arange(1, count + 1, dtype=numpy.uint64)
        z = numpy.uint64(tensor << 40) + index * numpy.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> numpy.uint64(30))) * numpy.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> numpy.uint64(27))) * numpy.uint64(0x94D049BB133111EB)
        z = (z ^ (z >> numpy.uint64(31))) >> numpy.uint64(40)
    unit = z.astype(numpy.float32) * numpy.float32(2.0**-23) - numpy.float32(1)
    return torch.from_numpy((unit * numpy.float32(scale)).reshape(shape))


def weights(shapes):
    """Pairs of weight and bias for convolutions [out, in, kernel, kernel] and layers [out, in]."""
    for number, shape in enumerate(shapes):
        inputs = int(numpy.prod(shape[1:]))
        scale = numpy.sqrt(numpy.float32(6) / numpy.float32(inputs))
        yield seeded(2 * number, shape, scale), seeded(2 * number + 1, shape[:1], 0.1)


def classic(x, groups, norm_first, ceil):
    shapes = [
        (96, 3, 11, 11),
        (256, 96 // groups, 5, 5),
        (384, 256, 3, 3),
        (384, 384 // groups, 3, 3),
        (256, 384 // groups, 3, 3),
        (4096, 9216),
        (4096, 4096),
        (1000, 4096),
    ]
    (w1, b1), (w2, b2), (w3, b3), (w4, b4), (w5, b5), *full = weights(shapes)

    def pool(x):
        return F.max_pool2d(x, 3, 2, ceil_mode=ceil)

    def norm(x):
        return F.local_response_norm(x, 5, alpha=1e-4, beta=0.75, k=1.0)

    def both(x):
        return pool(norm(x)) if norm_first else norm(pool(x))

    x = both(F.relu(F.conv2d(x, w1, b1, stride=4)))
    x = both(F.relu(F.conv2d(x, w2, b2, padding=2, groups=groups)))
    x = F.relu(F.conv2d(x, w3, b3, padding=1))
    x = F.relu(F.conv2d(x, w4, b4, padding=1, groups=groups))
    x = pool(F.relu(F.conv2d(x, w5, b5, padding=1, groups=groups)))
    return head(x, full)


def torchvision_layout(x):
    shapes = [
        (64, 3, 11, 11),
        (192, 64, 5, 5),
        (384, 192, 3, 3),
        (256, 384, 3, 3),
        (256, 256, 3, 3),
        (4096, 9216),
        (4096, 4096),
        (1000, 4096),
    ]
    (w1, b1), (w2, b2), (w3, b3), (w4, b4), (w5, b5), *full = weights(shapes)
    x = F.max_pool2d(F.relu(F.conv2d(x, w1, b1, stride=4, padding=2)), 3, 2)
    x = F.max_pool2d(F.relu(F.conv2d(x, w2, b2, padding=2)), 3, 2)
    x = F.relu(F.conv2d(x, w3, b3, padding=1))
    x = F.relu(F.conv2d(x, w4, b4, padding=1))
    x = F.max_pool2d(F.relu(F.conv2d(x, w5, b5, padding=1)), 3, 2)
    return head(x, full)


def head(x, full):
    """The logits, and by name the values of the layers that lead to them."""
    (w6, b6), (w7, b7), (w8, b8) = full
    pool3 = x.flatten(1)
    fc6 = F.relu(F.linear(pool3, w6, b6))
    fc7 = F.relu(F.linear(fc6, w7, b7))
    return F.linear(fc7, w8, b8), {"pool3": pool3, "fc6": fc6, "fc7": fc7}


def write(name, values):
    path = GOLDEN / (name + ".f32")
    path.write_bytes(values.numpy().astype("<f4").tobytes())
    print(f"{path.name}: largest |value| {values.abs().max():.3f}")


def main():
    GOLDEN.mkdir(parents=True, exist_ok=True)

    def picture(size):
        return seeded(1000, (1, 3, size, size), 128)

    with torch.no_grad():
        outputs = {
            "alexnet": classic(picture(227), 1, norm_first=False, ceil=False),
            "caffenet": classic(picture(227), 2, norm_first=False, ceil=False),
            "bvlc_alexnet": classic(picture(227), 2, norm_first=True, ceil=False),
            "torchvision": torchvision_layout(picture(224)),
            "onnx-zoo": classic(picture(224), 2, norm_first=True, ceil=True),
        }
    for name, (logits, layers) in outputs.items():
        write(name, logits)
        if name in WITH_LAYERS:
            for layer, values in layers.items():
                write(f"{name}-{layer}", values)


main()
