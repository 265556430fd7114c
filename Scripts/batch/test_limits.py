#!/usr/bin/env python3
"""Classifies images while something is in the way: signals, full disks, closed and slow streams,
and narrow limits. test_limits.py PROGRAM

Each run must end in time with the right exit code, write whole lines that are those of an
undisturbed run, and leave no temporary file.
"""

import fcntl
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import termios
import time

from checks import (
    OPTIONS, PHOTOS, SOURCES, TIMEOUT, Checks, Skip, can_mount, expect, expect_equal,
    expect_whole_lines, files_in, limits, make_images, mount_options,
)  # fmt: skip

COUNT = 300
CANNOT_MOUNT = "no file system can be mounted here"


class Limits:
    def __init__(self, program, work):
        self.work = work
        self.images = work / "images"
        make_images(self.images, COUNT)
        self.command = [program, "classify", str(self.images), *OPTIONS]
        self.expected = self.finish(self.start()).stdout
        expect_equal(self.expected.count(b"\n"), COUNT, "the number of records")

    def start(self, *further, command=None, **options):
        """Starts the program in the folder `out`, which is new."""
        self.out = self.work / "out"
        shutil.rmtree(self.out, ignore_errors=True)
        self.out.mkdir()
        # Without a buffer, `communicate` gets all that `readline` left.
        options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "bufsize": 0} | options
        command = command or [*self.command, *further]
        return subprocess.Popen(command, cwd=self.out, **options)

    def finish(self, process, code=0, before=b"", files=()):
        """Waits for the process, and checks its exit code and what it leaves in its folder."""
        try:
            output, errors = process.communicate(timeout=TIMEOUT)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            raise AssertionError(f"it hangs: still running after {TIMEOUT} s") from None
        text = (errors or b"").decode(errors="replace").strip()[-300:]
        expect(process.returncode == code, f"exit code {process.returncode}, not {code}: {text}")
        expect_equal(files_in(self.out), set(files), "what the folder of the output has")
        return subprocess.CompletedProcess([], code, before + (output or b""), text)

    def whole(self, **options):
        """A run that nothing may keep from giving the records of an undisturbed one."""
        found = self.finish(self.start(**options)).stdout
        expect(found == self.expected, "the records are not those of an undisturbed run")

    # Signals

    def stopped_by(self, number):
        """A signal ends a run that writes to a pipe after whole lines."""
        run = self.start()
        first = run.stdout.readline()
        run.send_signal(number)
        found = self.finish(run, 128 + number, before=first).stdout
        expect_whole_lines(found, self.expected)
        count = found.count(b"\n")
        expect(count < COUNT, "the run was not ended early")
        return f"after {count} of {COUNT} records"

    def leaves_no_file(self, number, ending):
        """A signal ends a run that writes to a file: nothing is left of it."""
        command = [option for option in self.command if option != "--jsonl"]
        run = self.start(command=[*command, "-o", f"result.{ending}"])
        self.wait_for_file(run)
        run.send_signal(number)
        self.finish(run, 128 + number)

    def keeps_old_file(self, number):
        run = self.start("-o", "result.jsonl")
        (self.out / "result.jsonl").write_bytes(b"old\n")
        self.wait_for_file(run, but="result.jsonl")
        run.send_signal(number)
        self.finish(run, 128 + number, files=["result.jsonl"])
        expect_equal((self.out / "result.jsonl").read_bytes(), b"old\n", "the old file")

    def resumes_after(self, number):
        name = "result.jsonl"
        run = self.start("--resume", "-o", name)
        partial = self.out / f"{name}.partial"
        self.wait_until(run, lambda: partial.exists() and partial.stat().st_size > 0)
        run.send_signal(number)
        self.finish(run, 128 + number, files=[f"{name}.partial", f"{name}.run"])
        expect_whole_lines(partial.read_bytes(), self.expected)
        part = partial.read_bytes().count(b"\n")
        self.resume(name)
        return f"after {part} of {COUNT} records"

    def resume(self, name):
        """The same command in the same folder: all records are there in the end, each once."""
        command = [*self.command, "--resume", "-o", name]
        subprocess.run(command, cwd=self.out, check=True, timeout=TIMEOUT, capture_output=True)
        lines = (self.out / name).read_bytes().splitlines()
        expect(sorted(lines) == sorted(self.expected.splitlines()), "records differ after --resume")

    def wait_for_file(self, run, but=None):
        self.wait_until(run, lambda: files_in(self.out) - {but})

    def wait_until(self, run, condition):
        end = time.monotonic() + TIMEOUT
        while not condition():
            expect(run.poll() is None, f"exit code {run.poll()} before what a check waits for")
            expect(time.monotonic() < end, "what a check waits for never happens")
            time.sleep(0.01)

    def paused(self):
        """Ctrl-Z and `fg`. A process group of its own, so that the signal is not discarded."""
        run = self.start(process_group=0)
        first = run.stdout.readline()
        run.send_signal(signal.SIGTSTP)
        state = pathlib.Path(f"/proc/{run.pid}/stat")
        if state.exists():
            self.wait_until(run, lambda: state.read_text().rsplit(")", 1)[1].split()[0] == "T")
        time.sleep(1)
        run.send_signal(signal.SIGCONT)
        found = self.finish(run, before=first).stdout
        expect(found == self.expected, "the records are not those of an undisturbed run")

    def reader_goes_away(self):
        """As `head -3` does. The end of the run is quiet."""
        run = self.start()
        lines = [run.stdout.readline() for _ in range(3)]
        run.stdout.close()
        began = time.monotonic()
        run.stdout = None
        result = self.finish(run)
        expect_equal(result.stderr, "", "standard error")
        expect_whole_lines(b"".join(lines), self.expected)
        return f"ends {time.monotonic() - began:.2f} s later"

    def slow_reader(self):
        """While the pipe is full, the program waits and computes nothing."""
        run = self.start()
        self.wait_until(run, lambda: bytes_waiting(run.stdout) > 30_000)
        time.sleep(5)
        before = processor_seconds(run.pid)
        time.sleep(3)
        spent = processor_seconds(run.pid) - before
        expect(run.poll() is None, "all records fit the pipe, so that nothing was checked")
        first = run.stdout.read(5000)
        found = self.finish(run, before=first).stdout
        expect(found == self.expected, "the records are not those of an undisturbed run")
        expect(spent < 0.3, f"{spent} s of processor time in 3 s of waiting")

    # Streams

    def closed(self, number, code):
        self.out = self.work / "out"
        shell = f'exec "$@" {number}>&-'
        run = self.start(command=["sh", "-c", shell, "sh", *self.command])
        result = self.finish(run, code)
        if code == 0:
            expect(result.stdout == self.expected, "the records are not those of a usual run")
        else:
            expect(number == 1 and "standard output" in result.stderr, "no message says why")

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

    def little_memory(self):
        for kilobytes in (500_000, 200_000):
            self.whole(preexec_fn=limits(**{"as": kilobytes << 10}))

    def small_stack(self):
        self.whole(preexec_fn=limits(stack=1 << 20))

    def small_stack_for_photos(self):
        """Photos, whose decoders use the stack more than small images do."""
        command = [self.command[0], "classify", *map(str, sorted(PHOTOS.glob("*.*g"))), *OPTIONS]
        usual = self.finish(self.start(command=command)).stdout
        found = self.finish(self.start(command=command, preexec_fn=limits(stack=1 << 20))).stdout
        expect(found == usual and usual.count(b"\n") == 3, "the records are others")

    def processor_quota(self):
        """A group that may use a tenth of a processor. Everything is slower, and nothing else."""
        group = control_group("cpu")
        try:
            if (group / "cpu.max").exists():
                (group / "cpu.max").write_text("10000 100000")
            else:
                (group / "cpu.cfs_period_us").write_text("100000")
                (group / "cpu.cfs_quota_us").write_text("10000")
            script = 'echo $$ >"$0" && exec "$@"'
            command = ["sh", "-c", script, str(group / "cgroup.procs"), *self.command]
            began = time.monotonic()
            run = self.start(command=command)
            found = self.finish(run).stdout
            wall = time.monotonic() - began
            throttled = (group / "cpu.stat").read_text().split()
            throttled = int(throttled[throttled.index("nr_throttled") + 1])
            expect(found == self.expected, "the records are not those of an undisturbed run")
            expect(throttled > 0, "the quota never took effect")
            return f"{wall:.1f} s, held back {throttled} times"
        finally:
            remove_group(group)

    def memory_quota(self):
        """A group with 200 MB of memory."""
        group = control_group("memory")
        try:
            version2 = (group / "memory.max").exists()
            name = "memory.max" if version2 else "memory.limit_in_bytes"
            (group / name).write_text(str(200 << 20))
            script = 'echo $$ >"$0" && exec "$@"'
            command = ["sh", "-c", script, str(group / "cgroup.procs"), *self.command]
            found = self.finish(self.start(command=command)).stdout
            expect(found == self.expected, "the records are not those of an undisturbed run")
        finally:
            remove_group(group)


def control_group(controller):
    """Makes a control group, of version 2 or 1."""
    root = pathlib.Path("/sys/fs/cgroup")
    if not (root / "cgroup.controllers").exists():
        root /= controller
    group = root / f"alexnet-test-{os.getpid()}"
    try:
        group.mkdir()
    except OSError as error:
        raise Skip(f"no control group can be made: {error}") from None
    if not (list(group.glob(f"{controller}.*max")) or list(group.glob(f"{controller}.*_*"))):
        group.rmdir()
        raise Skip(f"control groups here have no controller {controller}")
    return group


def remove_group(group):
    for _ in range(100):
        try:
            return group.rmdir()
        except OSError:
            time.sleep(0.05)


def bytes_waiting(pipe):
    return int.from_bytes(fcntl.ioctl(pipe, termios.FIONREAD, bytes(4)), sys.byteorder)


def processor_seconds(pid):
    path = pathlib.Path(f"/proc/{pid}/stat")
    if not path.exists():
        raise Skip("there is no /proc")
    fields = path.read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main():
    with tempfile.TemporaryDirectory() as folder:
        all_of = Limits(os.path.abspath(sys.argv[1]), pathlib.Path(folder).resolve())
        checks = Checks()
        numbers = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]
        for number in numbers:
            name = number.name
            checks.run(f"{name}, to a pipe", all_of.stopped_by, number)
            for ending in ("json", "jsonl", "csv"):
                checks.run(f"{name}, -o result.{ending}", all_of.leaves_no_file, number, ending)
            checks.run(f"{name}, an old file", all_of.keeps_old_file, number)
            checks.run(f"{name}, --resume", all_of.resumes_after, number)
        checks.run("SIGTSTP and SIGCONT", all_of.paused)
        checks.run("a reader that goes away", all_of.reader_goes_away)
        checks.run("a slow reader", all_of.slow_reader)
        checks.run("closed standard input", all_of.closed, 0, 0)
        checks.run("closed standard output", all_of.closed, 1, 74)
        checks.run("closed standard error", all_of.closed, 2, 0)
        checks.run("/dev/full", all_of.full_device)
        checks.run("a full disk", all_of.full_disk)
        checks.run("ulimit -f", all_of.file_size_limit)
        checks.run("a read-only home", all_of.read_only_home)
        checks.run("no home", all_of.no_home)
        checks.run("ulimit -n 32", all_of.few_files)
        checks.run("ulimit -v 500000", all_of.little_memory)
        checks.run("ulimit -s 1024", all_of.small_stack)
        checks.run("ulimit -s 1024, photos", all_of.small_stack_for_photos)
        checks.run("a tenth of a processor", all_of.processor_quota)
        checks.run("200 MB of memory", all_of.memory_quota)
        checks.end("signals, streams and limits")


if __name__ == "__main__":
    main()
