"""A long-lived `alexnet` process as a worker: images in as a tar stream, records out.

It needs nothing but Python's own library, so that it can be copied to wherever workers run.
"""

import json
import queue
import subprocess
import tarfile
import tempfile
import threading


class AlexnetWorker:
    """One process, started when it is made. `close` it, or use it in a `with` statement."""

    def __init__(self, command=("alexnet", "classify", "--jsonl", "-j1", "-")):
        self._errors = tempfile.TemporaryFile()
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors
        )

    def records(self, images):
        """Yields (name, record) for each (name, bytes) of `images`, in their order.

        A thread feeds the process while the caller takes records, so that neither waits for the
        other for ever; pipes hold back whichever is faster. `images` is read on that thread.
        """
        names, end, failures = queue.SimpleQueue(), object(), []

        def feed():
            try:
                # The names of members are numbers: the name of an image may be any text.
                for index, (name, data) in enumerate(images):
                    names.put(name)
                    self._process.stdin.write(member(f"{index}.jpg", data))
                    self._process.stdin.flush()
            except BaseException as error:
                failures.append(error)
            names.put(end)

        threading.Thread(target=feed, daemon=True).start()
        for index, name in enumerate(iter(names.get, end)):
            line = self._process.stdout.readline()
            if not line.endswith(b"\n"):
                raise self._failure("the program ended early")
            record = json.loads(line)
            if record["path"] != f"{index}.jpg":
                raise self._failure(f"{index}.jpg is next, and not {record}")
            yield name, record | {"path": name}
        if failures:
            raise failures[0]

    def close(self):
        """Ends the process. Raises if it failed for another reason than damaged images."""
        try:
            self._process.stdin.write(bytes(1024))
            self._process.stdin.close()
        except BrokenPipeError:
            pass
        rest = self._process.stdout.read()
        # 1: some images are damaged, which their records say. 66: there was no image.
        if self._process.wait() not in (0, 1, 66) or rest:
            raise self._failure("the program failed")

    def _failure(self, what):
        self._process.kill()
        code = self._process.wait()
        self._errors.seek(0)
        text = self._errors.read().decode(errors="replace").strip()
        return RuntimeError(f"{what} (exit code {code}): {text}")

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if kind is None:
            self.close()
        else:
            self._process.kill()
            self._process.wait()


def member(name, data):
    """A member of a tar archive: header, contents, and zeros up to a whole block."""
    info = tarfile.TarInfo(name)
    info.size = len(data)
    return info.tobuf(tarfile.GNU_FORMAT) + data + bytes(-len(data) % 512)


def members(path):
    """Yields (name, bytes) for each file in a tar archive, one at a time."""
    with tarfile.open(path, "r|*") as archive:
        for info in archive:
            if info.isfile():
                yield info.name, archive.extractfile(info).read()
