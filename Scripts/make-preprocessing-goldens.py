#!/usr/bin/env python3
"""Makes Tests/PreprocessingTests/Fixtures: what Pillow, torchvision and OpenCV make of pictures.

    python3 -m venv .venv-goldens
    .venv-goldens/bin/pip install pillow numpy torchvision opencv-python-headless
    .venv-goldens/bin/python Scripts/make-preprocessing-goldens.py

The pictures come from an integer generator that the tests have too, so only results are stored:
all bytes of the small ones, a digest (FNV-1a, 64 bits) of the large ones. `--random N --seed S
--output DIR` makes N random cases instead, for a wider search.
"""

import argparse
import json
import pathlib
import random

import cv2
import numpy as np
from PIL import Image

try:
    from torchvision.transforms import functional as torchvision
except ImportError:
    torchvision = None

BILINEAR = Image.Resampling.BILINEAR
CHANNELS = {"channels": "RGB", "mean": [0, 0, 0], "scale": 1}


def picture(width, height, seed):
    """Noise: the top bytes of x = 1664525 x + 1013904223 (mod 2^32), from x = seed."""
    count = width * height * 3
    # 2^16 steps at once: a^n and the sum of a^k for k < n, all modulo 2^32.
    values = np.empty(count, np.uint32)
    block = min(count, 1 << 16)
    state = seed
    multiplier, addend = 1, 0
    multipliers = np.empty(block, np.uint64)
    addends = np.empty(block, np.uint64)
    for i in range(block):
        addend = (addend * 1664525 + 1013904223) & 0xFFFFFFFF
        multiplier = (multiplier * 1664525) & 0xFFFFFFFF
        multipliers[i], addends[i] = multiplier, addend
    for start in range(0, count, block):
        n = min(block, count - start)
        part = (multipliers[:n] * np.uint64(state) + addends[:n]) & np.uint64(0xFFFFFFFF)
        values[start : start + n] = part
        state = int(part[-1])
    return (values >> 24).astype(np.uint8).reshape(height, width, 3)


def resize(image, size, antialias, box):
    if antialias:
        picture = Image.fromarray(image)
        box = box or (0, 0, *picture.size)
        # Two calls fix the order: columns first, as in all Pillow versions until one (of 2026)
        # began to resize the rows of some tall pictures first. That moves roundings by one level.
        between = picture.resize(
            (size[0], picture.height), BILINEAR, box=(box[0], 0, box[2], picture.height))
        result = between.resize(size, BILINEAR, box=(0, box[1], size[0], box[3]))
        once = np.asarray(picture.resize(size, BILINEAR, box=box)).astype(int)
        assert np.abs(once - np.asarray(result)).max() <= 1
        return np.asarray(result)
    assert box is None or box[2:] == (image.shape[1], image.shape[0])
    return cv2.resize(image, size, interpolation=cv2.INTER_LINEAR)


def center_crop(image, width, height):
    """As torchvision's center_crop, and checked against it where it is installed."""
    have_height, have_width = image.shape[:2]
    left, top = max(0, width - have_width), max(0, height - have_height)
    padded = np.pad(
        image,
        ((top // 2, (top + 1) // 2), (left // 2, (left + 1) // 2), (0, 0)),
    )
    y = round((padded.shape[0] - height) / 2)
    x = round((padded.shape[1] - width) / 2)
    result = padded[y : y + height, x : x + width]
    if torchvision:
        theirs = torchvision.center_crop(Image.fromarray(image), [height, width])
        assert np.array_equal(np.asarray(theirs), result)
    return result


def apply(steps, image, full, reduce, turned):
    """All steps, on a picture that stands for one of the size `full` reduced by `reduce`."""
    size = full
    box = (0, 0, full[0] / reduce, full[1] / reduce)
    if turned:
        # Upside down: the incomplete pixels stand at the left and at the top.
        height, width = image.shape[:2]
        box = (width - box[2], height - box[3], width, height)
    for step in steps:
        if step["op"] == "centerCrop":
            width = step.get("size", step.get("width"))
            height = step.get("size", step.get("height"))
            image = center_crop(image, width, height)
            size, box = (width, height), None
            continue
        if step["op"] == "squash":
            size = (step["width"], step["height"])
        else:
            short, long = min(size), max(size)
            target = int(step["size"] * long / short)
            size = (step["size"], target) if size[0] <= size[1] else (target, step["size"])
            if torchvision and step["antialias"] and image.size < 1e6 and reduce == 1:
                theirs = torchvision.resize(
                    Image.fromarray(image), step["size"], torchvision.InterpolationMode.BILINEAR)
                assert theirs.size == size
        image = resize(image, size, step["antialias"], box)
        box = None
    return image


def fnv1a(data):
    digest = 0xCBF29CE484222325
    for byte in data:
        digest = ((digest ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return digest


def short_side(size, antialias=True):
    return {"op": "resizeShortSide", "size": size, "antialias": antialias}


def squash(width, height, antialias=True):
    return {"op": "squash", "width": width, "height": height, "antialias": antialias}


def crop(width, height=None):
    if height is None:
        return {"op": "centerCrop", "size": width}
    return {"op": "centerCrop", "width": width, "height": height}


def fixed_cases():
    starter = [short_side(64), crop(64), short_side(256), crop(227)]
    yield "enlarged", (13, 9), 1, [squash(40, 31)]
    yield "reduced", (97, 61), 1, [squash(23, 17)]
    yield "reduced far", (211, 190), 1, [squash(5, 3)]
    yield "reduced to one pixel", (57, 43), 1, [squash(1, 1)]
    yield "wider and lower", (31, 47), 1, [squash(60, 11)]
    yield "same size", (19, 14), 1, [squash(19, 14)]
    yield "only columns", (37, 14), 1, [squash(19, 14)]
    yield "only rows", (19, 37), 1, [squash(19, 14)]
    yield "one pixel", (1, 1), 1, [squash(7, 5)]
    yield "one pixel wide", (1, 50), 1, [short_side(8), crop(6)]
    yield "one pixel high", (50, 1), 1, [short_side(8), crop(7)]
    yield "one pixel wide and very long", (1, 3000), 1, [short_side(16), crop(15)]
    yield "two pixels high", (7, 2), 1, [squash(3, 9)]
    yield "short side, landscape", (75, 50), 1, [short_side(32), crop(27)]
    yield "short side, portrait", (50, 75), 1, [short_side(32), crop(28)]
    yield "short side truncates", (101, 67), 1, [short_side(31)]
    yield "crop alone", (33, 30), 1, [crop(20, 15)]
    yield "crop halves to even", (23, 25), 1, [crop(20, 20)]
    yield "crop pads", (11, 8), 1, [crop(16, 13)]
    yield "crop pads one side", (21, 8), 1, [crop(16, 13)]
    yield "resize after padding", (11, 8), 1, [crop(16, 13), squash(29, 23), crop(25)]
    yield "crop, then pad", (40, 1), 1, [crop(2, 1), crop(19, 13)]
    yield "crop, pad, crop", (50, 3), 1, [crop(3, 2), crop(16, 1), crop(2, 2)]
    yield "nothing but padding", (1, 1), 1, [crop(4), crop(1), squash(3, 3)]
    yield "repeated", (90, 67), 1, [short_side(24), crop(24), short_side(40), crop(35)]
    yield "crop between enlargements", (20, 16), 1, [
        short_side(32), crop(19, 25), short_side(48), crop(33)]
    yield "half scale", (91, 67), 2, [short_side(20), crop(17)]
    yield "quarter scale", (181, 133), 4, [short_side(20), crop(17)]
    yield "eighth scale", (365, 267), 8, [squash(19, 15)]
    yield "eighth scale, exact", (320, 240), 8, [squash(19, 15)]
    yield "eighth scale, one pixel wide", (3, 400), 8, [squash(5, 9)]
    yield "half scale, turned", (91, 67), 2, [short_side(20), crop(17)]
    yield "eighth scale, turned", (365, 267), 8, [squash(40, 61)]
    yield "starter", (500, 375), 1, starter
    yield "starter at half scale", (501, 375), 2, starter
    yield "starter, tall", (333, 500), 1, starter
    yield "starter on its own size", (64, 64), 1, starter
    yield "mission", (500, 375), 1, [short_side(256), crop(227)]
    yield "mission, enlarging", (181, 143), 1, [short_side(256), crop(227)]
    yield "mission, large", (1613, 1201), 1, [short_side(256), crop(227)]
    yield "torchvision", (375, 500), 1, [short_side(256), crop(224)]
    yield "opencv, enlarged", (13, 9), 1, [squash(40, 31, False)]
    yield "opencv, reduced", (97, 61), 1, [squash(23, 17, False)]
    yield "opencv, halved", (46, 34), 1, [squash(23, 17, False)]
    yield "opencv, one pixel wide", (1, 50), 1, [squash(8, 9, False)]
    yield "opencv, one pixel high", (50, 1), 1, [squash(8, 9, False)]
    yield "opencv, cropped", (75, 50), 1, [squash(64, 64, False), crop(51)]
    yield "caffe", (110, 83), 1, [squash(256, 256, False), crop(57)]


def random_cases(count):
    def size(limit):
        return random.choice([1, 2, 3, random.randint(1, limit), random.randint(1, limit)])

    for index in range(count):
        antialias = random.random() < 0.75
        full = (size(400), size(400))
        reduce = random.choice([1, 1, 2, 4, 8]) if antialias else 1
        steps = []
        for _ in range(random.randint(1, 3)):
            kind = random.choice(["short", "squash", "crop"])
            if reduce > 1 and not steps and kind == "crop":
                kind = "squash"
            if kind == "short" and max(full) / min(full) < 20 and not steps:
                steps.append(short_side(size(150), antialias))
            elif kind == "crop" or (steps and not antialias):
                steps.append(crop(size(100), size(100)))
            else:
                steps.append(squash(size(300), size(300), antialias))
        turned = random.choice(["", " turned"]) if antialias else ""
        yield f"random {index}{turned}", full, reduce, steps


def main():
    arguments = argparse.ArgumentParser()
    fixtures = pathlib.Path(__file__).parent.parent / "Tests/PreprocessingTests/Fixtures"
    arguments.add_argument("--output", type=pathlib.Path, default=fixtures)
    arguments.add_argument("--random", type=int)
    arguments.add_argument("--seed", type=int, default=1)
    options = arguments.parse_args()
    random.seed(options.seed)
    cases, data = [], bytearray()
    source = random_cases(options.random) if options.random else fixed_cases()
    for seed, (name, full, reduce, steps) in enumerate(source):
        width, height = -(-full[0] // reduce), -(-full[1] // reduce)
        # A tiny picture has the same size at several scales; the largest of them is meant.
        for scale in [8, 4, 2, 1]:
            if -(-full[0] // scale) == width and -(-full[1] // scale) == height:
                reduce = scale
        turned = name.endswith("turned")
        result = apply(steps, picture(width, height, seed), full, reduce, turned).tobytes()
        case = {
            "name": name, "seed": seed, "width": width, "height": height,
            "fullWidth": full[0], "fullHeight": full[1], "isTurned": turned,
            "preprocessing": {"steps": steps, **CHANNELS}, "byteCount": len(result),
        }
        if len(result) <= 12_000 or options.random:
            case["offset"] = len(data)
            data += result
        else:
            case["digest"] = f"{fnv1a(result):016x}"
        cases.append(case)
    options.output.mkdir(parents=True, exist_ok=True)
    lines = ",\n".join(json.dumps(case) for case in cases)
    (options.output / "resize.json").write_text(f"[\n{lines}\n]\n")
    (options.output / "resize.bin").write_bytes(data)


if __name__ == "__main__":
    main()
