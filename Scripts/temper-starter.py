#!/usr/bin/env python3
"""Makes the probabilities of a trained model as high as they deserve.

    Scripts/temper-starter.py PROGRAM WEIGHTS HELD_OUT PHOTOS OUTPUT

A network that learned from a teacher's soft answers is right more often than its probabilities say.
This multiplies the weights and biases of its last layer by one number, which changes no ranking:
the one at which the true classes of photos held out are the most likely together (temperature
scaling; Guo and others, "On calibration of modern neural networks", 2017). HELD_OUT is
`validation.jsonl` of the training, PHOTOS the folder that relative paths in it begin in. OUTPUT may
be WEIGHTS. Needs nothing but Python 3.
"""

import array
import json
import math
import os
import pathlib
import struct
import subprocess
import sys
import tempfile

LAYER = "fc8"


def main():
    program, weights, held_out, photos, output = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        logits, truths = outputs(program, weights, held_out, photos, pathlib.Path(folder))
    best = min((loss(logits, truths, factor / 20), factor / 20) for factor in range(16, 61, 2))
    print(f"factor {best[1]}: loss {loss(logits, truths, 1):.3f} before, {best[0]:.3f} after")
    scale(pathlib.Path(weights), best[1], pathlib.Path(output))


def outputs(program, weights, held_out, photos, folder):
    """The last layer's values for each photo, and the index of its class."""
    records = [json.loads(line) for line in open(held_out)]
    names = folder / "names"
    names.write_text("".join(f"{os.path.join(photos, record['path'])}\n" for record in records))
    values = folder / "values.jsonl"
    command = [program, "features", "--layer", LAYER, "--model", weights, "--quiet"]
    subprocess.run(command + ["--files-from", names, "--output", values], check=True)
    metadata, _ = header(pathlib.Path(weights))
    index = {wnid: i for i, wnid in enumerate(json.loads(metadata["__metadata__"]["classes"]))}
    logits, truths = [], []
    for record, line in zip(records, values.open()):
        values_of_photo = json.loads(line).get("features")
        if values_of_photo:
            logits.append(values_of_photo)
            truths.append(index[record["wnid"]])
    return logits, truths


def loss(logits, truths, factor):
    total = 0
    for values, truth in zip(logits, truths):
        top = max(values)
        total += math.log(sum(math.exp(factor * (value - top)) for value in values))
        total -= factor * (values[truth] - top)
    return total / len(truths)


def header(path):
    with path.open("rb") as file:
        length = struct.unpack("<Q", file.read(8))[0]
        return json.loads(file.read(length)), 8 + length


def scale(path, factor, output):
    tensors, start = header(path)
    content = bytearray(path.read_bytes())
    for name in (f"{LAYER}.weight", f"{LAYER}.bias"):
        if tensors[name]["dtype"] != "F32":
            sys.exit(f"{path}: {name} is not in float32")
        first, last = (start + offset for offset in tensors[name]["data_offsets"])
        values = array.array("f", content[first:last])
        content[first:last] = array.array("f", [factor * value for value in values]).tobytes()
    output.write_bytes(content)


if __name__ == "__main__":
    main()
