#!/usr/bin/env python3
"""Kills runs with --resume again and again: test_kills.py PROGRAM [COUNT]

In the end every input must have one record, the same as in a run that nothing interrupted. One run
goes on alone, and four parts (--shard) at the same time.
"""

import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import time

from checks import OPTIONS, TIMEOUT, Checks, expect, expect_equal, files_in, make_images

KILLS = 25


def damage(folder, count):
    """Cuts one in twenty."""
    for index in range(10, count, 20):
        path = pathlib.Path(folder) / f"{index:04}.png"
        path.write_bytes(path.read_bytes()[:200])


def run_until_done(command, kills, out):
    """Runs a command to its end, after killing it `kills` times, each time after it has written
    some further records. Returns how often it was killed."""
    killed = 0
    choice = random.Random(len(command))
    partial = pathlib.Path(out + ".partial")
    deadline = time.monotonic() + TIMEOUT
    while True:
        run = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        if killed < kills:
            start = partial.stat().st_size if partial.exists() else 0
            enough = start + choice.randrange(0, 12_000)
            while run.poll() is None and (not partial.exists() or partial.stat().st_size <= enough):
                expect(time.monotonic() < deadline, "it hangs")
                time.sleep(choice.random() * 0.002)
            if run.poll() is None:
                run.kill()
                run.wait()
                killed += 1
                # Now and then the machine, not only the process, goes down in the middle of a line.
                if partial.exists() and choice.random() < 0.3:
                    os.truncate(partial, max(0, partial.stat().st_size - choice.randrange(1, 700)))
                continue
        code = run.wait(timeout=TIMEOUT)
        # 1 if the last run met damaged files; 0 if earlier runs had recorded all of them.
        expect(code in (0, 1), f"the exit code is {code}")
        return killed


def main():
    program = os.path.abspath(sys.argv[1])
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 1000
    checks = Checks()
    with tempfile.TemporaryDirectory() as folder:
        images, results = os.path.join(folder, "images"), os.path.join(folder, "results")
        make_images(images, count)
        damage(images, count)
        os.mkdir(results)
        whole = subprocess.run([program, images, *OPTIONS], capture_output=True).stdout
        expected = sorted(whole.splitlines())
        expect_equal(len(expected), count, "the number of records")
        expect_equal(sum("error" in json.loads(line) for line in expected), count // 20, "failures")

        def compare(paths, note):
            texts = [pathlib.Path(path).read_bytes() for path in paths]
            lines = [line for text in texts for line in text.split(b"\n")]
            expect_equal(lines.count(b""), len(paths), "the number of ends of files")
            found = sorted(line for line in lines if line)
            expect_equal(len(found), count, "the number of records")
            expect(found == expected, "the records are not those of a run without kills")
            names = {os.path.basename(path) for path in paths}
            expect_equal(files_in(results), names | {name + ".run" for name in names}, "files")
            for name in files_in(results):
                os.remove(os.path.join(results, name))
            return note

        def one():
            out = os.path.join(results, "all.jsonl")
            command = [program, images, *OPTIONS, "--resume", "-o", out]
            killed = run_until_done(command, KILLS, out)
            expect(killed > KILLS // 2, f"only {killed} runs were killed before their end")
            return compare([out], f"{killed} kills, {count} records")

        def parts():
            paths = [os.path.join(results, f"{part}.jsonl") for part in range(1, 5)]
            runs = []
            for part, out in enumerate(paths, 1):
                options = ["-j1", "--shard", f"{part}/4", "--resume", "-o", out]
                script = [sys.executable, __file__, "--part", str(KILLS // 4), out]
                command = [*script, program, images]
                runs.append(
                    subprocess.Popen([*command, *OPTIONS, *options], stdout=subprocess.PIPE)
                )
            outputs = [run.communicate()[0] for run in runs]
            expect(all(run.returncode == 0 for run in runs), "a part failed, as stands above")
            killed = sum(map(int, outputs))
            expect(killed > KILLS // 3, f"only {killed} runs were killed before their end")
            return compare(paths, f"{killed} kills, {count} records")

        checks.run("kill -9 and --resume", one)
        checks.run("kill -9 and --resume, four parts at the same time", parts)
    checks.end("kills")


if __name__ == "__main__":
    if sys.argv[1] == "--part":
        print(run_until_done(sys.argv[4:], int(sys.argv[2]), sys.argv[3]))
    else:
        main()
