#!/usr/bin/env python3
"""Fifty processes at the same time use one home for models: test_library.py PROGRAM

They classify, import, list, verify, set the default and remove, while some fetch a model from a
server that breaks off and sends the wrong bytes, and some are killed. Each must end with a right
answer or an error that says why; in the end every model in the home must be whole.
"""

import http.server
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import threading
import time

from checks import OPTIONS, PHOTOS, SOURCES, TIMEOUT, Checks, expect, expect_equal, files_in

MODEL = str(SOURCES / "CStarterModel/starter.safetensors")
NAMES = ["one", "two", "three"]
CAFFENET_SIZE = 243862418
PROCESSES = 50
# How often each kind of process is among the fifty, one name of a model each.
KINDS = (
    ["import"] * 10 + ["remove"] * 6 + ["classify"] * 14 + ["classify by default"] * 5
    + ["verify"] * 4 + ["list"] * 3 + ["info"] * 2 + ["default"] * 2 + ["pull"] * 4
)  # fmt: skip
# What is allowed to come of each: exit codes, and for those that are errors a part of the message.
GONE = {69: ("is not installed", "there is no model", "no model", "No such file")}
THERE = {73: ("already",)}
ALLOWED = {
    "import": THERE | GONE,
    "remove": GONE,
    "classify": GONE,
    "classify by default": {},
    "verify": GONE,
    "list": {},
    "info": GONE,
    "default": GONE,
    # The file that the server sends is complete after many parts, and has the wrong digest.
    "pull": {69: ("caffenet",), 65: ("the digest is wrong",)},
}


class BreakingServer(http.server.BaseHTTPRequestHandler):
    """Sends a part of a file of the right size, all zeros, and breaks off."""

    def do_GET(self):
        asked = self.headers.get("Range", "bytes=0-").removeprefix("bytes=").split("-")[0]
        start = int(asked)
        self.server.requests += 1
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(CAFFENET_SIZE - start))
        if start:
            end = CAFFENET_SIZE - 1
            self.send_header("Content-Range", f"bytes {start}-{end}/{CAFFENET_SIZE}")
        self.end_headers()
        try:
            self.wfile.write(bytes(1 << 22))
        except OSError:
            pass

    def log_message(self, *arguments):
        pass


class Library:
    def __init__(self, program, work):
        self.program, self.home = program, work / "home"
        self.home.mkdir()
        self.photo = str(PHOTOS / "cat.jpg")
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), BreakingServer)
        self.server.requests = 0
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        nowhere = "http://127.0.0.1:9"
        self.environment = {
            "PATH": os.environ["PATH"],
            "ALEXNET_HOME": str(self.home),
            "ALEXNET_MIRROR": f"http://127.0.0.1:{self.server.server_port}",
            # The addresses of the model itself are out of reach.
            "https_proxy": nowhere, "http_proxy": nowhere, "no_proxy": "127.0.0.1",
        }  # fmt: skip
        usual = json.loads(self.finish(self.start("classify"), {})[1])
        self.predictions = usual["predictions"]

    def arguments(self, kind, name):
        return {
            "import": ["model", "import", MODEL, "--name", name],
            "remove": ["model", "remove", name],
            "classify": ["classify", self.photo, *OPTIONS, "--model", name],
            "classify by default": ["classify", self.photo, *OPTIONS],
            "verify": ["model", "verify", name],
            "list": ["model", "list", "--json"],
            "info": ["model", "info", name, "--json"],
            "default": ["model", "default", name],
            "pull": ["model", "pull", "caffenet"],
        }[kind]

    def start(self, kind, name="starter"):
        return subprocess.Popen(
            [self.program, *self.arguments(kind, name)], env=self.environment,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True,
        )  # fmt: skip

    def finish(self, run, allowed):
        """Waits for a process. Returns its exit code and output."""
        try:
            output, errors = run.communicate(timeout=TIMEOUT)
        except subprocess.TimeoutExpired:
            run.kill()
            raise AssertionError(f"{run.args[1:]} hangs") from None
        code = run.returncode
        if code:
            what = f"{run.args[1:]} ended with {code}: {errors.strip()[-300:]!r}"
            expect(code in allowed, what)
            expect(any(part in errors for part in allowed[code]), f"no clear error: {what}")
        return code, output

    def judge(self, kind, run):
        code, output = self.finish(run, ALLOWED[kind])
        if code == 0 and kind.startswith("classify"):
            expect_equal(json.loads(output)["predictions"], self.predictions, "a prediction")
        if code == 0 and kind in ("list", "info"):
            json.loads(output)
        return code

    def round(self, seed):
        choice = random.Random(seed)
        kinds = list(KINDS)
        choice.shuffle(kinds)
        runs = []
        for kind in kinds:
            runs.append((kind, self.start(kind, choice.choice(NAMES))))
            time.sleep(choice.random() * 0.02)
        expect_equal(len(runs), PROCESSES, "the number of processes")
        codes = [(kind, self.judge(kind, run)) for kind, run in runs]
        refused = sum(code == 65 for _, code in codes)
        failed = sum(code != 0 for _, code in codes)
        imports = sum(code == 0 for kind, code in codes if kind == "import")
        expect(imports > 0, "nothing was imported")
        whole = self.expect_whole(leftovers=0)
        expect(self.server.requests > 0, "nothing was fetched")
        answers = f"{len(runs) - failed} right answers, {failed} clear errors"
        return f"{answers} ({refused} wrong digests), {whole} models whole"

    def expect_whole(self, leftovers):
        """All models in the home are whole, and there is nothing else. Returns their number."""
        models = {name for name in NAMES if (self.home / f"models/{name}.safetensors").exists()}
        for name in sorted(models):
            _, output = self.finish(self.start("verify", name), {})
            expect_equal(output, f"{name} is intact\n", "the answer of verify")
        allowed = {"models", "downloads", "default", "downloads/caffenet.caffemodel.part"}
        allowed |= {f"models/{name}.safetensors" for name in models}
        others = {path for path in files_in(self.home) - allowed if not path.endswith(".part")}
        expect(len(others) <= leftovers, f"other files in the home: {others}")
        return len(models)

    def killed_imports(self):
        """Imports that are killed at any moment leave a whole model or none."""
        choice = random.Random(1)
        complete = killed = 0
        path = self.home / "models/one.safetensors"
        path.unlink(missing_ok=True)
        began = time.monotonic()
        self.finish(self.start("import", "one"), {})
        usual = time.monotonic() - began
        for _ in range(30):
            path.unlink(missing_ok=True)
            run = self.start("import", "one")
            time.sleep(choice.random() * 1.5 * usual)
            run.kill()
            run.communicate()
            killed += run.returncode == -9
            if path.exists():
                self.finish(self.start("verify", "one"), {})
                complete += 1
        path.unlink(missing_ok=True)
        expect_equal(self.finish(self.start("import", "one"), {})[0], 0, "the exit code after them")
        self.expect_whole(leftovers=30)
        expect(killed > 5, f"only {killed} were killed before their end")
        expect(complete > 2, f"only {complete} were complete")
        return f"{killed} killed, {complete} models complete"


def main():
    checks = Checks()
    with tempfile.TemporaryDirectory() as folder:
        library = Library(os.path.abspath(sys.argv[1]), pathlib.Path(folder).resolve())
        for seed in range(3):
            checks.run(f"{PROCESSES} processes, round {seed + 1}", library.round, seed)
        checks.run("kill -9 during model import", library.killed_imports)
    checks.end("one home")


if __name__ == "__main__":
    main()
