#!/usr/bin/env python3
"""Measures how well features find photos of the same class, and near copies, and how fast.

    search-figures.py PROGRAM classes TRAINING VALIDATION   folders with a folder for each class
    search-figures.py PROGRAM classes DATA                  the same, each photo among all others
    search-figures.py PROGRAM copies PHOTOS                 a folder; needs Pillow and NumPy
    search-figures.py PROGRAM speed PHOTOS [COUNT]          a folder or tar file; needs NumPy

For classes, the nearest photos of an index vote for their classes, with their similarities as
weights. For copies, the similarities of photos with their own copies are compared with those of
different photos. Sources/CStarterModel/README.md and Sources/alexnet/Search/SearchFigures.swift
have the results for the built-in model.

For speed, an index of COUNT photos (a million) is made without so many photos: each row is a mix of
the features of two of the photos, with noise. It takes about 13 GB of disk for a million. Whole
runs of `alexnet similar` on it, with 10 results, are compared with runs on the same index without
sketches, which compare the query with every row, and with NumPy on the same rows. All have the file
in memory before. The results must be those of NumPy.
"""

import collections
import json
import pathlib
import shutil
import statistics
import struct
import subprocess
import sys
import tempfile
import time

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


def fnv1a(data):
    value = 0xCBF29CE484222325
    for byte in data:
        value = (value ^ byte) * 0x100000001B3 % 2**64
    return value


class IndexFile:
    """The parts of an index, whose format `Sources/Search/IndexHeader.swift` documents."""

    header_size, entry_size = 128, 80

    def __init__(self, path):
        with open(path, "rb") as file:
            header = file.read(self.header_size)
            kind, self.count, self.length, self.sketch_length, _, size, self.paths_size = (
                struct.unpack_from("<IQQQQQQ", header, 12)
            )
            self.description = file.read(size)
        assert header[:12] == b"\x89ALX\r\n\x1a\n\1\0\0\0" and kind == 1

    def layout(self):
        """Where sections begin, by their names, and where the file ends."""
        count, sketches = self.count, self.count if self.sketch_length else 0
        directions = (self.sketch_length + 1) * self.length * 4 if sketches else 0
        sizes = {
            "description": len(self.description), "entries": count * self.entry_size,
            "paths": self.paths_size, "scales": count * 4, "directions": directions,
            "sketches": sketches * self.sketch_length, "offsets": sketches * 4,
            "steps": sketches * 4, "rests": sketches * 4, "errors": sketches * 4,
            "rows": count * self.length,
        }
        starts, position = {}, self.header_size
        for name, size in sizes.items():
            start = (position + 63) // 64 * 64 if size else position
            starts[name], position = start, start + size
        return starts, position

    def header(self):
        _, end = self.layout()
        header = b"\x89ALX\r\n\x1a\n" + struct.pack(
            "<IIQQQQQQQ", 1, 1, self.count, self.length, self.sketch_length, 0,
            len(self.description), self.paths_size, end,
        )
        header = header.ljust(120, b"\0")
        return header + struct.pack("<Q", fnv1a(header + self.description))


def write_mixed_index(path, like, base, count):
    """Writes an index without sketches: rows that are mixes of the rows of `base`, of length 1."""
    import numpy

    index = IndexFile(like)
    names = [f"/nowhere/{number:08}.jpg".encode() for number in range(count)]
    index.count, index.sketch_length = count, 0
    index.paths_size = sum(map(len, names))
    starts, end = index.layout()
    entries = numpy.zeros(
        count,
        [
            ("start", "<u8"), ("length", "<u4"), ("width", "<u4"), ("height", "<u4"),
            ("nanoseconds", "<u4"), ("size", "<u8"), ("seconds", "<i8"), ("digest", "V32"),
            ("zero", "<u8"),
        ],
    )
    entries["length"] = len(names[0])
    entries["start"] = numpy.arange(count, dtype=numpy.uint64) * len(names[0])
    entries["width"] = entries["height"] = entries["size"] = 1
    rng = numpy.random.default_rng(1)
    # The noise is a tenth of each value.
    noise = 1 + 0.1 * rng.standard_normal((509, index.length), numpy.float32)
    scales = numpy.empty(count, "<f4")
    with open(path, "wb") as file:
        file.write(index.header())
        for name, data in [
            ("description", index.description), ("entries", entries.tobytes()),
            ("paths", b"".join(names)),
        ]:
            file.seek(starts[name])
            file.write(data)
        file.seek(starts["rows"])
        for first in range(0, count, 256):
            size = min(256, count - first)
            mixed = base[rng.integers(len(base), size=size)]
            other = base[rng.integers(len(base), size=size)]
            mixed += rng.random((size, 1), numpy.float32) * (other - mixed)
            mixed *= noise[rng.integers(len(noise), size=size)]
            mixed *= 127 / numpy.abs(mixed).max(axis=1, keepdims=True)
            rows = numpy.rint(mixed, out=mixed)
            scales[first : first + size] = 1 / numpy.linalg.norm(rows, axis=1)
            file.write(rows.astype(numpy.int8).tobytes())
        assert file.tell() == end
        file.seek(starts["scales"])
        file.write(scales.tobytes())


def speed(program, photos, count):
    import numpy

    with tempfile.TemporaryDirectory(dir=".") as folder:
        folder = pathlib.Path(folder)
        array, few, plain, whole = (
            str(folder / name) for name in ("base.npy", "few.index", "plain.index", "whole.index")
        )
        run(program, "features", "--quiet", "--normalize", photos, "--output", array)
        base = numpy.load(array)
        base = base[~numpy.isnan(base).any(axis=1)]
        # A photo of the program's own tests. It gets into one of the indexes, too, and is left out
        # of the results.
        query = pathlib.Path(__file__).resolve().parent.parent / "Tests/Fixtures/photos/cat.jpg"
        run(program, "index", "--quiet", str(query), "--output", few)
        write_mixed_index(plain, few, base, count)
        shutil.copyfile(plain, whole)
        start = time.monotonic()
        # An update gives an index its sketches, and writes the rows anew.
        run(program, "index", "--quiet", "--keep-missing", str(query), "--output", whole)
        print(f"an update by one photo that learns sketches: {time.monotonic() - start:.1f} s")
        index = IndexFile(whole)
        assert index.count == count + 1 and index.sketch_length > 0
        starts, end = index.layout()
        print(f"{count} photos of {index.length} values, {end / 1e9:.2f} GB")
        rows = numpy.memmap(whole, numpy.int8, "r", starts["rows"], (count + 1, index.length))
        scales = numpy.memmap(whole, "<f4", "r", starts["scales"], count + 1)

        def similar(file):
            line = run(
                program, "similar", "--quiet", "--jsonl", "--top", "10", "--index", file, str(query)
            )
            return [photo["similarity"] for photo in json.loads(line)["similar"]]

        def scan():
            wanted = numpy.array(rows[-1], numpy.float32) * scales[-1]
            found = numpy.empty(count, numpy.float32)
            for first in range(0, count, 16384):
                part = slice(first, min(first + 16384, count))
                found[part] = (rows[part].astype(numpy.float32) @ wanted) * scales[part]
            best = numpy.argpartition(-found, 10)[:10]
            return sorted((float(found[one]) for one in best), reverse=True)

        reference = scan()
        first = None
        for name, action in [
            ("alexnet similar", lambda: similar(whole)),
            ("the same without sketches", lambda: similar(plain)),
            ("NumPy, float32 products", scan),
        ]:
            seconds = []
            # The first turn reads the file into memory.
            for _ in range(6):
                start = time.monotonic()
                found = action()
                seconds.append(time.monotonic() - start)
                worst = max(abs(a - b) for a, b in zip(found, reference, strict=True))
                assert worst < 1e-5, (name, found, reference)
            median = statistics.median(seconds[1:])
            first = first or median
            print(f"{name}: {median:.3f} s, {median / first:.1f} times as long as the first")


def main():
    match sys.argv[1:]:
        case [program, "classes", training]:
            classes(program, training, training)
        case [program, "classes", training, queries]:
            classes(program, training, queries)
        case [program, "copies", photos]:
            copies(program, photos)
        case [program, "speed", photos]:
            speed(program, photos, 1_000_000)
        case [program, "speed", photos, count]:
            speed(program, photos, int(count))
        case _:
            sys.exit(__doc__)


main()
