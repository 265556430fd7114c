#!/usr/bin/env python3
"""Speed of two workers by that of one process with two threads: throughput.py PROGRAM FOLDER

The workers are two processes with -j1, each with a half of the images (--shard). They must reach
nine tenths of the speed of the one process. Then it says what --deterministic costs.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time

ROUNDS = 3
INT8, FP32 = ["--precision", "int8"], ["--precision", "fp32"]


def seconds(program, folder, options):
    """The time that processes with these options need together, and how many records they give."""
    command = [program, "classify", folder, "--jsonl", "--quiet"]
    began = time.monotonic()
    files = [tempfile.TemporaryFile() for _ in options]
    runs = [
        subprocess.Popen([*command, *one], stdout=file) for one, file in zip(options, files)
    ]
    # 1: some images are damaged.
    if any(run.wait() not in (0, 1) for run in runs):
        raise SystemExit("a process failed")
    elapsed = time.monotonic() - began
    records = 0
    for file in files:
        file.seek(0)
        records += file.read().count(b"\n")
    return elapsed, records


def speed(program, folder, first, second):
    """The median speed of processes with the options of `second`, divided by that with the options
    of `first`. They take turns."""
    ratios = []
    for _ in range(ROUNDS):
        (one, records), (other, found) = (
            seconds(program, folder, options) for options in (first, second)
        )
        if records != found:
            raise SystemExit(f"{records} records at first, and then {found}")
        ratios.append(one / other)
        print(f"{records / one:.0f} images/s, then {records / other:.0f} images/s", flush=True)
    return statistics.median(ratios)


def main():
    program, folder = sys.argv[1:]
    if (os.cpu_count() or 1) < 2:
        return print("skipped throughput: it needs two processors")
    one = [["-j2", *INT8]]
    two = [["-j1", *INT8, "--shard", f"{part}/2"] for part in (1, 2)]
    # Another program may disturb a measurement: three times all rounds.
    for _ in range(3):
        ratio = speed(program, folder, one, two)
        print(f"two workers are {ratio:.3f} times as fast as one process with two threads")
        if ratio >= 0.9:
            break
    else:
        raise SystemExit("two workers are more than a tenth slower")
    for name, precision in ("fp32", FP32), ("int8", INT8):
        options = ["-j2", *precision]
        ratio = speed(program, folder, [options], [[*options, "--deterministic"]])
        print(f"--deterministic in {name} takes {1 / ratio:.2f} times as long")
    return None


if __name__ == "__main__":
    main()
