#!/usr/bin/env python3
"""Measures the built-in model, and the weights that it was made from.

    Scripts/accuracy-starter.py DATA [--held-out FILE --targets FILE] [--uncompressed FILE]

DATA is a folder, or a tar file of one, with a folder of JPEG or PNG files for each WordNet id.
Prints in how many percent of them the first answer is right, and one of the first five; among all
classes, and among those of DATA alone. With --held-out, a JSON Lines file with the paths of photos
(`validation.jsonl` in the folder of a training), and --targets, the answers of the network that
taught it, prints how often the first answer is the teacher's, and how often the teacher's first
answer is among the first five, and both for the true class, of the photos whose class is known.
--sheet N prints a table of N of these photos, evenly spaced in the list, with what they show and
what is answered; --groups N a table of the groups of classes with at least N photos of known class.
With --uncompressed, measures that file, too, and fails where the two differ by more than half a
point. Needs nothing but Python 3 and the built program.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tarfile
import tempfile

TOLERANCE = 0.5  # points


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=pathlib.Path)
    parser.add_argument("--held-out", type=pathlib.Path, help="photos to compare with a teacher")
    parser.add_argument("--targets", type=pathlib.Path, help="the teacher's answers")
    parser.add_argument("--sheet", type=int, default=0, metavar="N", help="photos in a table")
    parser.add_argument("--groups", type=int, metavar="N", help="photos of a group in a table")
    parser.add_argument("--uncompressed", metavar="FILE", help="the weights before compression")
    parser.add_argument("--model", default="starter", help="another model than the built-in one")
    parser.add_argument("--precision", default="auto")
    parser.add_argument("--preprocess", help="how photos are prepared, instead of the model's own")
    parser.add_argument("--program", default=".build/release/alexnet")
    arguments = parser.parse_args()
    if (arguments.held_out is None) != (arguments.targets is None):
        parser.error("--held-out and --targets go together")

    models = [arguments.model] + ([arguments.uncompressed] if arguments.uncompressed else [])
    with tempfile.TemporaryDirectory() as folder:
        data = unpacked(arguments.data, folder)
        results = [measure(arguments, model, data) for model in models]
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


def measure(arguments, model, data):
    """All figures of a model, in percent."""
    print(f"{model}:")
    known = {path.name for path in data.glob("**/*") if path.is_dir()}
    among_all, among_known = Shares(), Shares()
    for record in classify(arguments, model, [data]):
        truth = pathlib.Path(record["path"]).parent.name
        answers = [p["wnid"] for p in record.get("predictions", [])]
        among_all.count(truth, answers)
        among_known.count(truth, [answer for answer in answers if answer in known])
    among_all.show(f"{data.name}, among all classes: right")
    among_known.show(f"{data.name}, among its own classes: right")
    results = [among_known]
    if arguments.held_out:
        results.append(agreement(arguments, model))
    return [share for shares in results for share in shares.percent()]


def agreement(arguments, model):
    """How often the model answers as the teacher does, in photos held out."""
    teacher, truths = {}, {}
    for line in arguments.targets.open():
        target = json.loads(line)
        truths[target["path"]] = target.get("label")
        best = max(target["predictions"], key=lambda p: p["probability"])
        teacher[target["path"]] = best["index"]
    folder = arguments.targets.parent
    photos, shown = [], {}
    for line in arguments.held_out.open():
        photo = json.loads(line)
        name = pathlib.Path(photo["path"])
        # The paths of the training begin with a folder of its own.
        inside = next((p for p in suffixes(name) if p in teacher), None)
        if inside is None:
            sys.exit(f"{arguments.targets} does not name {name}")
        photos.append(inside)
        shown[inside] = photo["label"]
    shares, rows, labelled = Shares(), [], Shares()
    groups = Groups(arguments, model) if arguments.groups else None
    every = max(1, len(photos) // max(1, arguments.sheet))
    chosen = set(photos[every // 2 :: every][: arguments.sheet])
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as names:
        names.write("".join(f"{folder / photo}\n" for photo in photos))
        names.flush()
        for record in classify(arguments, model, ["--files-from", names.name]):
            photo = str(pathlib.Path(record["path"]).relative_to(folder))
            answers = record.get("predictions", [])
            shares.count(teacher[photo], [p["index"] for p in answers])
            if truths[photo]:
                classes = [p["wnid"] for p in answers]
                labelled.count(truths[photo], classes)
                if groups:
                    groups.count(truths[photo], classes)
            if photo in chosen and answers:
                rows.append(row(photo, shown[photo], answers))
    shares.show("held out: as the teacher")
    if labelled.images:
        labelled.show("held out, class known: right")
    if groups:
        groups.show(arguments.groups)
    if rows:
        print("\n| photo | what it shows | first answer | place of the right one |")
        print("|---|---|---|---|")
        print("\n".join(rows))
    return shares


def row(photo, shown, answers):
    first = answers[0]
    place = next((p["rank"] for p in answers if p["label"] == shown), "-")
    return f"| `{photo}` | {shown} | {first['label']} {100 * first['probability']:.0f}% | {place} |"


def suffixes(path):
    return ["/".join(path.parts[start:]) for start in range(len(path.parts))]


def classify(arguments, model, inputs):
    command = [arguments.program, "classify", "--jsonl", "--quiet", "--top", "1000"]
    command += ["--model", model, "--precision", arguments.precision]
    if arguments.preprocess:
        command += ["--preprocess", arguments.preprocess]
    run = subprocess.Popen(command + [str(i) for i in inputs], stdout=subprocess.PIPE, text=True)
    for line in run.stdout:
        yield json.loads(line)
    status = run.wait()
    if status not in (0, 1):
        sys.exit(f"{arguments.program} ended with status {status}")


class Groups:
    """How often the model is right in each group of classes."""

    def __init__(self, arguments, model):
        command = [arguments.program, "model", "classes", model, "--json"]
        classes = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
        self.group = {known["wnid"]: known["group"] for known in classes}
        self.shares = {}

    def count(self, wanted, answers):
        group = self.group[wanted]
        of_class, of_group = self.shares.setdefault(group, (Shares(), Shares()))
        of_class.count(wanted, answers)
        of_group.count(group, [self.group[answer] for answer in answers[:1]])

    def show(self, least):
        print("\n| group | photos | first answer right | one of the first five | first answer of "
              "the right group |")
        print("|---|---|---|---|---|")
        rows = [(name, *shares) for name, shares in self.shares.items()]
        for name, of_class, of_group in sorted(rows, key=lambda row: -row[1].percent()[0]):
            if of_class.images >= least:
                first, five = of_class.percent()
                print(f"| {name} | {of_class.images} | {first:.0f}% | {five:.0f}% | "
                      f"{of_group.percent()[0]:.0f}% |")


class Shares:
    """How often the wanted class is the first answer, and among the first five. A file that fails
    counts as wrong."""

    def __init__(self):
        self.images = self.first = self.five = 0

    def count(self, wanted, answers):
        self.images += 1
        self.first += answers[:1] == [wanted]
        self.five += wanted in answers[:5]

    def percent(self):
        if self.images == 0:
            sys.exit("there are no images")
        return [100 * self.first / self.images, 100 * self.five / self.images]

    def show(self, what):
        first, five = self.percent()
        print(f"  {what} {first:.2f} %, among the first five {five:.2f} %, {self.images} images")


if __name__ == "__main__":
    main()
