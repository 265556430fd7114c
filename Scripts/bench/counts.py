"""How many instructions fixed jobs take, counted by valgrind's callgrind.

One thread, a fixed instruction set, the same files: a count repeats to a few in a hundred thousand.
It depends on the compiled code and on the system's libraries, which toolchain() names.
Valgrind knows no AVX-512; what the kernels of that set do differently is left to ratios.py.
"""

import concurrent.futures
import json
import os
import pathlib
import platform
import re
import shutil
import struct
import subprocess

FOLDER = pathlib.Path(".build/bench").resolve()
PHOTOS = pathlib.Path(__file__).resolve().parents[2] / "Tests/Fixtures/photos"
ONE = ["cat.jpg"]
EIGHT = ["cat.jpg", "rocket.jpg", "coffee.png"] * 2 + ["cat.jpg", "rocket.jpg"]
VECTORS = "neon" if platform.machine() in ("arm64", "aarch64") else "avx2"

SHAPES = {
    "conv1": [96, 3, 11, 11],
    "conv2": [256, 96, 5, 5],
    "conv3": [384, 256, 3, 3],
    "conv4": [384, 384, 3, 3],
    "conv5": [256, 384, 3, 3],
    "fc6": [4096, 9216],
    "fc7": [4096, 4096],
    "fc8": [1000, 4096],
}


def is_possible():
    return shutil.which("valgrind") is not None


def toolchain():
    found = {
        "machine": f"{platform.system()} {platform.machine()}",
        "swift": re.search(r"version (\S+)", said("swift", "--version"))[1],
        "valgrind": said("valgrind", "--version").removeprefix("valgrind-"),
        "libc": " ".join(platform.libc_ver()),
    }
    for library in ("libjpeg", "libpng"):
        found[library] = said("pkg-config", "--modversion", library)
    return found


def said(*command):
    return subprocess.run(command, capture_output=True, text=True).stdout.strip()


def measure(program):
    """Millions of instructions by job."""
    float32, int8 = models(program)
    jobs = {
        f"one photo, starter, fp32, {VECTORS}": (VECTORS, "starter", "fp32", ONE),
        f"one photo, starter, int8, {VECTORS}": (VECTORS, "starter", "int8", ONE),
        f"one photo, 8-bit file, int8, {VECTORS}": (VECTORS, int8, "int8", ONE),
        f"eight photos, starter, int8, {VECTORS}": (VECTORS, "starter", "int8", EIGHT),
        "one photo, starter, fp32, portable": ("portable", "starter", "fp32", ONE),
        "one photo, starter, int8, portable": ("portable", "starter", "int8", ONE),
        "one photo, float32 file, fp32, portable": ("portable", float32, "fp32", ONE),
        "eight photos, starter, fp32, portable": ("portable", "starter", "fp32", EIGHT),
    }
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        started = pool.submit(count, program, "portable", ["--version"])
        counted = {
            name: pool.submit(classify, program, *arguments) for name, arguments in jobs.items()
        }
        return {"start": started.result()} | {name: job.result() for name, job in counted.items()}


def classify(program, isa, model, precision, photos):
    # fmt: off
    arguments = [
        "classify", "--quiet", "--threads", "1", "--batch-size", str(len(photos)),
        "--model", str(model), "--precision", precision, "--format", "csv", *photos,
    ]
    # fmt: on
    return count(program, isa, arguments)


def count(program, isa, arguments):
    # Swift's hash tables are seeded at random, where they are not told otherwise.
    environment = {"ALEXNET_ISA": isa, "SWIFT_DETERMINISTIC_HASHING": "1"}
    environment["PATH"] = os.environ["PATH"]
    command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"]
    command += [program, *arguments]
    run = subprocess.run(command, capture_output=True, text=True, cwd=PHOTOS, env=environment)
    found = re.search(r"Collected : (\d+)", run.stderr)
    if run.returncode != 0 or not found:
        raise SystemExit(f"{' '.join(map(str, command))} failed:\n{run.stderr}")
    return int(found[1]) / 1e6


def models(program):
    """A network of 1000 classes, in float32 and in 8 bits. Its weights are zeros, which take no
    room on the disk and as many instructions as others."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    float32, int8 = FOLDER / "float32.safetensors", FOLDER / "int8.safetensors"
    write_zeros(float32)
    subprocess.run(
        [program, "model", "quantize", float32, "--calibrate", PHOTOS, "--output", int8],
        check=True,
        capture_output=True,
    )
    return float32, int8


def write_zeros(path):
    header = {"__metadata__": {"variant": "alexnet"}}
    offset = 0
    data = []
    for layer, shape in SHAPES.items():
        # Biases are not zeros: 8 bits need a range.
        both = (f"{layer}.bias", shape[:1], 1.0), (f"{layer}.weight", shape, 0.0)
        for name, shape, value in both:
            size = 4
            for extent in shape:
                size *= extent
            header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [offset, offset + size]}
            if value:
                data.append((offset, struct.pack("<f", value) * (size // 4)))
            offset += size
    text = json.dumps(header).encode()
    text += b" " * (-(len(text) + 8) % 64)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        start = file.tell()
        for position, values in data:
            file.seek(start + position)
            file.write(values)
        file.truncate(start + offset)
