#!/usr/bin/env python3
"""Measures the accuracy of the built-in model, and of the weights that it was made from.

    Scripts/accuracy-starter.py DATA [--uncompressed FILE] [--program alexnet]

DATA is a folder, or a tar file of one, with a folder of JPEG or PNG files for each WordNet id.
Prints top-1 and top-5 accuracy of both models in percent, and fails where they differ by more than
half a point. Needs nothing but Python 3 and the built program.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tarfile
import tempfile
import time

TOLERANCE = 0.5  # points


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=pathlib.Path)
    parser.add_argument("--uncompressed", metavar="FILE", help="the weights before compression")
    parser.add_argument("--program", default=".build/release/alexnet")
    arguments = parser.parse_args()

    models = ["starter"] + ([arguments.uncompressed] if arguments.uncompressed else [])
    with tempfile.TemporaryDirectory() as folder:
        data = unpacked(arguments.data, folder)
        results = [accuracy(arguments.program, model, data) for model in models]
    if len(results) == 2:
        difference = max(abs(a - b) for a, b in zip(*results))
        print(f"largest difference: {difference:.2f} points, allowed: {TOLERANCE}")
        if difference > TOLERANCE:
            sys.exit(1)


def unpacked(data, folder):
    if data.is_dir():
        return data
    with tarfile.open(data) as archive:
        archive.extractall(folder, filter="data")
    return pathlib.Path(folder)


def accuracy(program, model, data):
    """Top-1 and top-5 accuracy in percent. A file that fails counts as wrong."""
    command = [program, "classify", "--jsonl", "--no-progress", "--top", "5"]
    command += ["--model", model, data]
    start = time.monotonic()
    run = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    images = failures = top1 = top5 = 0
    for line in run.stdout:
        record = json.loads(line)
        images += 1
        if "error" in record:
            failures += 1
            continue
        truth = pathlib.Path(record["path"]).parent.name
        ranks = [p["rank"] for p in record["predictions"] if p.get("wnid") == truth]
        top1 += 1 in ranks
        top5 += bool(ranks)
    status = run.wait()
    if status not in (0, 1) or images == 0:
        sys.exit(f"{program} ended with status {status} after {images} images")
    seconds = time.monotonic() - start
    result = (100 * top1 / images, 100 * top5 / images)
    print(
        f"{model}: top-1 {result[0]:.2f} %, top-5 {result[1]:.2f} % of {images} images"
        f" ({failures} failed), {images / seconds:.0f} images/s",
        flush=True,
    )
    return result


if __name__ == "__main__":
    main()
