#!/usr/bin/env python3
"""Holds `alexnet evaluate` and `alexnet classify` against PyTorch, image by image.

    Scripts/interop/check-evaluate.py DATA MODEL [--crops 1|10] [--limit N] [--program alexnet]

DATA has a folder of images for each WordNet id. MODEL is a safetensors file of the variant
`alexnet` with dense weights, whose metadata names its preprocessing and classes. Pillow decodes,
resizes and crops; PyTorch's own layers classify. Prints the figures of both, and every image whose
most likely class differs with the margin between the two; fails where a count of `evaluate` differs
from that of PyTorch, or where the two margins show more than rounding. Needs numpy, Pillow and
torch.
"""

import argparse
import csv
import json
import pathlib
import struct
import subprocess
import sys
import tempfile

import numpy
import torch
import torch.nn.functional as F
from PIL import Image

DTYPES = {"F32": numpy.float32, "F16": numpy.float16}
ALLOWED = 1e-4  # the largest difference between two probabilities
BATCH = 25


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=pathlib.Path)
    parser.add_argument("model", type=pathlib.Path)
    parser.add_argument("--crops", type=int, choices=(1, 10), default=1)
    parser.add_argument("--limit", type=int, help="only this many images of each class")
    parser.add_argument("--program", default=".build/release/alexnet")
    arguments = parser.parse_args()

    tensors, metadata = read_safetensors(arguments.model)
    classes = json.loads(metadata["classes"])
    with tempfile.TemporaryDirectory() as scratch:
        data, files = selection(arguments.data, arguments.limit, pathlib.Path(scratch) / "data")
        found, per_class, records = run_program(arguments, data, pathlib.Path(scratch))
    expected = classify(tensors, json.loads(metadata["preprocessing"]), files, arguments.crops)

    truth = numpy.array([classes.index(path.parent.name) for path in files])
    order = numpy.argsort(-expected, axis=1, kind="stable")[:, :5]
    top1 = order[:, 0] == truth
    top5 = (order == truth[:, None]).any(axis=1)
    largest = differing = 0
    for path, probabilities, best, record in zip(files, expected, order, records):
        assert record["path"].endswith("/".join(path.parts[-2:])), (record["path"], path)
        ours = record["predictions"]
        largest = max(
            largest, max(abs(p["probability"] - probabilities[p["index"]]) for p in ours)
        )
        if [p["index"] for p in ours] != list(best):
            differing += 1
            print(path.name, [p["index"] for p in ours], list(best), probabilities[best])
    print(f"images: {len(files)}, crops: {arguments.crops}")
    print(f"PyTorch: top-1 {top1.sum()}, top-5 {top5.sum()} correct")
    print(f"alexnet: top-1 {found['top1']['correct']}, top-5 {found['top5']['correct']} correct,"
          f" {found['images_per_second']:.1f} images/s")
    print(f"images whose first five classes differ: {differing}")
    print(f"largest difference of a probability: {largest:.2g}, allowed: {ALLOWED:g}")

    agrees = (
        found["images"] == len(files)
        and found["failed"] == 0
        and (found["top1"]["correct"], found["top5"]["correct"]) == (top1.sum(), top5.sum())
        and largest <= ALLOWED
    )
    for row in per_class:
        mine = truth == int(row["index"])
        agrees &= int(row["images"]) == mine.sum()
        agrees &= int(row["top1_correct"]) == top1[mine].sum()
        agrees &= int(row["top5_correct"]) == top5[mine].sum()
    print("agrees, class by class" if agrees else "DIFFERS")
    sys.exit(0 if agrees else 1)


def read_safetensors(path):
    with open(path, "rb") as file:
        (size,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(size))
        data = file.read()
    metadata = header.pop("__metadata__")
    tensors = {}
    for name, entry in header.items():
        start, end = entry["data_offsets"]
        values = numpy.frombuffer(data[start:end], DTYPES[entry["dtype"]])
        tensors[name] = torch.from_numpy(values.astype(numpy.float32).reshape(entry["shape"]))
    return tensors, metadata


def selection(data, limit, folder):
    """The folder to classify and its files in the program's order."""
    files = []
    for directory in sorted(path for path in data.iterdir() if path.is_dir()):
        files += sorted(directory.iterdir(), key=lambda path: path.name.encode())[:limit]
    if limit is None:
        return data, files
    for path in files:
        (folder / path.parent.name).mkdir(parents=True, exist_ok=True)
        (folder / path.parent.name / path.name).symlink_to(path.resolve())
    return folder, files


def run_program(arguments, data, scratch):
    options = ["--model", arguments.model, "--crops", str(arguments.crops), "--no-progress", data]
    table = scratch / "classes.csv"
    evaluated = subprocess.run(
        [arguments.program, "evaluate", "--json", "--per-class", table, *options],
        check=True, stdout=subprocess.PIPE,
    )
    classified = subprocess.run(
        [arguments.program, "classify", "--jsonl", *options], check=True, stdout=subprocess.PIPE
    )
    with open(table, newline="") as file:
        rows = list(csv.DictReader(file))
    records = [json.loads(line) for line in classified.stdout.splitlines()]
    return json.loads(evaluated.stdout), rows, records


def resized(image, step):
    assert step["op"] == "resizeShortSide" and step["antialias"], step
    short, long = sorted(image.size)
    size = step["size"], step["size"] * long // short
    return image.resize(
        size if image.width <= image.height else size[::-1], Image.Resampling.BILINEAR
    )


def crops(image, step, count):
    width, height = step.get("width", step.get("size")), step.get("height", step.get("size"))
    right, bottom = image.width - width, image.height - height
    assert right >= 0 and bottom >= 0
    middle = round(right / 2), round(bottom / 2)
    if count == 1:
        return [image.crop((*middle, middle[0] + width, middle[1] + height))]
    corners = [(0, 0), (right, 0), (0, bottom), (right, bottom), middle]
    five = [image.crop((x, y, x + width, y + height)) for x, y in corners]
    return five + [crop.transpose(Image.Transpose.FLIP_LEFT_RIGHT) for crop in five]


def prepared(path, preprocessing, count):
    """The values of all crops, [count, 3, height, width]."""
    with Image.open(path) as file:
        image = file.convert("RGB")
    steps = preprocessing["steps"]
    for step in steps[:-1]:
        image = crops(image, step, 1)[0] if step["op"] == "centerCrop" else resized(image, step)
    pixels = numpy.stack([numpy.asarray(crop) for crop in crops(image, steps[-1], count)])
    pixels = pixels.astype(numpy.float32)
    if preprocessing["channels"] == "BGR":
        pixels = pixels[..., ::-1]
    mean, scale = (numpy.float32(preprocessing[name]) for name in ("mean", "scale"))
    return torch.from_numpy(((pixels - mean) * scale).transpose(0, 3, 1, 2).copy())


def forward(tensors, x):
    def convolved(x, name, **options):
        return F.relu(F.conv2d(x, tensors[name + ".weight"], tensors[name + ".bias"], **options))

    def connected(x, name):
        return F.linear(x, tensors[name + ".weight"], tensors[name + ".bias"])

    def pooled(x):
        return F.max_pool2d(x, 3, 2)

    def normalized(x):
        return F.local_response_norm(x, 5, alpha=1e-4, beta=0.75, k=1.0)

    x = normalized(pooled(convolved(x, "conv1", stride=4)))
    x = normalized(pooled(convolved(x, "conv2", padding=2)))
    x = convolved(convolved(x, "conv3", padding=1), "conv4", padding=1)
    x = pooled(convolved(x, "conv5", padding=1)).flatten(1)
    return connected(F.relu(connected(F.relu(connected(x, "fc6")), "fc7")), "fc8")


@torch.inference_mode()
def classify(tensors, preprocessing, files, count):
    """The probabilities of each file, averaged over its crops, [files, classes]."""
    result = []
    for start in range(0, len(files), BATCH):
        batch = files[start : start + BATCH]
        inputs = torch.cat([prepared(path, preprocessing, count) for path in batch])
        probabilities = F.softmax(forward(tensors, inputs), dim=1)
        result.append(probabilities.reshape(len(batch), count, -1).mean(dim=1).numpy())
    return numpy.concatenate(result)


if __name__ == "__main__":
    main()
