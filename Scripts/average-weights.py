#!/usr/bin/env python3
"""Averages the weights of trainings of one network that began with the same weights.

    Scripts/average-weights.py OUTPUT SHARE FILE SHARE FILE...

The shares add up to 1. Files are safetensors of float32; OUTPUT has the metadata of the first one,
without its accuracy, which is not that of the average.
The average is often better than each of them (Wortsman and others, "Model soups", 2022).
Needs numpy.
"""

import json
import pathlib
import struct
import sys

import numpy


def main():
    output, *rest = sys.argv[1:]
    shares, paths = [float(share) for share in rest[::2]], rest[1::2]
    if len(shares) != len(paths) or len(paths) < 2 or abs(sum(shares) - 1) > 1e-6:
        sys.exit(__doc__)
    header, first = read(paths[0])
    total = {name: shares[0] * values for name, values in first.items()}
    for share, path in zip(shares[1:], paths[1:]):
        _, tensors = read(path)
        if {n: v.size for n, v in tensors.items()} != {n: v.size for n, v in total.items()}:
            sys.exit(f"{path} has other tensors than {paths[0]}")
        for name in total:
            total[name] = total[name] + share * tensors[name]
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
        tensors[name] = numpy.frombuffer(content[start:stop], "<f4")
    return header, tensors


if __name__ == "__main__":
    main()
