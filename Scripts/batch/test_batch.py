#!/usr/bin/env python3
"""Classifies many files of which one in twenty is damaged: test_batch.py PROGRAM [COUNT]

Every input must give exactly one record, good ones what they give alone; memory must stay flat, and
the last thousand files may cost at most a tenth more processor time than the second thousand. The
first thousand fills caches.
"""

import base64
import json
import os
import pathlib
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time

from checks import PHOTOS, processor_seconds
from make_images import chunk, png

OPTIONS = ["--jsonl", "--quiet", "--precision", "int8", "-0", "--files-from"]
# What the codes of damaged images may be: a flipped bit can be anywhere.
DAMAGED = {"corrupt", "truncated", "unsupported_format", "unsupported_feature", "limit_exceeded"}
GOOD = {None}


def flipped(data, index, bits=1):
    return data[:index] + bytes([data[index] ^ bits]) + data[index + 1 :]


def sized(data, width, height):
    """A PNG with another size in its header, whose checksum is right."""
    header = width.to_bytes(4, "big") + height.to_bytes(4, "big") + data[24:29]
    return data[:8] + chunk(b"IHDR", header) + data[33:]


# By name: what a way makes of the bytes of a good image, and the codes that its record may have.
CONTENTS = {
    "empty": (lambda data: b"", {"empty"}),
    "one byte": (lambda data: data[:1], DAMAGED),
    "signature": (lambda data: data[:8], DAMAGED),
    "cut in the header": (lambda data: data[:20], DAMAGED),
    "cut after a quarter": (lambda data: data[: len(data) // 4], DAMAGED),
    "cut in the middle": (lambda data: data[: len(data) // 2], DAMAGED),
    "last bytes missing": (lambda data: data[:-13], DAMAGED),
    "bit of the header": (lambda data: flipped(data, 17), DAMAGED),
    "bit in the middle": (lambda data: flipped(data, len(data) // 2), DAMAGED),
    "byte in the middle": (lambda data: flipped(data, len(data) // 2, 255), DAMAGED),
    "zeros in the middle": (
        lambda data: data[:60] + bytes(len(data) - 120) + data[-60:],
        DAMAGED,
    ),
    "zeros": (lambda data: bytes(len(data)), DAMAGED),
    "noise": (lambda data: random.Random(len(data)).randbytes(len(data)), DAMAGED),
    "text": (lambda data: b"This is a text.\n" * 100, DAMAGED),
    "web page": (lambda data: b"<!DOCTYPE html><html><body>404</body></html>", DAMAGED),
    "GIF": (lambda data: b"GIF89a" + bytes(200), DAMAGED),
    "BMP": (lambda data: b"BM" + bytes(200), DAMAGED),
    "WebP": (lambda data: b"RIFF\0\0\0\0WEBPVP8 " + bytes(200), DAMAGED),
    "ZIP": (lambda data: b"PK\3\4" + data, DAMAGED),
    "gzip": (lambda data: b"\x1f\x8b\x08" + data, DAMAGED),
    "60000 x 60000": (lambda data: sized(data, 60000, 60000), DAMAGED),
    "0 x 64": (lambda data: sized(data, 0, 64), DAMAGED),
    "more rows than there are": (lambda data: sized(data, 64, 640), DAMAGED),
    "text after the end": (lambda data: data + b"text", GOOD),
    "wrong ending": (lambda data: data, GOOD),
}


def make_special(way, path, good):
    """Makes what is no file with other contents. Returns the path of the record, and its codes."""
    if way == "no permission":
        shutil.copy(good, path)
        os.chmod(path, 0)
        return path, GOOD if os.geteuid() == 0 else {"permission_denied"}
    if way == "vanishing":
        shutil.copy(good, path)
        return path, {"not_found"}
    if way == "folder with an image's name":
        os.mkdir(path)
        shutil.copy(good, path + b"/in.png")
        return path + b"/in.png", GOOD
    if way == "FIFO":
        os.mkfifo(path)
        return path, {"not_a_file"}
    if way == "socket":
        # The path of a socket may only have some hundred bytes.
        with socket.socket(socket.AF_UNIX) as one:
            here = os.getcwd()
            os.chdir(os.path.dirname(path))
            one.bind(os.path.basename(path))
            os.chdir(here)
        return path, {"not_a_file"}
    if way == "dangling link":
        os.symlink(b"nowhere.png", path)
        return path, {"not_found"}
    if way == "looping link":
        os.symlink(os.path.basename(path), path)
        return path, {"io_error"}
    if way == "link":
        os.symlink(os.path.abspath(good), path)
        return path, GOOD
    if way == "device":
        os.symlink(b"/dev/null", path)
        return path, {"not_a_file"}
    if way == "missing":
        return path, {"not_found"}
    names = {
        "line break in the name": b"two\nlines ",
        "invalid UTF-8 in the name": b"\xff\xfe ",
        "quotes in the name": b"\"'`$\t\\ ",
    }
    path = os.path.join(os.path.dirname(path), names[way] + os.path.basename(path))
    shutil.copy(good, path)
    return path, GOOD


SPECIAL = [
    "no permission", "vanishing", "folder with an image's name", "FIFO", "socket", "dangling link",
    "looping link", "link", "device", "missing", "line break in the name",
    "invalid UTF-8 in the name", "quotes in the name",
]  # fmt: skip


def make_inputs(folder, count):
    """Returns the inputs, the codes by the record's path, good images by it, and the vanishing."""
    good = []
    for index in range(40):
        path = os.path.join(folder, b"good %d.png" % index)
        with open(path, "wb") as file:
            file.write(png(index))
        good.append(path)
    good += [os.fsencode(PHOTOS / name) for name in ("cat.jpg", "rocket.jpg")]
    ways = [*CONTENTS, *SPECIAL]
    inputs, codes, sources, vanishing = [], {}, {}, []
    for index in range(count):
        part = os.path.join(folder, b"%03d" % (index // 500))
        os.makedirs(part, exist_ok=True)
        source = good[index % len(good)]
        path = os.path.join(part, b"%06d" % index) + os.path.splitext(source)[1]
        record, allowed = path, GOOD
        if index % 20 != 10:
            os.link(source, path) if source.startswith(folder) else shutil.copy(source, path)
        else:
            way = ways[index // 20 % len(ways)]
            source = good[index // 20 % 40]
            if way in CONTENTS:
                change, allowed = CONTENTS[way]
                record = path = os.path.splitext(path)[0] + b".jpg"
                with open(source, "rb") as file, open(path, "wb") as target:
                    target.write(change(file.read()))
            else:
                record, allowed = make_special(way, path, source)
                path = path if way.startswith("folder") else record
                # The first files are read before anybody can remove them.
                if way == "vanishing" and index > count // 4:
                    vanishing.append(path)
                elif way == "vanishing":
                    allowed = GOOD
        inputs.append(path)
        codes[record] = allowed
        sources[record] = source
    return inputs, codes, sources, good, vanishing


def resident(pid):
    pages = int(pathlib.Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def path_of(record):
    if "path_base64" in record:
        return base64.b64decode(record["path_base64"])
    return record["path"].encode()


def classify(program, names, codes, sources, alone, vanishing):
    """Classifies the inputs in the file `names`, and checks each record.

    Returns errors, and the processor time, the clock and the memory at the first record, which
    comes when the model is loaded, and at each thousandth one."""
    errors, seen, times, clock, memory = [], {}, [], [], []
    run = subprocess.Popen([program, *OPTIONS, names], stdout=subprocess.PIPE)
    # Nothing of this takes a second an image: the run hangs.
    watchdog = threading.Timer(600 + len(codes), run.kill)
    watchdog.start()
    for number, line in enumerate(run.stdout):
        if number == 0:
            for path in vanishing:
                os.remove(path)
        is_end_of_thousand = number % 1000 == 999
        if (number == 0 or is_end_of_thousand) and os.path.exists(f"/proc/{run.pid}/stat"):
            times.append(processor_seconds(run.pid))
            clock.append(time.monotonic())
            memory.append(resident(run.pid))
        record = json.loads(line)
        path = path_of(record)
        seen[path] = seen.get(path, 0) + 1
        code = record.get("error", {}).get("code")
        if code not in codes.get(path, ()):
            errors.append(f"{path}: {code} instead of one of {codes.get(path)}")
        elif code is None and record["predictions"] != alone[sources[path]]:
            errors.append(f"{path}: other predictions than alone")
    if run.wait() != 1:
        errors.append(f"exit code {run.returncode}")
    watchdog.cancel()
    if set(seen) != set(codes) or set(seen.values()) != {1}:
        errors.append(f"{sum(seen.values())} records of {len(seen)} inputs of {len(codes)}")
    return errors, times, clock, memory


def differences(values):
    return [after - before for before, after in zip(values, values[1:])]


def main():
    program = os.path.abspath(sys.argv[1])
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 20000
    folder = os.fsencode(tempfile.mkdtemp())
    try:
        inputs, codes, sources, good, vanishing = make_inputs(folder, count)
        names = os.path.join(folder, b"list")
        alone = {}
        for path in good:
            pathlib.Path(os.fsdecode(names)).write_bytes(path)
            text = subprocess.run([program, *OPTIONS, names], capture_output=True, check=True)
            alone[path] = json.loads(text.stdout)["predictions"]
        pathlib.Path(os.fsdecode(names)).write_bytes(b"".join(path + b"\0" for path in inputs))

        # Another program may have disturbed one run. What gets slower does so in each.
        for attempt in range(3):
            errors, times, clock, memory = classify(
                program, names, codes, sources, alone, vanishing
            )
            vanishing = []
            if errors or len(times) < 6:
                break
            walls, costs = differences(clock), differences(times)
            print(f"wall time: {walls[0]:.2f} s for the first thousand, {walls[-1]:.2f} s for the "
                  f"last, ratio {walls[-1] / walls[0]:.3f}; not judged, because other programs "
                  "change it")  # fmt: skip
            ratio = costs[-1] / costs[1]
            print(f"processor time: {costs[0]:.2f} s for the first thousand, {costs[1]:.2f} s for "
                  f"the second, {costs[-1]:.2f} s for the last. The last by the second is judged, "
                  f"because the first fills caches: {ratio:.3f}")  # fmt: skip
            if ratio <= 1.1:
                break
        else:
            errors.append("the last files take longer")
        ways = len(CONTENTS) + len(SPECIAL)
        print(f"{len(inputs)} inputs, {len(codes)} records expected, {ways} ways of damage")
        if len(times) < 6:
            print("skipped speed and memory: they need 5000 files, and /proc")
        else:
            # At the last record, the process may have ended.
            late = memory[-2]
            growth = late / memory[len(memory) // 4]
            print(f"memory near the end by that after a quarter: {growth:.3f}, {late >> 20} MB")
            if growth > 1.1:
                errors.append("memory grows")
    finally:
        shutil.rmtree(folder)
    for error in errors[:20]:
        print(error, file=sys.stderr)
    if len(errors) > 20:
        print(f"and {len(errors) - 20} more", file=sys.stderr)
    sys.exit(bool(errors))


if __name__ == "__main__":
    main()
