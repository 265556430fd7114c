#!/usr/bin/env python3
"""Watches the system calls of every command with strace: test_traces.py PROGRAM

No command but `model pull` makes a connection, none starts another program, and none writes to a
file other than those that it is told and its home. Files get the permissions that the umask asks.
A run with --resume brings its records to the disk every now and then.
"""

import io
import os
import pathlib
import pickle
import re
import shutil
import signal
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile

from checks import (
    PHOTOS, SOURCES, TIMEOUT, Checks, expect, expect_equal, files_in, make_images, wait_until,
)  # fmt: skip

MODEL = SOURCES / "CStarterModel/starter.safetensors"
RENAMES = ["rename", "renameat", "renameat2"]
# Calls that change what is on a disk; opening is looked at by its flags.
CHANGES = RENAMES + (
    "creat mkdir mkdirat mknod mknodat unlink unlinkat rmdir link linkat symlink symlinkat "
    "truncate chmod fchmod fchmodat fchmodat2 chown fchown fchownat lchown setxattr utimensat "
    "utime utimes"
).split()
# A question mark lets a call be unknown to this machine's strace.
NAMES = ["execve", "execveat", "open", "openat", "openat2", *CHANGES]
CALLS = ["%network", *(f"?{name}" for name in NAMES)]
# Strings of more characters are cut, which would hide a path.
STRACE = ["strace", "-f", "-qq", "-y", "-s", "4096", "-e", "signal=none"]
DEVICES = {"/dev/null", "/dev/tty"}


class Trace:
    """What a run did: connections, programs, and paths that it changed."""

    def __init__(self, text, cwd):
        self.connections, self.programs, self.changed = [], [], set()
        for line in text.splitlines():
            call = re.match(r"(?:\d+ +)?(\w+)\((.*)\) += (-?\d+)(?:<(.*)>)?", line)
            if not call:
                # A call that strace shows in two parts: all that matters is in the first one.
                call = re.match(r"(?:\d+ +)?(\w+)\((.*) <unfinished \.\.\.>()()", line)
            if not call:
                continue
            name, arguments, result, opened = call.groups()
            if name.startswith("exec"):
                self.programs.append(line)
            elif name.startswith("open"):
                if re.search(r"O_(WRONLY|RDWR|CREAT|TRUNC|APPEND)", arguments):
                    if not result.startswith("-"):
                        self.changed.add(opened or self.paths(arguments, cwd)[0])
            elif name in CHANGES:
                if not result.startswith("-"):
                    self.changed.update(self.paths(arguments, cwd))
            elif name in ("socket", "connect", "bind", "listen", "sendto", "sendmsg", "sendmmsg"):
                self.connections.append(line)

    @staticmethod
    def paths(arguments, cwd):
        """The paths of a call: texts below the folder before them, or descriptors' files."""
        texts = re.findall(r'(?:<([^<>]*)>, )?"((?:[^"\\]|\\.)*)"', arguments)
        if not texts:
            return re.findall(r"\d<([^<>]*)>", arguments)
        return [os.path.normpath(os.path.join(cwd, folder, path)) for folder, path in texts]


class Traces:
    def __init__(self, program, work):
        self.program, self.work = program, work
        self.inputs, self.out, self.home = work / "inputs", work / "out", work / "home"
        self.inputs.mkdir()
        for number in range(5):
            for name, photo in (("cat", "cat.jpg"), ("cup", "coffee.png")):
                (self.inputs / "classes" / name).mkdir(parents=True, exist_ok=True)
                ending = photo.split(".")[1]
                copy = self.inputs / "classes" / name / f"{number}.{ending}"
                shutil.copyfile(PHOTOS / photo, copy)
                copy.chmod(0o644)
        make_images(self.inputs / "small", 12)
        # Copies of one photo are not learned from.
        (self.inputs / "train").mkdir()
        for name, first in (("one", 100), ("two", 200)):
            make_images(self.inputs / "train" / name, 10, first)
        (self.inputs / "small/0003.png").write_bytes(b"\x89PNG")
        self.hostile(self.inputs)
        self.environment = {"PATH": os.environ["PATH"], "ALEXNET_HOME": str(self.home)}
        self.before = None

    def hostile(self, folder):
        """Files that would run or write something if they were obeyed."""

        class Command:
            def __reduce__(self):
                return os.system, (f"touch {folder.parent}/ran",)

        with zipfile.ZipFile(folder / "command.pth", "w") as archive:
            archive.writestr("model/data.pkl", pickle.dumps({"fc8.weight": Command()}, 2))
            archive.writestr("model/version", "3\n")
        (folder / "command.pt").write_bytes(pickle.dumps(Command(), 2))
        body = pickle.dumps(Command(), 2)
        header = b"{'descr': '|O', 'fortran_order': False, 'shape': (1,), }"
        header += b" " * (117 - len(header)) + b"\n"
        (folder / "command.npy").write_bytes(b"\x93NUMPY\1\0\x76\0" + header + body)
        with tarfile.open(folder / "climbing.tar", "w") as archive:
            data = (PHOTOS / "cat.jpg").read_bytes()
            for name in ("../../climbed.jpg", f"{folder.parent}/absolute.jpg"):
                info = tarfile.TarInfo(name)
                info.size = len(data)
                archive.addfile(info, io.BytesIO(data))
            info = tarfile.TarInfo("link.jpg")
            info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
            archive.addfile(info)

    def trace(self, *arguments, codes=(0,), umask=0o022, **environment):
        calls = self.work / "calls"
        command = [
            *STRACE, "-e", f"trace={','.join(CALLS)}", "-o", calls, self.program, *arguments
        ]  # fmt: skip
        run = subprocess.run(
            command, cwd=self.out, env=self.environment | environment, stdin=subprocess.DEVNULL,
            capture_output=True, umask=umask, timeout=TIMEOUT,
        )  # fmt: skip
        errors = run.stderr.decode(errors="replace").strip()[-300:]
        expect(run.returncode in codes, f"exit code {run.returncode}, not {codes}: {errors}")
        return Trace(calls.read_text(errors="replace"), str(self.out))

    def new_folders(self):
        for folder in (self.out, self.home):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
        self.before = self.state_of_inputs()

    def state_of_inputs(self):
        return {
            path: (path.stat().st_mtime_ns, path.stat().st_size)
            for path in self.inputs.rglob("*")
        }

    def quiet(self, arguments, codes=(0,), writes=(), **options):
        """A run that makes no connection, starts nothing, and changes only what it may."""
        trace = self.trace(*arguments, codes=codes, **options)
        expect(not trace.connections, f"it makes connections: {trace.connections[:3]}")
        expect_equal(len(trace.programs), 1, "the number of programs, with itself,")
        allowed = [f"{self.home}/", f"{self.out}/"]
        for path in trace.changed - DEVICES - {str(self.home)}:
            expect(path.startswith(tuple(allowed)), f"it changes {path}")
        for name in writes:
            expect((self.out / name).exists(), f"{name} is not there")
            # Otherwise this script would not see what a command writes.
            seen = any(path.startswith(str(self.out / name)) for path in trace.changed)
            expect(seen, f"strace does not show that {name} was written")
        expect(self.state_of_inputs() == self.before, "the inputs were changed")
        strangers = {path for path in files_in(self.work) if path.split("/")[0] not in TOP}
        expect(not strangers, f"new files elsewhere: {strangers}")
        temporary = [path for path in files_in(self.out) | files_in(self.home) if ".tmp" in path]
        expect(not temporary, f"temporary files stay: {temporary}")

    def private(self, arguments, options):
        self.trace(*arguments, **options)

    def permissions(self, umask):
        """Of all files and folders that commands made with this umask."""
        count = 0
        for path in [*self.out.rglob("*"), *self.home.rglob("*")]:
            if path.is_symlink():
                continue
            mode = path.stat().st_mode & 0o7777
            expected = (0o777 if path.is_dir() else 0o666) & ~umask
            # Copies of `sort` keep the permissions of the photos.
            if "sorted" in path.parts and path.suffix in (".jpg", ".png"):
                expected = 0o644
            expect_equal(oct(mode), oct(expected), f"the mode of {path.relative_to(self.work)}")
            count += 1
        expect(count > 20, f"only {count} files were looked at")
        return f"{count} files and folders"

    def kept_permissions(self):
        """A private file stays private, also while a new one is written in its place."""
        old = self.out / "private.jsonl"
        old.write_bytes(b"old\n")
        old.chmod(0o600)
        calls = self.work / "calls"
        command = [*STRACE, "-e", "trace=openat,open", "-o", calls, self.program, "--quiet"]
        subprocess.run([*command, PHOTOS / "cat.jpg", "-o", old], check=True, timeout=TIMEOUT,
                       umask=0o022, env=self.environment, capture_output=True)  # fmt: skip
        expect_equal(oct(old.stat().st_mode & 0o7777), "0o600", "the mode of the new file")
        opened = re.findall(r"\.tmp\", [A-Z_|]*O_CREAT[A-Z_|]*, (\d+)", calls.read_text())
        expect_equal(opened, ["0600"], "the mode with which its temporary file is made")

    def interrupt(self, arguments):
        """Ends a training as Ctrl-C does, once it can be resumed."""
        run = subprocess.Popen(
            [self.program, *arguments], cwd=self.out, env=self.environment, umask=0o022,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        wait_until(run, lambda: list(self.out.glob("half.*/checkpoint.safetensors")))
        run.send_signal(signal.SIGINT)
        expect_equal(run.wait(timeout=TIMEOUT), 130, "the exit code")

    def synchronized(self):
        """While inputs come slowly, records are brought to the disk, not only at the end."""
        calls = self.work / "calls"
        names = ",".join(f"?{name}" for name in ("fsync", "fdatasync", *RENAMES))
        command = [*STRACE, "-e", f"trace={names}", "-o", calls, self.program, "--files-from", "-"]
        run = subprocess.Popen(
            [*command, "--resume", "-o", "slow.jsonl"], cwd=self.out, env=self.environment,
            stdin=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        photos = sorted((self.inputs / "train").glob("*/*.png"))
        with run.stdin:
            for photo in photos:
                run.stdin.write(os.fsencode(photo) + b"\n")
                run.stdin.flush()
                time.sleep(6 / len(photos))
        expect_equal(run.wait(timeout=TIMEOUT), 0, "the exit code")
        expect_equal((self.out / "slow.jsonl").read_bytes().count(b"\n"), len(photos), "records")
        before, renamed, _ = calls.read_text().partition('slow.jsonl.partial", ')
        expect(renamed, "strace does not show that the output gets its name")
        found = len(re.findall(r"sync\(\d+<[^>]*/slow\.jsonl\.partial>", before))
        # The last time is at the end.
        expect(found > 2, f"in 6 s, records were brought to the disk {found} times")
        return f"{found} times in 6 s"

    def all_commands(self):
        """A new command cannot be forgotten here: each one that the help lists is traced."""
        listed = self.listed_commands()
        groups = {words[0] for words in listed if len(words) > 1}
        traced = {("model", "pull")}
        for arguments, _, _ in commands(self.inputs):
            traced.add(tuple(arguments[: 1 + (arguments[0] in groups)]))
        for what, words in (("not traced", listed - traced), ("not listed", traced - listed)):
            expect(not words, f"{what}: {sorted(' '.join(one) for one in words)}")
        return f"{len(listed)} commands"

    def listed_commands(self, *words):
        """The commands without subcommands, each as a tuple of words."""
        run = subprocess.run([self.program, *words, "--help"], check=True, timeout=TIMEOUT,
                             env=self.environment, capture_output=True, text=True)  # fmt: skip
        section = run.stdout.partition("\nSUBCOMMANDS:\n")[2].partition("\n\n")[0]
        names = re.findall(r"^  (\S+)", section, re.MULTILINE)
        if words and not names:
            return {words}
        return {command for name in names for command in self.listed_commands(*words, name)}

    def pull(self):
        """The one command that connects: shows that connections are seen here."""
        closed = {"http_proxy": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9"}
        trace = self.trace("model", "pull", "caffenet", codes=(69,), **closed)
        expect(any("AF_INET" in line for line in trace.connections), "no connection is seen")
        trace = self.trace("model", "pull", "caffenet", codes=(69,), ALEXNET_OFFLINE="1")
        expect(not trace.connections, f"offline, it connects: {trace.connections[:3]}")


# What the folder of this script's files has by itself.
TOP = {"inputs", "out", "home", "calls"}


def half_training(inputs):
    """Arguments of a training that is interrupted, and resumed."""
    return ["train", str(inputs / "train"), "--epochs", "1", "-o", "half.safetensors"]


def commands(inputs):
    """Arguments, exit codes and written files of a run of each command but `model pull`."""
    small, classes, train = (str(inputs / name) for name in ("small", "classes", "train"))
    cat = str(PHOTOS / "cat.jpg")
    first = f"{classes}/cat/0.jpg"
    return [
        (["classify", cat], (0,), []),
        (["classify", small, "-o", "r.json"], (1,), ["r.json"]),
        (["classify", small, "-o", "r.csv", "--report", "r.html"], (1,), ["r.csv", "r.html"]),
        (["classify", small, "--jsonl", "--summary", "sum.json", "--errors", "err.jsonl"], (1,),
         ["sum.json", "err.jsonl"]),
        (["classify", small, "--resume", "-o", "part.jsonl"], (1,), ["part.jsonl"]),
        (["classify", str(inputs / "climbing.tar"), "--jsonl"], (0, 1), []),
        (["evaluate", classes, "--map", "map.csv", "--report", "e.html"], (0,), ["e.html"]),
        (["features", small, "-o", "f.npy"], (1,), ["f.npy", "f.npy.jsonl"]),
        (["explain", cat, "-o", "why.png"], (0,), ["why.png"]),
        (["explain", small, "-o", "maps"], (1,), ["maps"]),
        (["visualize", "filters", "-o", "filters.png"], (0,), ["filters.png"]),
        (["visualize", "maps", cat, "-o", "maps.png"], (0,), ["maps.png"]),
        (["visualize", "class", "tabby", "--steps", "2", "-o", "class.png"], (0,), ["class.png"]),
        (["report", "part.jsonl", "-o", "part.html"], (0, 1), ["part.html"]),
        (["sort", classes, "--into", "sorted"], (0,), ["sorted"]),
        (["sort", classes, "--into", "undone"], (0,), ["undone"]),
        (["sort", "--undo", "undone/undo-1.jsonl"], (0,), []),
        (["index", classes, "-o", "photos.index"], (0,), ["photos.index"]),
        (["similar", first, "--index", "photos.index"], (0,), []),
        (["duplicates", classes], (0,), []),
        (["info", "--diagram", "net.svg"], (0,), ["net.svg"]),
        (["bench", "--seconds", "0.1"], (0,), []),
        (["completions", "bash"], (0,), []),
        (["train", train, "--epochs", "1", "-o", "pets.safetensors"], (0,),
         ["pets.safetensors", "pets.safetensors.training"]),
        (["train", "--resume", *half_training(inputs)[1:]], (0,),
         ["half.safetensors", "half.safetensors.training"]),
        (["model", "compress", "pets.safetensors", "-o", "s.safetensors"], (0,),
         ["s.safetensors"]),
        (["model", "quantize", "pets.safetensors", "--calibrate", classes, "--name", "eight"],
         (0,), []),
        (["model", "list"], (0,), []),
        (["model", "import", str(MODEL), "--name", "mine"], (0,), []),
        (["model", "default", "mine"], (0,), []),
        (["model", "verify", "mine"], (0,), []),
        (["model", "info", "mine"], (0,), []),
        (["model", "classes", "mine"], (0,), []),
        (["model", "path", "mine"], (0,), []),
        (["model", "remove", "mine"], (0,), []),
        (["model", "import", str(MODEL), "--name", "../../climbed"], (64, 73), []),
        (["model", "import", str(inputs / "command.pth")], (65,), []),
        (["model", "import", str(inputs / "command.pt")], (65,), []),
        (["model", "import", str(inputs / "command.npy")], (65,), []),
        (["classify", cat, "--model", str(inputs / "command.pth")], (65,), []),
    ]  # fmt: skip


def main():
    checks = Checks()
    with tempfile.TemporaryDirectory() as folder:
        traces = Traces(os.path.abspath(sys.argv[1]), pathlib.Path(folder).resolve())
        for umask in (0o022, 0o077):
            traces.new_folders()
            (traces.out / "map.csv").write_text("cat,tabby\ncup,espresso\n")
            (traces.out / "map.csv").chmod(0o666 & ~umask)
            if umask == 0o022:
                half = half_training(traces.inputs)
                checks.run("a training is interrupted", traces.interrupt, half)
            for arguments, codes, writes in commands(traces.inputs):
                name = " ".join(os.path.basename(word) for word in arguments[:4])
                # The second time, only permissions are of interest.
                if umask == 0o022:
                    checks.run(f"alexnet {name}", traces.quiet, arguments, codes, writes)
                elif arguments[0] != "train" and "pets.safetensors" not in arguments:
                    options = {"codes": codes, "umask": umask}
                    checks.run(f"alexnet {name}, private", traces.private, arguments, options)
            checks.run(f"permissions with umask {umask:03o}", traces.permissions, umask)
        checks.run("permissions of an old file", traces.kept_permissions)
        checks.run("alexnet model pull", traces.pull)
        checks.run("all commands that the help lists", traces.all_commands)
        checks.run("--resume brings records to the disk", traces.synchronized)
    checks.end("connections, programs and files")


if __name__ == "__main__":
    main()
