#!/usr/bin/env python3
"""Classifies images where something is scarce: full disks, a home that cannot be written, and
narrow limits. test_limits.py PROGRAM

Each run must end in time with the right exit code, write whole lines that are those of an
undisturbed run, and leave no temporary file.
"""

import contextlib
import gzip
import os
import pathlib
import random
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time

from checks import (
    OPTIONS, PHOTOS, SOURCES, TIMEOUT, Checks, Skip, can_mount, expect, expect_equal,
    expect_whole_lines, files_in, limits, mount_options,
)  # fmt: skip
from runs import Runs

# `checks` adds Scripts/scale to the module path.
from alexnet_worker import member

# The signals with which Swift's runtime ends; the last one where it has no memory for its message.
CRASHES = (-signal.SIGABRT, -signal.SIGILL, -signal.SIGTRAP, -signal.SIGSEGV)
CANNOT_MOUNT = "no file system can be mounted here"


class Limits(Runs):
    # Full disks

    def full_device(self):
        if not os.path.exists("/dev/full"):
            raise Skip("there is no /dev/full")
        with open("/dev/full", "wb") as full:
            result = self.finish(self.start(stdout=full), 74)
        expect("No space left" in result.stderr, f"the message is {result.stderr!r}")

    def full_disk(self):
        """A file system of 64 KB: no part of a file is left, an old file stays, --resume goes on
        once there is room."""
        if not can_mount():
            raise Skip(CANNOT_MOUNT)
        script = r"""
          set -u
          disk=$1; shift
          mount -t tmpfs -o size=64k none "$disk"; cd "$disk"
          echo old >old.jsonl
          "$@" -o new.jsonl; echo "code $?"
          "$@" -o old.jsonl; echo "code $?"
          "$@" >stream.jsonl; echo "code $?"
          wc -c <stream.jsonl; rm stream.jsonl
          "$@" --resume -o part.jsonl; echo "code $?"
          ls -A; cat old.jsonl
          mount -o remount,size=10m "$disk"
          "$@" --resume -o part.jsonl; echo "code $?"
          ls -A; cat part.jsonl >&3
        """
        disk = self.work / "disk"
        disk.mkdir()
        with open(self.work / "resumed", "w+b") as resumed:
            run = subprocess.run(
                ["unshare", *mount_options(), "bash", "-c", 'exec 3>&"$1"; shift; eval "$0"',
                 script, str(resumed.fileno()), str(disk), *self.command],
                pass_fds=[resumed.fileno()], capture_output=True, timeout=TIMEOUT, text=True,
            )  # fmt: skip
            resumed.seek(0)
            lines = resumed.read().splitlines()
        found = run.stdout.splitlines()
        size = int(found.pop(3)) if len(found) > 3 else 0
        expected = [
            "code 74", "code 74", "code 74", "code 74", "old.jsonl", "part.jsonl.partial",
            "part.jsonl.run", "old", "code 0", "old.jsonl", "part.jsonl",
            "part.jsonl.run",
        ]  # fmt: skip
        expect_equal(found, expected, f"(with standard error {run.stderr[-300:]!r}) the result")
        expect(size > 40_000, f"only {size} bytes were written")
        expect(sorted(lines) == sorted(self.expected.splitlines()), "records differ after --resume")

    def file_size_limit(self):
        """`ulimit -f`: no part of a file is left."""
        narrow = limits(fsize=20_000)
        result = self.finish(self.start("-o", "result.jsonl", preexec_fn=narrow), 74)
        expect("File too large" in result.stderr, f"the message is {result.stderr!r}")
        with open(self.work / "stream", "w+b") as stream:
            self.finish(self.start(stdout=stream, preexec_fn=narrow), 74)
            stream.seek(0)
            found = stream.read()
        expect(self.expected.startswith(found), "what was written is not the start of the records")
        expect_equal(len(found), 20_000, "what was written")

    # A home that cannot be written

    def read_only_home(self):
        if not can_mount():
            raise Skip(CANNOT_MOUNT)
        script = r"""
          set -u
          disk=$1 model=$2 program=$3; shift 2
          mount -t tmpfs -o ro none "$disk"; export HOME=$disk
          unset ALEXNET_HOME XDG_DATA_HOME
          "$@" >&3; echo "code $?"
          "$program" model list >/dev/null; echo "code $?"
          "$program" model import "$model" --name mine; echo "code $?"
          "$program" model default starter; echo "code $?"
          ls -A "$disk"
        """
        disk = self.work / "home"
        disk.mkdir()
        model = SOURCES / "CStarterModel/starter.safetensors"
        with open(self.work / "records", "w+b") as records:
            run = subprocess.run(
                ["unshare", *mount_options(), "bash", "-c", 'exec 3>&"$1"; shift; eval "$0"',
                 script, str(records.fileno()), str(disk), str(model), *self.command],
                pass_fds=[records.fileno()], capture_output=True, timeout=TIMEOUT, text=True,
            )  # fmt: skip
            records.seek(0)
            expect(records.read() == self.expected, "the records are not those of a usual run")
        expect_equal(run.stdout.split("\n"), ["code 0", "code 0", "code 73", "code 73", ""],
                     f"(with standard error {run.stderr[-300:]!r}) the result")  # fmt: skip
        expect_equal(run.stderr.count("Read-only file system"), 2, "messages that say why")

    def no_home(self):
        names = ("HOME", "XDG_DATA_HOME", "ALEXNET_HOME")
        environment = {name: value for name, value in os.environ.items() if name not in names}
        self.whole(env=environment)
        self.whole(env=environment | {"HOME": "/nonexistent"})

    # Limits

    def few_files(self):
        """32 open files are enough, with eight threads, too; with six, failures say why."""
        self.whole(preexec_fn=limits(nofile=32))
        found = self.finish(self.start("-j8", preexec_fn=limits(nofile=32))).stdout
        expect(found == self.expected, "with eight threads, the records are others")
        found = self.finish(self.start("-j8", preexec_fn=limits(nofile=6)), 1).stdout
        expect_whole_lines(found)
        lines = self.expected.splitlines()
        others = [line for line in found.splitlines() if line not in lines]
        expect(all(b"Too many open files" in line for line in others), f"other records: {others}")

    def hardly_any_files(self):
        """One photo needs no more than one file beside the three standard streams."""
        command = [self.program, "classify", str(PHOTOS / "cat.jpg"), *OPTIONS]
        usual = self.finish(self.start(command=command)).stdout
        for count in range(12, 3, -1):
            found = self.narrow(command, 0, nofile=count).stdout
            expect(found == usual, f"with {count} files, the record is another one")
        # 127 is the loader's, which cannot open the program's libraries.
        result = self.narrow(command, 1, 127, nofile=3)
        said = result.stderr or result.stdout.decode()
        expect(said, "with 3 files, no message says why there is no record")
        return f"with 3 files, exit code {result.returncode}: {said}"

    def signal_with_few_files(self):
        """SIGTERM ends runs that wait for input or for their reader, also where no descriptor is
        left for the pipe that usually wakes them."""
        names = [f"missing-{index}.jpg" for index in range(1500)]
        for inputs in (["-"], names):
            command = [self.program, "classify", *inputs, "-j1", *OPTIONS]
            run = self.start(command=command, stdin=subprocess.PIPE, preexec_fn=limits(nofile=5))
            time.sleep(2)
            expect(run.poll() is None, f"exit code {run.poll()} before the signal")
            run.terminate()
            # Nobody reads its output meanwhile.
            run.wait(timeout=20)
            run.stdin.close()
            run.stdin = None
            self.finish(run, 143)

    def narrow(self, command, *codes, **values):
        """Runs a command with limits, and names these where something goes wrong."""
        try:
            return self.finish(self.start(command=command, preexec_fn=limits(**values)), *codes)
        except AssertionError as error:
            raise AssertionError(f"with the limits {values}, {error}") from None

    def little_memory(self):
        for kilobytes in (500_000, 200_000):
            self.whole(preexec_fn=limits(**{"as": kilobytes << 10}))

    def memory_ends(self):
        """Where the memory ends, the program says so, and leaves nothing of its output. Where
        Swift's runtime gets none for its own objects, it ends with the signal of a crash."""
        photo = str(PHOTOS / "cat.jpg")
        options = ["-q", "--precision", "fp32", "-j2", "-o", "result"]
        command = [self.program, "classify", photo, *options]
        ends, crashes = 0, 0
        for megabytes in range(60, 401, 4):
            space = {"as": megabytes << 20}
            start = self.start(command=[self.program, "--version"], preexec_fn=limits(**space))
            start.communicate(timeout=TIMEOUT)
            # With still less, the program does not even start.
            if ends == 0 and start.returncode != 0:
                continue
            run = self.start(command=command, preexec_fn=limits(core=0, **space))
            _, said = run.communicate(timeout=TIMEOUT)
            code, said = run.returncode, said.decode(errors="replace")
            how = f"with {megabytes} MB, exit code {code}"
            expect(code in (0, 69, 71, *CRASHES), f"{how}: {said}")
            expect(code == 0 or code in CRASHES or said, f"{how}: no message says what is wrong")
            left = {"result"} if code == 0 else set()
            expect_equal(files_in(self.out), left, f"{how}: what is left")
            if code == 71:
                expect("no memory left" in said, f"71 with the message {said!r}")
            ends += code == 71
            crashes += code < 0
        expect(ends > 0, "the memory never ended")
        expect(crashes < 10, f"{crashes} crashes")
        expect_equal(code, 0, "the exit code with 400 MB")
        return f"{ends} times exit code 71, {crashes} crashes of Swift's runtime"

    def long_streams(self):
        """The memory for a tar stream does not depend on how long it is: there are 64 MB read
        ahead, and a few photos that are being read or classified."""
        photo = (PHOTOS / "cat.jpg").read_bytes()
        # 1 MB of comments, which cost no time.
        comment = b"\xff\xfe\xff\xff" + random.Random(1).randbytes((1 << 16) - 3)
        photo = photo[:2] + 16 * comment + photo[2:]
        alone = self.peak_of_stream(photo, 1, "tar")
        most = alone + (64 << 20) + 20 * len(photo)
        peaks = {form: self.peak_of_stream(photo, 1000, form) for form in ("tar", "gzip")}
        for form, peak in peaks.items():
            expect(peak < most, f"{form}: {peak >> 20} MB, where {most >> 20} MB are allowed")
        peaks = ", ".join(f"{peak >> 20} MB as {form}" for form, peak in peaks.items())
        return f"{peaks} for {1000 * len(photo) >> 20} MB of photos, {alone >> 20} MB for one photo"

    def peak_of_stream(self, photo, count, form):
        """The most memory in bytes that the program has for a stream of copies of a photo."""
        if not os.path.exists("/proc/self/status"):
            raise Skip("there is no /proc")
        peak = 0

        def watch(run):
            # What wait4 says would be at least the memory of this script.
            nonlocal peak
            status = pathlib.Path(f"/proc/{run.pid}/status").read_text()
            if found := re.search(r"VmHWM:\s+(\d+) kB", status):
                peak = int(found[1]) << 10

        with tempfile.TemporaryFile() as records:
            run = self.start(
                command=[self.program, "classify", "-", "-j2", *OPTIONS], stdin=subprocess.PIPE,
                stdout=records,
            )  # fmt: skip
            limit = threading.Timer(TIMEOUT, run.kill)
            limit.start()
            with contextlib.suppress(BrokenPipeError), run.stdin as stream:
                # The data is noise, which is not worth the time of compression.
                whole = gzip.GzipFile("", "wb", 0, stream) if form == "gzip" else stream
                for index in range(count):
                    whole.write(member(f"{index}.jpg", photo))
                    watch(run)
                whole.write(bytes(1024))
                if form == "gzip":
                    whole.close()
            while run.poll() is None:
                watch(run)
                time.sleep(0.01)
            limit.cancel()
            run.stdin = None
            self.finish(run)
            records.seek(0)
            expect_equal(records.read().count(b'"predictions"'), count, "the number of answers")
        return peak

    def small_stack(self):
        self.whole(preexec_fn=limits(stack=1 << 20))

    def small_stack_for_photos(self):
        """Photos, whose decoders use the stack more than small images do."""
        command = [self.command[0], "classify", *map(str, sorted(PHOTOS.glob("*.*g"))), *OPTIONS]
        usual = self.finish(self.start(command=command)).stdout
        found = self.finish(self.start(command=command, preexec_fn=limits(stack=1 << 20))).stdout
        expect(found == usual and usual.count(b"\n") == 3, "the records are others")

    def processor_quota(self):
        """A group that may use a tenth of a processor. Everything is slower, there are the threads
        of one processor, and nothing else changes."""
        with control_group("cpu") as group:
            if (group / "cpu.max").exists():
                (group / "cpu.max").write_text("10000 100000")
            else:
                (group / "cpu.cfs_period_us").write_text("100000")
                (group / "cpu.cfs_quota_us").write_text("10000")
            usual = self.most_threads(self.command)
            single = self.most_threads([*self.command, "-j1"])
            began = time.monotonic()
            found = self.most_threads(inside(group, self.command))
            wall = time.monotonic() - began
            throttled = (group / "cpu.stat").read_text().split()
            throttled = int(throttled[throttled.index("nr_throttled") + 1])
        expect(throttled > 0, "the quota never took effect")
        expect_equal(found, single, f"the number of threads (without a quota {usual})")
        if usual == single:
            raise Skip("records are right, but without a quota there are no more threads")
        return f"{wall:.1f} s, held back {throttled} times, {found} threads instead of {usual}"

    def most_threads(self, command):
        """How many threads an undisturbed run has at most."""
        run = self.start(command=command)
        status = pathlib.Path(f"/proc/{run.pid}/status")
        found, counts = b"", []
        while part := run.stdout.read(1000):
            found += part
            counts.append(int(re.search(r"Threads:\s+(\d+)", status.read_text())[1]))
        self.finish(run)
        expect(found == self.expected, "the records are not those of an undisturbed run")
        return max(counts)

    def memory_quota(self):
        """A group with 200 MB of memory."""
        with control_group("memory") as group:
            version2 = (group / "memory.max").exists()
            name = "memory.max" if version2 else "memory.limit_in_bytes"
            (group / name).write_text(str(200 << 20))
            found = self.finish(self.start(command=inside(group, self.command))).stdout
            expect(found == self.expected, "the records are not those of an undisturbed run")


@contextlib.contextmanager
def control_group(controller):
    """A control group, of version 2 or 1, while a check needs it."""
    root = pathlib.Path("/sys/fs/cgroup")
    if not (root / "cgroup.controllers").exists():
        root /= controller
    group = root / f"alexnet-test-{os.getpid()}"
    try:
        group.mkdir()
    except OSError as error:
        raise Skip(f"no control group can be made: {error}") from None
    try:
        if not (list(group.glob(f"{controller}.*max")) or list(group.glob(f"{controller}.*_*"))):
            raise Skip(f"control groups here have no controller {controller}")
        yield group
    finally:
        remove_group(group)


def inside(group, command):
    """The command, run in a control group."""
    return ["sh", "-c", 'echo $$ >"$0" && exec "$@"', str(group / "cgroup.procs"), *command]


def remove_group(group):
    for _ in range(100):
        try:
            return group.rmdir()
        except OSError:
            time.sleep(0.05)


def main():
    with tempfile.TemporaryDirectory() as folder:
        all_of = Limits(os.path.abspath(sys.argv[1]), pathlib.Path(folder).resolve())
        checks = Checks()
        checks.run("/dev/full", all_of.full_device)
        checks.run("a full disk", all_of.full_disk)
        checks.run("ulimit -f", all_of.file_size_limit)
        checks.run("a read-only home", all_of.read_only_home)
        checks.run("no home", all_of.no_home)
        checks.run("ulimit -n 32", all_of.few_files)
        checks.run("ulimit -n 12 to 3, one photo", all_of.hardly_any_files)
        checks.run("ulimit -n 5 and SIGTERM", all_of.signal_with_few_files)
        checks.run("ulimit -v 500000", all_of.little_memory)
        checks.run("ulimit -v, 60 to 400 MB", all_of.memory_ends)
        checks.run("long tar streams", all_of.long_streams)
        checks.run("ulimit -s 1024", all_of.small_stack)
        checks.run("ulimit -s 1024, photos", all_of.small_stack_for_photos)
        checks.run("a tenth of a processor", all_of.processor_quota)
        checks.run("200 MB of memory", all_of.memory_quota)
        checks.end("full disks and narrow limits")


if __name__ == "__main__":
    main()
