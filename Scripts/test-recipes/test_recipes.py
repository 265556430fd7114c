"""Runs the recipes of README.md as a reader would, in their order, and checks what they give.

Called by run.sh: test_recipes.py PROGRAM FOLDER. The commands are taken from README.md itself, so
that the page and this test cannot differ. What is right is asked from the program, photo by photo;
no class and no probability of the built-in model is written down here, except where the page names
a class.
"""

import collections
import csv
import dataclasses
import json
import os
import pathlib
import re
import subprocess
import sys

import numpy

import inputs
import recipes

PROGRAM = sys.argv[1]
WORK, HOME = pathlib.Path(sys.argv[2]) / "work", pathlib.Path(sys.argv[2]) / "home"
PICTURES = HOME / "Pictures"
GOOD = [str(PICTURES / name) for name in inputs.GOOD]
DAMAGED = [str(PICTURES / name) for name in inputs.DAMAGED]
BIRDS = [f"photos/{bird}/{number}.png" for bird in ["robin", "sparrow"] for number in range(6)]

checks = 0
failures = []


def check(holds, what):
    global checks
    checks += 1
    if not holds:
        failures.append(what)
    print(f"{'ok     ' if holds else 'FAILED '}{what}", flush=True)


@dataclasses.dataclass
class Outcome:
    """What one command did."""

    code: int
    output: str
    # All files below the working folder when it had ended.
    files: set


def environment():
    """The reader's: a home of their own, no settings of the program, and no internet."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("ALEXNET_") and name != "XDG_DATA_HOME"
    }
    path = f"{WORK.parent / 'bin'}:{pathlib.Path(sys.executable).parent}:{os.environ['PATH']}"
    return kept | {"HOME": str(HOME), "PATH": path, "ALEXNET_OFFLINE": "1"}


def execute(*arguments):
    return subprocess.run(
        arguments, cwd=WORK, env=environment(), capture_output=True, text=True, errors="replace"
    )


def asked(*arguments):
    """What the program says about something, as JSON: with this the recipes are compared."""
    outcome = execute(PROGRAM, *arguments, "--json")
    if outcome.returncode != 0:
        raise ValueError(f"{arguments} ended with {outcome.returncode}: {outcome.stderr}")
    return json.loads(outcome.stdout)


def record(path, *options):
    return asked("classify", str(path), "--top", "1000", "--quiet", *options)[0]


def label(path, *options):
    return record(path, *options)["predictions"][0]["label"]


def run(recipe):
    """Runs each command of a recipe in the working folder."""
    outcomes = []
    for command in recipe.commands:
        if recipe.language == "python":
            outcome = execute("python", "-c", command)
        else:
            outcome = execute("bash", "-c", "set -o pipefail\n" + command)
        made = {str(path.relative_to(WORK)) for path in WORK.rglob("*") if path.is_file()}
        outcomes.append(Outcome(outcome.returncode, outcome.stdout, made))
        if outcome.returncode > 1:
            print(outcome.stderr, end="")
    return outcomes


def lines(path):
    return [json.loads(line) for line in (WORK / path).read_text().splitlines()]


def answered(records):
    """The paths with an answer, and whether each answer is what the photo alone gets."""
    good = {item["path"]: item for item in records if "error" not in item}
    right = all(item["predictions"][0]["label"] == label(path) for path, item in good.items())
    return sorted(good), right


def failed(records):
    return sorted(item["path"] for item in records if "error" in item)


def is_picture(name, start=b"\x89PNG\r\n\x1a\n"):
    return (WORK / name).read_bytes().startswith(start)


def classify(photo, table, pages, archive):
    check(label("photo.jpg") in photo.output.splitlines()[0], "one photo: its class comes first")
    check(len(photo.output.splitlines()) == 5, "one photo: there are five classes")
    with open(WORK / "pictures.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    check(
        collections.Counter(row["path"] for row in rows)
        == {path: 5 for path in GOOD} | {path: 1 for path in DAMAGED},
        "CSV: five rows for each photo, one for each file that could not be read",
    )
    paths, right = answered(lines("pictures.jsonl"))
    check(paths == sorted(GOOD) and right, "JSON Lines: each photo with its class")
    check(failed(lines("pictures.jsonl")) == sorted(DAMAGED), "JSON Lines: each failure")
    paths, right = answered(json.loads(line) for line in archive.output.splitlines())
    check(paths == ["cat.jpg", "photo.jpg"] and right, "tar: a record for each photo in it")


def pandas(counts):
    expected = collections.Counter(label(path) for path in GOOD)
    shown = dict(re.findall(r"^(\S.*?)\s{2,}(\d+)$", counts.output, re.MULTILINE))
    check(
        shown == {name: str(count) for name, count in expected.items()},
        "pandas: each class with how many photos it has",
    )


def match(paths, classes, sizes):
    dogs = {item["index"] for item in asked("model", "classes", "--match", "dog")}
    probable = {
        path: sum(
            item["probability"] for item in record(path)["predictions"] if item["index"] in dogs
        )
        for path in GOOD
    }
    found = [path for path in GOOD if probable[path] >= 0.5]
    check(0 < len(found) < len(GOOD), "dogs: the model sees dogs on some photos, not on all")
    others = paths.output
    for path in found:
        others = others.replace(path + "\n", "", 1)
    check(
        others == "" and all(path + "\n" in paths.output for path in found),
        "dogs: the photos on which dogs are probable, and no others",
    )
    check(len(classes.output.splitlines()) == len(dogs), "dogs: their classes are listed")
    named = sizes.output.count(str(PICTURES))
    check(
        all(path in sizes.output for path in found) and named == len(found),
        "dogs: another program gets their names unharmed",
    )


def sort(plan, done, undone):
    groups = {path: record(path, "--group")["group"]["name"] for path in GOOD}
    places = {f"sorted/{group}/{pathlib.Path(path).name}" for path, group in groups.items()}
    made = [
        {name for name in outcome.files if name.startswith("sorted/")}
        for outcome in [plan, done, undone]
    ]
    check(not made[0], "sort: --dry-run does nothing")
    check(plan.output.count(" -> ") == len(GOOD), "sort: --dry-run says what it would do")
    check(made[1] == places | {"sorted/undo-1.jsonl"}, "sort: a photo is in its group's folder")
    check(not made[2], "sort: --undo removes the copies")
    check(all(pathlib.Path(path).exists() for path in GOOD), "sort: the photos stay")


def unreadable(run, listed):
    check(failed(lines("failures.jsonl")) == sorted(DAMAGED), "failures: they are in their file")
    paths, _ = answered(lines("classified.jsonl"))
    check(
        paths == sorted(GOOD) and not failed(lines("classified.jsonl")),
        "failures: the results are those of the others",
    )
    rows = [row.split("\t") for row in listed.output.splitlines()]
    check(
        sorted(row[0] for row in rows) == sorted(DAMAGED)
        and all(len(row) == 2 and len(row[1]) > 10 for row in rows),
        "failures: jq lists each with its reason",
    )


def report(beside, earlier, evaluation):
    pages = [(WORK / f"{name}.html").read_text() for name in ["pictures", "earlier", "validation"]]
    check(all(page.startswith("<!DOCTYPE html>") for page in pages), "report: three pages")
    check("rocket.jpg" in pages[0] and "damaged.jpg" in pages[0], "report: photos and failures")
    check("rocket.jpg" in pages[1] and "trip" in pages[1], "report: the photos of an earlier run")
    check('"images":2,' in pages[2] and '["espresso",' in pages[2], "report: labelled photos")


def explain(likeliest, classes):
    # Explanations are computed in fp32.
    likely = label("cat.jpg", "--precision", "fp32")
    check(likely in likeliest.output, "explain: the likeliest class")
    check(
        [row.split("  ")[0] for row in classes.output.splitlines()] == ["tabby", "Egyptian cat"],
        "explain: the classes that were named",
    )
    check(is_picture("why.png") and is_picture("cats.png"), "explain: two pictures")


def visualize(filters, maps, classes, diagram):
    drawn = ["filters.png", "maps.png", "classes.png"]
    check(all(is_picture(name) for name in drawn), "visualize: three pictures")
    check(is_picture("network.svg", b"<svg"), "visualize: the diagram of the layers")
    names = [row.split("  ")[0] for row in classes.output.splitlines()]
    check(
        names == ["espresso", "goldfish", "ladybug", "monarch"],
        "visualize: each class with the probability of its picture",
    )


def large(whole, part, limited, stream):
    check(answered(lines("photos.jsonl")) == (sorted(BIRDS), True), "resume: all photos")
    before = (WORK / "photos.jsonl").read_bytes()
    execute(PROGRAM, "photos", "--resume", "-o", "photos.jsonl")
    check((WORK / "photos.jsonl").read_bytes() == before, "resume: nothing is done twice")
    parts = [item["path"] for number in range(1, 5) for item in lines(f"part-{number}.jsonl")]
    check(sorted(parts) == sorted(BIRDS), "shard: four parts are the whole")
    summary = json.loads((WORK / "summary.json").read_text())
    check(summary["classified"] == len(BIRDS) == len(lines("all.jsonl")), "summary: its counts")
    items = [json.loads(line) for line in stream.output.splitlines() or open(WORK / "shards.jsonl")]
    check(
        sorted(item["path"] for item in items) == sorted(BIRDS)
        and all("predictions" in item for item in items),
        "archives on standard input: all their photos",
    )


def similar(index, nearest, copies, features):
    rows = [row.split(None, 2) for row in nearest.output.splitlines()]
    check(
        rows[0][1] == "1.0000" and {rows[0][2], rows[1][2]} == set(GOOD[:2]),
        "similar: a photo and its copy come first",
    )
    check(all(path in copies.output for path in GOOD[:2]), "duplicates: the copy is found")
    check(GOOD[2] not in copies.output, "duplicates: another photo is no copy")
    array = numpy.load(WORK / "photos.npy")
    readable = ["error" not in item for item in lines("photos.npy.jsonl")]
    check(
        array.shape == (len(GOOD + DAMAGED), 4096) and sum(readable) == len(GOOD)
        and [bool(row) for row in numpy.isfinite(array).all(axis=1)] == readable,
        "features: 4096 values for each photo",
    )


def weights(tried, imported, chosen, answer, forgotten):
    for outcome, what in [(tried, "from their file"), (answer, "as the default")]:
        check(outcome.output.startswith(inputs.PETS[1] + " "), f"own weights: they answer {what}")
    check(record("cat.jpg")["model"] != "pets", "own weights: no longer the default")
    check("pets" in [item["name"] for item in asked("model", "list")], "own weights: installed")


def train(trained, answer):
    check("top-1" in trained.output, "train: the accuracy is printed")
    check((WORK / "birds.safetensors.training/curves.svg").exists(), "train: learning curves")
    check(answer.output.startswith("robin "), "train: a new photo gets the right class")


def evaluate(plain, mapped):
    folders = {path.name.replace("_", " "): path for path in (WORK / "validation").iterdir()}
    right = sum(label(next(path.iterdir())) == name for name, path in folders.items())
    check(
        re.search(rf"^top-1 +{100 * right / len(folders):.2f}%", plain.output, re.MULTILINE),
        "evaluate: the share of right answers",
    )
    with open(WORK / "classes.csv", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["images"] != "0"]
    is_right = str(int(label("cat.jpg") == "tabby"))
    check(
        [(row["label"], row["images"], row["top1_correct"]) for row in rows]
        == [("tabby", "1", is_right)],
        "evaluate: a folder with another name counts for its class",
    )


def smaller(quantized, answer, compressed):
    models = [item["name"] for item in asked("model", "list")]
    check("birds-int8" in models, "quantize: the model is installed")
    size = (WORK / "birds.safetensors").stat().st_size
    path = execute(PROGRAM, "model", "path", "birds-int8").stdout.strip()
    check(3.5 < size / os.path.getsize(path) < 4.5, "quantize: four times smaller")
    check(record("new.jpg", "-m", "birds-int8")["precision"] == "int8", "quantize: runs in 8 bits")
    check(answer.output.startswith("robin "), "quantize: the same answer")
    check((WORK / "small.safetensors").stat().st_size < size / 10, "compress: much smaller")
    check("top-1" in compressed.output, "compress: the accuracy before and after")


# By the name of a recipe: its check, and the exit codes of its commands. 1 is that of a run over
# ~/Pictures, where two files cannot be read.
CHECKS = {
    "classify": (classify, [0, 1, 1, 0]),
    "pandas": (pandas, [0]),
    "match": (match, [1, 0, 1]),
    "sort": (sort, [1, 1, 0]),
    "failures": (unreadable, [1, 0]),
    "report": (report, [1, 0, 0]),
    "explain": (explain, [0, 0]),
    "visualize": (visualize, [0, 0, 0, 0]),
    "large": (large, [0, 0, 0, 0]),
    "similar": (similar, [1, 0, 1, 1]),
    "weights": (weights, [0, 0, 0, 0, 0]),
    "train": (train, [0, 0]),
    "evaluate": (evaluate, [0, 0]),
    "smaller": (smaller, [0, 0, 0]),
}


def prepare():
    for folder in [WORK, HOME, WORK.parent / "bin"]:
        folder.mkdir(parents=True)
    (WORK.parent / "bin/alexnet").symlink_to(PROGRAM)
    # No photo of a dog is at hand: this makes a picture that the model takes for one.
    dog_class = asked("model", "classes", "--match", "dog")[0]["label"]
    dog = WORK.parent / "dog.png"
    made = execute(PROGRAM, "visualize", "class", dog_class, "-o", str(dog))
    if made.returncode != 0:
        sys.exit(f"there is no picture of a dog: {made.stderr}")
    inputs.write(WORK, HOME, dog, dog_class)


def main():
    page, mistakes = recipes.read((inputs.ROOT / "README.md").read_text(encoding="utf-8"))
    for mistake in mistakes:
        check(False, f"README.md, {mistake}")
    check(
        sorted(recipe.name for recipe in page) == sorted(CHECKS),
        "every recipe of README.md has a check, and every check a recipe",
    )
    prepare()
    for recipe in page:
        if recipe.name not in CHECKS:
            continue
        verify, codes = CHECKS[recipe.name]
        outcomes = run(recipe)
        found = [outcome.code for outcome in outcomes]
        check(found == codes, f"{recipe.name}: exit codes {found}, which should be {codes}")
        if len(found) == len(codes):
            try:
                verify(*outcomes)
            except (OSError, LookupError, ValueError) as error:
                check(False, f"{recipe.name}: {type(error).__name__}: {error}")
    print(f"{checks} checks of {len(page)} recipes, {len(failures)} failed")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
