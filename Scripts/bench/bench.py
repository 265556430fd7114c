#!/usr/bin/env python3
"""Guards the program's speed against its own past: compares it with baseline.json.

    bench.py PROGRAM [--record]

Seconds differ from machine to machine and from hour to hour; what is compared here does not: how
many instructions fixed jobs take (counts.py), and ratios of times that were measured side by side
(ratios.py). Exits with 1 where something is worse than the baseline allows.
"""

import argparse
import json
import pathlib
import sys

import counts
import ratios

BASELINE = pathlib.Path(__file__).with_name("baseline.json")
COUNTS_ALLOWED = 0.03
RATIOS_ALLOWED = 0.25
# What looks worse is measured again, so often at most: it may have been the machine.
REPETITIONS = 2


def worse(now, before, allowed):
    return [name for name in now if name in before and now[name] > before[name] * (1 + allowed)]


def show(title, now, before, allowed, digits):
    """Prints every row beside its baseline."""
    print(f"{title:56} {'now':>9} {'baseline':>9} {'change':>8}")
    for name, value in now.items():
        row = f"{name:56} {value:9.{digits}f}"
        if name not in before:
            print(f"{row} {'-':>9} {'new':>8}")
            continue
        change = value / before[name] - 1
        verdict = "  WORSE" if change > allowed else "  better" if change < -allowed else ""
        print(f"{row} {before[name]:9.{digits}f} {change:+8.1%}{verdict}")
    for name in before:
        if name not in now:
            print(f"{name:56} {'-':>9} {before[name]:9.{digits}f} {'gone':>8}")


def compare_counts(program, stored):
    """What is to be recorded, and what got worse."""
    now, toolchain = counts.measure(program), counts.toolchain()
    before = stored.get("jobs", {})
    show("million instructions", now, before, COUNTS_ALLOWED, 1)
    failures = worse(now, before, COUNTS_ALLOWED)
    other = [
        f"{name} {stored['toolchain'].get(name)} (here {version})"
        for name, version in toolchain.items()
        if stored and version != stored["toolchain"].get(name)
    ]
    if other:
        print(f"no failure, only a hint: the baseline was counted with {', '.join(other)}")
        failures = []
    print()
    rounded = {name: round(value, 3) for name, value in now.items()}
    return {"toolchain": toolchain, "jobs": rounded}, failures


def compare_ratios(program, stored_by_isa, record):
    """The instruction set, what is to be recorded, and what got worse."""
    rounds, processor = ratios.Rounds(program), ratios.processor()
    rounds.measure()
    if record:
        # A baseline should be as good as the machine can do.
        for _ in range(REPETITIONS):
            rounds.measure()
    stored = stored_by_isa.get(rounds.isa, {"processor": processor, "values": {}})
    before = stored["values"]
    for _ in range(REPETITIONS):
        if not record and worse(rounds.ratios(), before, RATIOS_ALLOWED):
            rounds.measure()
    now = rounds.ratios()
    show(f"ratios of times ({rounds.isa}, one thread)", now, before, RATIOS_ALLOWED, 3)
    failures = worse(now, before, RATIOS_ALLOWED)
    if not before:
        print(f"the baseline has no ratios for {rounds.isa}")
    elif stored["processor"] != processor:
        print("no failure, only a hint: "
              f"the baseline's processor is {stored['processor']}, this one")
        print(f"{processor}")
        failures = []
    print()
    rounded = {name: round(value, 4) for name, value in now.items()}
    return rounds.isa, {"processor": processor, "values": rounded}, failures


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("--record", action="store_true", help="make this the baseline")
    options = parser.parse_args()
    program = options.program.resolve()
    baseline = json.loads(BASELINE.read_text()) if BASELINE.exists() else {}
    failures = []
    if counts.is_possible():
        counted, failures = compare_counts(program, baseline.get("counts", {}))
        if options.record:
            baseline["counts"] = counted
    else:
        print("no valgrind here: instructions are not counted\n")
    isa, measured, slower = compare_ratios(program, baseline.get("ratios", {}), options.record)
    failures += slower
    if options.record:
        baseline.setdefault("ratios", {})[isa] = measured
        BASELINE.write_text(json.dumps(baseline, indent=2) + "\n")
        print(f"recorded in {BASELINE}")
    elif failures:
        print("worse than the baseline: " + "; ".join(failures), file=sys.stderr)
        print("where that is meant, 'make bench RECORD=1' makes it the baseline", file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
