"""Runs of the program over the same small images, in a folder of their own."""

import shutil
import subprocess

from checks import OPTIONS, TIMEOUT, expect, expect_equal, files_in, make_images

COUNT = 300


class Runs:
    """`expected` is what an undisturbed run of `command` prints."""

    def __init__(self, program, work):
        self.program, self.work = program, work
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

    def finish(self, process, *codes, before=b"", files=()):
        """Waits for the process, and checks its exit code (0 where none is given) and what it
        leaves in its folder."""
        codes = codes or (0,)
        try:
            output, errors = process.communicate(timeout=TIMEOUT)
        except subprocess.TimeoutExpired:
            process.kill()
            # Not `communicate`: a child of the process may still have its streams.
            process.wait()
            raise AssertionError(f"it hangs: still running after {TIMEOUT} s") from None
        text = (errors or b"").decode(errors="replace").strip()[-300:]
        right = " or ".join(map(str, codes))
        expect(process.returncode in codes, f"exit code {process.returncode}, not {right}: {text}")
        expect_equal(files_in(self.out), set(files), "what the folder of the output has")
        output = before + (output or b"")
        return subprocess.CompletedProcess([], process.returncode, output, text)

    def whole(self, **options):
        """A run that nothing may keep from giving the records of an undisturbed one."""
        found = self.finish(self.start(**options)).stdout
        expect(found == self.expected, "the records are not those of an undisturbed run")
