#!/usr/bin/env python3
"""Speed of two workers by that of one process with two threads: throughput.py PROGRAM FOLDER

The workers are two processes with -j1, each with a half of the images (--shard). They must reach
nine tenths of the speed of the one process.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time

ROUNDS = 3


def seconds(program, folder, options):
    """The time that processes with these options need together."""
    command = [program, "classify", folder, "--jsonl", "--quiet", "--precision", "int8"]
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


def main():
    program, folder = sys.argv[1:]
    if (os.cpu_count() or 1) < 2:
        return print("skipped throughput: it needs two processors")
    one, two = [["-j2"]], [["-j1", "--shard", "1/2"], ["-j1", "--shard", "2/2"]]
    # Another program may disturb a measurement: three times all rounds.
    for _ in range(3):
        ratios = []
        for _ in range(ROUNDS):
            (alone, records), (workers, found) = (
                seconds(program, folder, options) for options in (one, two)
            )
            if records != found:
                raise SystemExit(f"{records} records of one process, {found} of two workers")
            ratios.append(alone / workers)
            print(
                f"{records / alone:.0f} images/s with two threads, "
                f"{records / workers:.0f} with two workers: {ratios[-1]:.3f} times as fast",
                flush=True,
            )
        ratio = statistics.median(ratios)
        print(f"two workers are {ratio:.3f} times as fast as one process with two threads")
        if ratio >= 0.9:
            return None
    raise SystemExit("two workers are more than a tenth slower")


if __name__ == "__main__":
    main()
