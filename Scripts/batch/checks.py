"""What the scripts of this folder share: a list of checks, images, and running the program."""

import json
import os
import pathlib
import resource
import signal
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
SOURCES = HERE.parent.parent / "Sources"
PHOTOS = HERE.parent.parent / "Tests/Fixtures/photos"

sys.path.insert(0, str(HERE.parent / "scale"))
from make_images import png  # noqa: E402

# No run of these scripts takes longer unless it hangs.
TIMEOUT = 300
# With these options a record has the same bytes in every run.
OPTIONS = ["--jsonl", "--quiet", "--precision", "int8"]


# A shell that runs a script in the background ignores SIGINT for it, and nohup SIGHUP; the program
# would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)


class Skip(Exception):
    """Why a check cannot be made on this machine."""


class Checks:
    """Runs checks one after the other, and counts the ones that failed."""

    def __init__(self):
        self.done, self.failed, self.skipped = 0, 0, 0

    def run(self, name, check, *arguments):
        """Runs a check: a function that raises where what it looks at is wrong."""
        try:
            note = check(*arguments)
        except Skip as reason:
            self.skipped += 1
            print(f"skipped {name}: {reason}", flush=True)
        except (AssertionError, OSError, ValueError, subprocess.SubprocessError) as error:
            self.failed += 1
            print(f"FAILED  {name}: {error}", flush=True)
        else:
            self.done += 1
            print(f"ok      {name}{f': {note}' if note else ''}", flush=True)

    def end(self, what):
        print(f"{what}: {self.done} passed, {self.failed} failed, {self.skipped} skipped")
        sys.exit(self.failed > 0)


def expect(condition, message):
    if not condition:
        raise AssertionError(message)


def expect_equal(found, expected, what):
    expect(found == expected, f"{what} is {found!r} and not {expected!r}")


def make_images(folder, count, first=0):
    """Writes `count` small images, which are the same in every run, into a new folder."""
    os.mkdir(folder)
    for index in range(first, first + count):
        (pathlib.Path(folder) / f"{index:04}.png").write_bytes(png(index))


def expect_whole_lines(data, expected=None):
    """Checks that `data` is whole lines of JSON and, if given, the beginning of `expected`."""
    expect(data == b"" or data.endswith(b"\n"), f"the last line is cut off: {data[-60:]!r}")
    for line in data.splitlines():
        json.loads(line)
    if expected is not None:
        expect(expected.startswith(data), "the records are not those of a whole run")


def files_in(folder):
    """The paths of all files and folders in a folder, hidden ones included."""
    folder = pathlib.Path(folder)
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


def wait_until(run, condition):
    """Waits for what a process does. It must not end before."""
    end = time.monotonic() + TIMEOUT
    while not condition():
        expect(run.poll() is None, f"exit code {run.poll()} before what a check waits for")
        expect(time.monotonic() < end, "what a check waits for never happens")
        time.sleep(0.01)


def processor_seconds(pid):
    path = pathlib.Path(f"/proc/{pid}/stat")
    if not path.exists():
        raise Skip("there is no /proc")
    fields = path.read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def limits(**values):
    """Sets limits such as `nofile=32` for a new process: for `preexec_fn`."""

    def set_limits():
        for name, value in values.items():
            number = getattr(resource, f"RLIMIT_{name.upper()}")
            resource.setrlimit(number, (value, value))

    return set_limits


def can_mount():
    """Whether a file system can be mounted, in a name space of its own."""
    with tempfile.TemporaryDirectory() as folder:
        command = ["unshare", *mount_options(), "mount", "-t", "tmpfs", "none", folder]
        try:
            return subprocess.run(command, capture_output=True).returncode == 0
        except FileNotFoundError:
            return False


def mount_options():
    """Options of `unshare`: root needs no name space of users."""
    return ["--mount"] if os.geteuid() == 0 else ["--mount", "--map-root-user"]
