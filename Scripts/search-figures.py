#!/usr/bin/env python3
"""Measures how well features find photos of the same class, and near copies.

    search-figures.py PROGRAM classes TRAINING VALIDATION   folders with a folder for each class
    search-figures.py PROGRAM classes DATA                  the same, each photo among all others
    search-figures.py PROGRAM copies PHOTOS                 a folder; needs Pillow and NumPy

For classes, the nearest photos of an index vote for their classes, with their similarities as
weights. For copies, the similarities of photos with their own copies are compared with those of
different photos. Sources/CStarterModel/README.md and Sources/alexnet/Search/SearchFigures.swift
have the results for the built-in model.
"""

import collections
import json
import pathlib
import subprocess
import sys
import tempfile

NEIGHBOURS = (1, 5, 10, 20)
THRESHOLDS = (0.9, 0.92, 0.95, 0.97)


def run(*arguments):
    return subprocess.run(arguments, check=True, stdout=subprocess.PIPE, text=True).stdout


def classes(program, training, queries):
    with tempfile.TemporaryDirectory() as folder:
        index = pathlib.Path(folder) / "photos.index"
        run(program, "index", "--quiet", training, "--output", str(index))
        top = str(max(NEIGHBOURS))
        lines = run(
            program, "similar", "--quiet", "--jsonl", "--top", top, "--index", str(index), queries
        )
    records = [json.loads(line) for line in lines.splitlines()]
    for count in NEIGHBOURS:
        right = 0
        for record in records:
            votes = collections.Counter()
            for photo in record["similar"][:count]:
                votes[pathlib.Path(photo["path"]).parent.name] += photo["similarity"]
            right += votes.most_common(1)[0][0] == pathlib.Path(record["path"]).parent.name
        print(f"{count:3} neighbours: {right} of {len(records)}, {right / len(records):.1%}")


def crop(picture, share):
    width, height = picture.size
    left, top = width * (1 - share) / 2, height * (1 - share) / 2
    return picture.crop((round(left), round(top), round(width - left), round(height - top)))


def copies(program, photos):
    import numpy
    from PIL import Image

    kinds = {
        "quality 50": lambda picture: (picture, 50),
        "half size": lambda p: (p.resize((p.width // 2, p.height // 2), Image.LANCZOS), 85),
        "brighter by 15%": lambda p: (p.point(lambda value: min(255, int(value * 1.15))), 90),
        "95% of each side": lambda picture: (crop(picture, 0.95), 90),
        "90% of each side": lambda picture: (crop(picture, 0.9), 90),
    }
    files = sorted(path for path in pathlib.Path(photos).rglob("*") if path.suffix == ".jpg")
    with tempfile.TemporaryDirectory() as folder:

        def features(pictures, name):
            target = pathlib.Path(folder) / name
            target.mkdir()
            for number, (picture, quality) in enumerate(pictures):
                picture.save(target / f"{number:06}.jpg", quality=quality)
            return values(target, name)

        def values(source, name):
            array = str(pathlib.Path(folder) / f"{name}.npy")
            run(program, "features", "--quiet", "--normalize", str(source), "--output", array)
            return numpy.load(array)

        originals = pathlib.Path(folder) / "originals"
        originals.mkdir()
        for number, path in enumerate(files):
            (originals / f"{number:06}.jpg").symlink_to(path.resolve())
        base = values(originals, "originals")
        similarities = base @ base.T
        pairs = similarities[numpy.triu_indices(len(base), 1)]
        for threshold in THRESHOLDS:
            print(f"{threshold}: {(pairs >= threshold).sum()} of {len(pairs)} different pairs")
        for name, change in kinds.items():
            made = features((change(Image.open(path).convert("RGB")) for path in files), name)
            own = (base * made).sum(axis=1)
            shares = ", ".join(f"{(own >= t).mean():.1%} at {t}" for t in THRESHOLDS)
            print(f"{name}: {shares}")


def main():
    match sys.argv[1:]:
        case [program, "classes", training]:
            classes(program, training, training)
        case [program, "classes", training, queries]:
            classes(program, training, queries)
        case [program, "copies", photos]:
            copies(program, photos)
        case _:
            sys.exit(__doc__)


main()
