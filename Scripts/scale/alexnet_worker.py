"""A long-lived `alexnet` process as a worker: images in as a tar stream, records out.

It needs nothing but Python's own library, so that it can be copied to wherever workers run.
"""

import json
import os
import queue
import subprocess
import sys
import tarfile
import tempfile
import threading

# The program takes a member of an archive for a picture by its name. These are the endings of
# ImageFormat.pictureExtensions, in Sources/Images.
PICTURE_ENDINGS = {
    ".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".heic", ".heif", ".avif", ".webp", ".gif", ".bmp",
    ".tif", ".tiff", ".jp2", ".jxl",
}


class AlexnetWorker:
    """One process, started when it is made. `close` it, or use it in a `with` statement."""

    def __init__(self, command=("alexnet", "classify", "--jsonl", "-j1", "-")):
        self._errors = tempfile.TemporaryFile()
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors
        )

    def records(self, images):
        """Yields a record, one line of JSON, for each (place, bytes) of `images`, in their order.

        A place is {"path": ...}, or {"path": ..., "archive": ...} for a member of an archive. The
        record begins with it; the rest is the text that the program wrote.

        A thread feeds the process while the caller takes records, so that neither waits for the
        other for ever; pipes hold back whichever is faster. `images` is read on that thread.
        """
        places, end, failures = queue.SimpleQueue(), object(), []

        def feed():
            try:
                # The names of members are numbers: the name of an image may be any text.
                for index, (place, data) in enumerate(images):
                    places.put(place)
                    self._process.stdin.write(member(f"{index}.jpg", data))
                    self._process.stdin.flush()
            except BaseException as error:
                failures.append(error)
            places.put(end)

        threading.Thread(target=feed, daemon=True).start()
        for index, place in enumerate(iter(places.get, end)):
            line = self._process.stdout.readline().decode()
            if not line.endswith("\n"):
                raise self._failure("the program ended early")
            beginning = f'{{"path": "{index}.jpg", "archive": "-"'
            if not line.startswith(beginning):
                raise self._failure(f"the record of {index}.jpg is next, and not {line}")
            rest = line[len(beginning):].removesuffix("\n")
            yield json.dumps(place, ensure_ascii=False).removesuffix("}") + rest
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
    """Yields (name, bytes) for each picture in a tar archive, one at a time.

    As with `alexnet archive.tar`, pictures are the files with the name of one; links, sparse files
    and all other members are skipped; sparse pictures are named on standard error. Bytes of a name
    that are not UTF-8 become U+FFFD. Raises tarfile.TarError where the archive is damaged.
    """
    with tarfile.open(path, "r|*", encoding="utf-8", errors="replace") as archive:
        for info in archive:
            ending = os.path.splitext(info.name)[1].lower()
            if not info.isfile() or ending not in PICTURE_ENDINGS:
                continue
            if info.issparse():
                print(f"{path}: skipped {info.name}, a sparse file", file=sys.stderr)
            else:
                yield info.name, archive.extractfile(info).read()
