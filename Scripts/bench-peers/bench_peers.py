"""Runs alexnet and its peers in turn and prints a table of medians and ratios.

    python bench_peers.py PROGRAM FOLDER [--rounds 3] [--seconds 2] [--threads 2] [--only PART]

FOLDER keeps the generated models and photos. In every round each program is measured once, one
after the other; a ratio is taken within its round, and the table has the median of the rounds.
Whole processes run once before, unmeasured, so that files are in the page cache for everybody; one
photo's are the median of five runs. PART is forward, jobs, memory or training.
"""

import argparse
import datetime
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).parent
FP32 = ["torch", "onnxruntime", "openvino", "opencv"]
INT8 = ["onnxruntime-int8", "openvino-int8"]
PARTS = ["forward", "jobs", "memory", "training"]


def parse():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=2)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--only", choices=PARTS)
    return parser.parse_args()


class Bench:
    def __init__(self, arguments):
        self.program = arguments.program
        self.models = arguments.folder / "models"
        self.photos = arguments.folder / "photos"
        self.rounds, self.seconds = arguments.rounds, str(arguments.seconds)
        self.threads = str(arguments.threads)
        self.warm = set()

    def prepare(self):
        self.models.mkdir(parents=True, exist_ok=True)
        self.call(sys.executable, HERE / "photos.py", self.photos)
        self.call(sys.executable, HERE / "models.py", self.models, self.photos / "small")
        # Ours anew each time: an earlier program's may be of another form.
        self.int8 = self.models / "alexnet-int8.safetensors"
        self.int8.unlink(missing_ok=True)
        self.call(
            self.program, "model", "quantize", self.models / "alexnet.safetensors",
            "--calibrate", self.photos / "small", "--images", "32", "--output", self.int8)

    @staticmethod
    def call_measured(*command):
        """What a command prints, and the most memory that it had, in bytes."""
        process = subprocess.Popen(
            [str(part) for part in command], stdout=subprocess.PIPE, text=True)
        output = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise SystemExit(f"{command}: status {process.returncode}")
        # Linux counts it in kilobytes, macOS in bytes.
        return output, usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)

    @staticmethod
    def call(*command):
        result = subprocess.run([str(part) for part in command], capture_output=True, text=True)
        if result.returncode:
            raise SystemExit(f"{command}:\n{result.stderr}")
        return result.stdout

    # Measurements: milliseconds, less is better.

    def ours(self, variant, batch, precision):
        return self.bench("--variant", variant, "--precision", precision, batch=batch)[
            "milliseconds_per_batch"
        ]

    def bench(self, *options, batch):
        return json.loads(
            self.call(
                self.program, "bench", *options, "--batch", batch, "--threads", self.threads,
                "--seconds", self.seconds, "--json"))

    def peer(self, engine, variant, batch):
        return float(
            self.call(
                sys.executable, HERE / "forward.py", engine, self.models, variant, batch,
                self.threads, self.seconds))

    def timed(self, *command, runs=1):
        def once():
            start = time.perf_counter()
            self.call(*command)
            return (time.perf_counter() - start) * 1000

        if command not in self.warm:
            self.warm.add(command)
            once()
        return statistics.median(once() for _ in range(runs))

    def classify(self, path, model, precision="fp32", runs=1):
        return self.timed(
            self.program, "classify", path, "--jsonl", "--quiet", "--model", model, "--precision",
            precision, "--threads", self.threads, runs=runs)

    def job(self, engine, photos, *options, runs=1):
        return self.timed(
            sys.executable, HERE / "jobs.py", engine, self.models, photos, self.threads, *options,
            runs=runs)

    # Rows: how many times faster than the best peer.

    def row(self, name, must, ours, peers):
        """`ours` and each of `peers` (by name) return milliseconds."""
        rounds = []
        for _ in range(self.rounds):
            mine = ours()
            theirs = {peer: measure() for peer, measure in peers.items()}
            rounds.append((mine, theirs))
        best = min(peers, key=lambda peer: statistics.median(theirs[peer] for _, theirs in rounds))
        ratio = statistics.median(theirs[best] / mine for mine, theirs in rounds)
        mine = statistics.median(mine for mine, _ in rounds)
        other = statistics.median(theirs[best] for _, theirs in rounds)
        verdict = "yes" if ratio >= must else "no"
        print(
            f"| {name} | {shown(mine)} ms | {best} {shown(other)} ms "
            f"| {ratio:.2f} | {must:.2f} | {verdict} |",
            flush=True)

    def forward(self):
        def peers(engines, variant, batch):
            return {e: (lambda e=e: self.peer(e, variant, batch)) for e in engines}

        for variant, batch, precision, engines, must in [
            ("alexnet", 32, "fp32", FP32, 1.3),
            ("bvlc_alexnet", 32, "fp32", FP32, 2),
            ("alexnet", 32, "int8", INT8, 1.4),
            ("bvlc_alexnet", 32, "int8", INT8, 4),
            ("alexnet", 1, "fp32", FP32, 1),
            ("alexnet", 1, "int8", INT8, 1 / 0.9),
        ]:
            self.row(
                f"forward pass, {variant}, batch {batch}, {precision}", must,
                lambda: self.ours(variant, batch, precision), peers(engines, variant, batch))

        def fully_connected(*options):
            layers = self.bench(*options, batch=1)["layers"]
            return sum(l["milliseconds"] for l in layers if l["name"].startswith("fc"))

        for precision in ("fp32", "int8"):
            self.row(
                f"fully connected layers of the starter, batch 1, sparse, {precision}", 2,
                lambda: fully_connected("--model", "starter", "--precision", precision),
                {"our dense int8": lambda: fully_connected(
                    "--variant", "alexnet", "--precision", "int8")})

    def whole_jobs(self):
        small, large = self.photos / "small", self.photos / "large"
        photo = small / "0000.jpg"
        fp32 = self.models / "alexnet.safetensors"
        cold = {"onnxruntime": lambda: self.job("onnxruntime", small, "--one", runs=5)}
        self.row(
            "one cold photo, fp32 file", 10, lambda: self.classify(photo, fp32, runs=5), cold)
        self.row(
            "one cold photo, int8 file", 20,
            lambda: self.classify(photo, self.int8, "int8", runs=5), cold)
        self.row(
            "one cold photo, starter", 20, lambda: self.classify(photo, "starter", runs=5), cold)

        def jobs(engines, photos, *options):
            return {e: (lambda e=e: self.job(e, photos, *options)) for e in engines}

        low_precision = ["openvino-bf16", "openvino-int8"]
        self.row(
            "500 photos, int8", 1.6, lambda: self.classify(small, self.int8, "int8"),
            jobs(low_precision, small))
        self.row(
            "500 photos, fp32", 1.2, lambda: self.classify(small, fp32),
            jobs(["openvino-f32", "onnxruntime"], small))
        self.row(
            "40 photos of 12 megapixels, int8, against full decode", 1.5,
            lambda: self.classify(large, self.int8, "int8"), jobs(low_precision, large))
        self.row(
            "40 photos of 12 megapixels, int8, against reduced decode", 1,
            lambda: self.classify(large, self.int8, "int8"),
            jobs(low_precision, large, "--reduced"))

    def training(self):
        """Steps of training: how many times faster than PyTorch, and the memory of both."""
        print("\n| step of training | PyTorch | times faster | memory, this program | PyTorch |")
        print("|---|---|---|---|---|")
        small = ["--size", "131", "--batch-norm"]
        with_bf16 = has_bfloat16()
        for name, variant, batch, options, compares_bf16 in [
            ("batch 128", "alexnet", 128, [], with_bf16),
            ("131 pixels, batch normalisation, batch 256", "alexnet", 256, small, with_bf16),
            ("bvlc_alexnet, batch 32", "bvlc_alexnet", 32, [], False),
        ]:
            bf16 = ["bf16"] if compares_bf16 else []
            rounds = [
                {**{("mine", precision): self.own_step(variant, batch, precision, options)
                    for precision in ["fp32"] + bf16},
                 **{("peer", engine): self.peer_step(variant, batch, engine, options)
                    for engine in ["f32", "f32-channels-last"] + bf16}}
                for _ in range(self.rounds)]
            for mine, engine in [
                ("fp32", "f32"), ("fp32", "f32-channels-last"),
                *[(precision, "bf16") for precision in ["fp32"] + bf16 if bf16],
            ]:
                self.training_row(f"{name}, {mine}", engine, [
                    (each["mine", mine], each["peer", engine]) for each in rounds])

    def own_step(self, variant, batch, precision, options):
        """Milliseconds and bytes."""
        output, memory = self.call_measured(
            self.program, "bench", "--train", "--variant", variant, "--batch", batch, "--threads",
            self.threads, "--seconds", self.seconds, "--json", "--precision", precision, *options)
        return json.loads(output)["milliseconds_per_batch"], memory

    def peer_step(self, variant, batch, engine, options):
        output, memory = self.call_measured(
            sys.executable, HERE / "training.py", engine, variant, batch, self.threads,
            self.seconds, *options)
        return float(output), memory

    @staticmethod
    def training_row(name, engine, rounds):
        """`rounds`: milliseconds and bytes of both."""
        mine, theirs = (
            statistics.median(each[which][0] for each in rounds) for which in (0, 1))
        ratio = statistics.median(peer[0] / mine[0] for mine, peer in rounds)
        memory = [
            f"{max(each[which][1] for each in rounds) / 2**20:.0f} MiB" for which in (0, 1)]
        print(
            f"| {name}: {shown(mine)} ms | {engine.replace('-c', ', c').replace('-', ' ')} "
            f"{shown(theirs)} ms | {ratio:.2f} | {memory[0]} | {memory[1]} |", flush=True)

    def memory(self):
        """Resident memory of the 8-bit folder run, in MB: 100 photos and 10 000."""
        paths = sorted((self.photos / "small").glob("*.jpg"))
        for count in (100, 10_000):
            names = "\n".join(str(paths[i % len(paths)]) for i in range(count))
            process = subprocess.Popen(
                [self.program, "classify", "--files-from", "-", "--jsonl", "--quiet", "--model",
                 str(self.int8), "--precision", "int8", "--threads", self.threads],
                stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
            process.stdin.write(names)
            process.stdin.close()
            _, _, usage = os.wait4(process.pid, 0)
            print(f"resident memory, int8, {count} photos: {usage.ru_maxrss / 1024:.0f} MB")


def shown(milliseconds):
    return f"{milliseconds:.{1 if milliseconds >= 10 else 2}f}"


def has_bfloat16():
    """Whether this is a processor with AVX512_BF16; on others of its kind PyTorch emulates it."""
    try:
        return "avx512_bf16" in pathlib.Path("/proc/cpuinfo").read_text()
    except OSError:
        return False


def processor():
    try:
        lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor()


def main():
    arguments = parse()
    bench = Bench(arguments)
    parts = [arguments.only] if arguments.only else PARTS
    if parts != ["training"]:
        bench.prepare()
    print(f"{datetime.date.today()}, {processor()}, {arguments.threads} threads, "
          f"median of {arguments.rounds} rounds\n")
    if "forward" in parts or "jobs" in parts:
        print("| | alexnet | best other framework | times faster | must | met |")
        print("|---|---|---|---|---|---|")
    for part in parts:
        {"forward": bench.forward, "jobs": bench.whole_jobs, "memory": bench.memory,
         "training": bench.training}[part]()


if __name__ == "__main__":
    main()
