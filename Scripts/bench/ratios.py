"""Ratios of times measured side by side, which do not depend on how fast the machine is today.

Everything runs once a round, on one thread. What else the machine does only ever adds to a time, so
the best of the rounds counts (on a busy machine the median strayed by half). More is worse. Ratios
depend on the kind of processor, which processor() names.
"""

import json
import pathlib
import platform
import subprocess

ROUNDS = 5
RUNS = {
    "fp32 x1": ["--variant", "alexnet", "--precision", "fp32", "--batch", "1"],
    "int8 x1": ["--variant", "alexnet", "--precision", "int8", "--batch", "1"],
    "fp32 x32": ["--variant", "alexnet", "--precision", "fp32", "--batch", "32"],
    "int8 x32": ["--variant", "alexnet", "--precision", "int8", "--batch", "32"],
    "sparse x1": ["--model", "starter", "--precision", "int8", "--batch", "1"],
}
CONVOLUTIONS = ("conv1", "conv2", "conv3", "conv4", "conv5")
CONNECTED = ("fc6", "fc7", "fc8")


def processor():
    """As exact as the system says it: a virtual machine's model name may stand for many."""
    fields = {}
    cpuinfo = pathlib.Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().split("\n\n")[0].splitlines():
            name, _, value = line.partition(":")
            fields[name.strip()] = value.strip()
    if "model name" not in fields:
        return f"{platform.processor()} {platform.machine()}".strip()
    return f"{fields['model name']}, family {fields['cpu family']}, model {fields['model']}"


class Rounds:
    """Reports of rounds so far, by run."""

    def __init__(self, program):
        self.program = program
        self.reports = {name: [] for name in RUNS}

    def measure(self):
        """Some more rounds."""
        for _ in range(ROUNDS):
            for name, arguments in RUNS.items():
                self.reports[name].append(run(self.program, arguments))

    @property
    def isa(self):
        return self.reports["fp32 x1"][0]["isa"]

    def ratios(self):
        """By name, of the best that every run and layer did."""
        best = {name: Best(reports) for name, reports in self.reports.items()}
        time = {name: run.milliseconds for name, run in best.items()}
        pruned = ("fc6", "fc7")
        ratios = {
            "int8 to fp32, batch 1": time["int8 x1"] / time["fp32 x1"],
            "int8 to fp32, batch 32": time["int8 x32"] / time["fp32 x32"],
            "fp32, an image of 32 to one alone": time["fp32 x32"] / 32 / time["fp32 x1"],
            "int8, an image of 32 to one alone": time["int8 x32"] / 32 / time["int8 x1"],
            "fc6 and fc7, sparse to dense in int8": best["sparse x1"].time(pruned)
            / best["int8 x1"].time(pruned),
        }
        for precision in ("fp32", "int8"):
            one, many = best[f"{precision} x1"], best[f"{precision} x32"]
            ratios |= {
                f"{precision}, batch 32, to its time at peak": many.time() / many.time_at_peak(),
                f"{precision} convolutions, batch 1, to their time at peak": one.time(CONVOLUTIONS)
                / one.time_at_peak(CONVOLUTIONS),
                f"{precision} fc layers, batch 1, to reading their weights": one.time(CONNECTED)
                / one.time_to_read(CONNECTED),
            }
        return ratios


class Best:
    """One run: the least time of every layer, and the most that the machine did."""

    def __init__(self, reports):
        self.milliseconds = min(report["milliseconds_per_batch"] for report in reports)
        peak = max(report["peak_gflops_per_second"] for report in reports)
        memory = max(report["memory_gigabytes_per_second"] for report in reports)
        self.layers = {}
        for layers in zip(*(report["layers"] for report in reports)):
            report, layer = reports[0], layers[0]
            gigaflops = layer["gflops_per_second"] * layer["milliseconds"]
            gigabytes = (
                layer["share_of_memory_rate"]
                * report["memory_gigabytes_per_second"]
                * layer["milliseconds"]
            )
            self.layers[layer["name"]] = {
                "time": min(layer["milliseconds"] for layer in layers),
                "time at peak": gigaflops / peak,
                "time to read": gigabytes / memory,
            }

    def total(self, member, names):
        return sum(layer[member] for name, layer in self.layers.items() if name in names)

    def time(self, names=None):
        return self.total("time", names or self.layers)

    def time_at_peak(self, names=None):
        return self.total("time at peak", names or self.layers)

    def time_to_read(self, names):
        return self.total("time to read", names)


def run(program, arguments):
    command = [program, "bench", "--threads", "1", "--seconds", "0.3", "--json", *arguments]
    return json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
