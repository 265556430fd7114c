#!/usr/bin/env python3
"""Classifies images while something disturbs it: signals, closed and slow streams, and a terminal
that changes its size. test_signals.py PROGRAM

Each run must end in time with the right exit code, write whole lines that are those of an
undisturbed run, and leave no temporary file.
"""

import fcntl
import os
import pathlib
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time

from checks import (
    TIMEOUT, Checks, expect, expect_equal, expect_whole_lines, files_in, processor_seconds,
    wait_until,
)  # fmt: skip
from runs import COUNT, Runs

RESIZED = b"(resized)"


class Signals(Runs):
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
        wait_until(run, lambda: partial.exists() and partial.stat().st_size > 0)
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
        wait_until(run, lambda: files_in(self.out) - {but})

    def paused(self):
        """Ctrl-Z and `fg`. A process group of its own, so that the signal is not discarded."""
        run = self.start(process_group=0)
        first = run.stdout.readline()
        run.send_signal(signal.SIGTSTP)
        state = pathlib.Path(f"/proc/{run.pid}/stat")
        if state.exists():
            wait_until(run, lambda: state.read_text().rsplit(")", 1)[1].split()[0] == "T")
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
        wait_until(run, lambda: bytes_waiting(run.stdout) > 30_000)
        time.sleep(5)
        before = processor_seconds(run.pid)
        time.sleep(3)
        spent = processor_seconds(run.pid) - before
        expect(run.poll() is None, "all records fit the pipe, so that nothing was checked")
        first = run.stdout.read(5000)
        found = self.finish(run, before=first).stdout
        expect(found == self.expected, "the records are not those of an undisturbed run")
        expect(spent < 0.3, f"{spent} s of processor time in 3 s of waiting")

    # Streams and terminals

    def closed(self, number, code):
        self.out = self.work / "out"
        shell = f'exec "$@" {number}>&-'
        run = self.start(command=["sh", "-c", shell, "sh", *self.command])
        result = self.finish(run, code)
        if code == 0:
            expect(result.stdout == self.expected, "the records are not those of a usual run")
        else:
            expect(number == 1 and "standard output" in result.stderr, "no message says why")

    def resized(self, shows_records):
        """A terminal gets narrower: the progress lines that are drawn after that fit it."""
        # With fp32 and one thread, there is time for some lines.
        command = [self.program, "classify", str(self.images), "--jsonl", "--precision", "fp32"]
        terminal, inner = pty.openpty()
        set_columns(inner, 100)
        output = {"stdout": inner} if shows_records else {}
        files = [] if shows_records else ["result.jsonl"]
        further = ["-j1", "--progress", *(f"--output={name}" for name in files)]
        run = self.start(command=[*command, *further], stderr=inner, **output)
        seen = bytearray()

        def has_drawn_long_line():
            # All of it: the program must not wait until there is room, nor must the mark below.
            while part := read_terminal(terminal, 0):
                seen.extend(part)
            return any(len(line) > 39 for line in progress_lines(seen))

        wait_until(run, has_drawn_long_line)
        set_columns(inner, 40)
        run.send_signal(signal.SIGWINCH)
        # What the program writes from now on comes after this in the terminal.
        os.write(inner, RESIZED)
        os.close(inner)
        while part := read_terminal(terminal, TIMEOUT):
            seen += part
        os.close(terminal)
        self.finish(run, files=files)
        after = progress_lines(seen.split(RESIZED)[1])
        expect(len(after) > 2, f"only {len(after)} lines were drawn after that")
        longest = max(after, key=len)
        expect(len(longest) < 40, f"a line of {len(longest)} columns was drawn: {longest}")
        return f"{len(after)} lines of at most {len(longest)} columns"


def bytes_waiting(pipe):
    return int.from_bytes(fcntl.ioctl(pipe, termios.FIONREAD, bytes(4)), sys.byteorder)


def set_columns(terminal, columns):
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("4H", 25, columns, 0, 0))


def read_terminal(terminal, seconds):
    """What the terminal shows within some seconds; nothing where no program has it any more."""
    ready, _, _ = select.select([terminal], [], [], seconds)
    try:
        return os.read(terminal, 1 << 16) if ready else b""
    except OSError:
        # What Linux says at the end.
        return b""


def progress_lines(shown):
    """Each line that was drawn over itself, without what clears the rest of the line."""
    return re.findall("\r([^\r\n\x1b]+)\x1b\\[K\r", shown.decode(errors="replace"))


def main():
    with tempfile.TemporaryDirectory() as folder:
        all_of = Signals(os.path.abspath(sys.argv[1]), pathlib.Path(folder).resolve())
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
        checks.run("a resized terminal", all_of.resized, False)
        checks.run("a resized terminal that shows the records, too", all_of.resized, True)
        checks.end("signals, streams and terminals")


if __name__ == "__main__":
    main()
