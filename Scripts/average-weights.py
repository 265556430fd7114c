#!/usr/bin/env python3
"""Averages the weights of trainings of one network that began with the same weights.

    Scripts/average-weights.py OUTPUT SHARE FILE SHARE FILE... [--photos FOLDER]

The shares add up to 1. Files are safetensors of float32; OUTPUT has the metadata of the first one,
without its accuracy, which is not that of the average.
The average is often better than each of them (Wortsman and others, "Model soups", 2022). But its
layers give smaller numbers than theirs, since what they do not agree on cancels out. With --photos,
each channel is scaled and shifted so that its values on up to 500 of these photos have the mean and
the deviation that they have in FILEs, averaged by their shares (Jordan and others, "REPAIR:
REnormalizing Permuted Activations for Interpolation Repair", 2022). That is for the network of the
built-in model.
Needs numpy; with --photos also torch and pillow.
"""

import json
import pathlib
import struct
import sys

import numpy

PHOTOS = 500
AT_ONCE = 50
# Of each convolution: stride, padding, and whether a pooling and a normalisation follow.
CONVOLUTIONS = {
    "conv1": (4, 0, True, True),
    "conv2": (1, 2, True, True),
    "conv3": (1, 1, False, False),
    "conv4": (1, 1, False, False),
    "conv5": (1, 1, True, False),
}
LAYERS = [*CONVOLUTIONS, "fc6", "fc7"]
# A channel that hardly changes in the average gets no larger factor than this.
FACTORS = (0.5, 3)


def main():
    output, *rest = sys.argv[1:]
    photos = None
    if rest[-2:-1] == ["--photos"]:
        photos = rest[-1]
        rest = rest[:-2]
    shares, paths = [float(share) for share in rest[::2]], rest[1::2]
    if len(shares) != len(paths) or len(paths) < 2 or abs(sum(shares) - 1) > 1e-6:
        sys.exit(__doc__)
    header, first = read(paths[0])
    parts = [first] + [read(path)[1] for path in paths[1:]]
    for path, part in zip(paths, parts):
        if {n: v.shape for n, v in part.items()} != {n: v.shape for n, v in first.items()}:
            sys.exit(f"{path} has other tensors than {paths[0]}")
    total = {
        name: sum(share * part[name] for share, part in zip(shares, parts)) for name in first
    }
    if photos:
        rescale(total, shares, parts, pictures(photos))
    header["__metadata__"].pop("accuracy", None)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(output, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for values in total.values():
            file.write(values.astype("<f4").tobytes())


def read(path):
    """The header, and the tensors in the order of their values."""
    content = pathlib.Path(path).read_bytes()
    end = 8 + struct.unpack("<Q", content[:8])[0]
    header = json.loads(content[8:end])
    header.setdefault("__metadata__", {})
    entries = [(name, entry) for name, entry in header.items() if name != "__metadata__"]
    tensors = {}
    for name, entry in sorted(entries, key=lambda item: item[1]["data_offsets"]):
        if entry["dtype"] != "F32":
            sys.exit(f"{path}: {name} is not in float32")
        start, stop = (end + offset for offset in entry["data_offsets"])
        tensors[name] = numpy.frombuffer(content[start:stop], "<f4").reshape(entry["shape"])
    return header, tensors


def pictures(folder):
    """Photos as the built-in model sees them: [N, 3, 227, 227]."""
    from PIL import Image

    found = []
    for path in sorted(path for path in pathlib.Path(folder).rglob("*") if path.is_file())[:PHOTOS]:
        picture = Image.open(path).convert("RGB")
        for short in (128, 256):
            scale = short / min(picture.size)
            if scale < 1 or short == 256:
                size = [max(short, round(side * scale)) for side in picture.size]
                picture = picture.resize(size, Image.Resampling.BILINEAR)
        left, top = ((side - 227) // 2 for side in picture.size)
        crop = picture.crop((left, top, left + 227, top + 227))
        values = (numpy.asarray(crop, "f4") - (124, 117, 104)) * 0.015625
        found.append(values.transpose(2, 0, 1).astype("f4"))
    return numpy.stack(found)


def rescale(total, shares, parts, inputs):
    """Scales and shifts the channels of `total`, layer by layer."""
    import torch
    from torch.nn import functional

    def layer(network, name, values):
        weight, bias = (torch.tensor(network[f"{name}.{kind}"]) for kind in ("weight", "bias"))
        if name not in CONVOLUTIONS:
            return values.flatten(1) @ weight.flatten(1).T + bias
        stride, padding, *_ = CONVOLUTIONS[name]
        return torch.cat([
            functional.conv2d(part, weight, bias, stride, padding)
            for part in values.split(AT_ONCE)
        ])

    def following(name, values):
        _, _, pools, normalizes = CONVOLUTIONS.get(name, (0, 0, False, False))
        values = values.relu()
        if pools:
            values = functional.max_pool2d(values, 3, 2)
        return functional.local_response_norm(values, 5) if normalizes else values

    def statistics(values):
        others = [axis for axis in range(values.dim()) if axis != 1]
        return values.mean(others), values.std(others)

    with torch.no_grad():
        streams = [torch.tensor(inputs)] * len(parts)
        stream = streams[0]
        for name in LAYERS:
            outputs = [layer(part, name, values) for part, values in zip(parts, streams)]
            wanted = [statistics(values) for values in outputs]
            mean = sum(share * mean for share, (mean, _) in zip(shares, wanted))
            deviation = sum(share * deviation for share, (_, deviation) in zip(shares, wanted))
            own = layer(total, name, stream)
            own_mean, own_deviation = statistics(own)
            factor = (deviation / own_deviation.clamp(min=1e-6)).clamp(*FACTORS)
            weight, bias = (torch.tensor(total[f"{name}.{kind}"]) for kind in ("weight", "bias"))
            channels = [-1] + [1] * (weight.dim() - 1)
            total[f"{name}.weight"] = (weight * factor.reshape(channels)).numpy()
            total[f"{name}.bias"] = ((bias - own_mean) * factor + mean).numpy()
            streams = [following(name, values) for values in outputs]
            # Images come first, then channels.
            own_mean, factor, mean = (
                values.reshape([1, -1] + [1] * (own.dim() - 2))
                for values in (own_mean, factor, mean)
            )
            stream = following(name, (own - own_mean) * factor + mean)


if __name__ == "__main__":
    main()
