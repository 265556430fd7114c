#!/usr/bin/env python3
"""Compares the records of two runs, byte for byte: compare.py FOLDER EXPECTED FOUND...

Each run is a file of JSON Lines, or a folder of JSON Lines or Parquet files. Paths are taken from
FOLDER on, and records are sorted by them.
"""

import json
import pathlib
import sys


def lines(run):
    files = sorted(run.rglob("*")) if run.is_dir() else [run]
    for file in files:
        if file.suffix == ".parquet":
            import pyarrow.parquet

            yield from pyarrow.parquet.read_table(file)["record"].to_pylist()
        elif file.suffix in (".jsonl", ".json"):
            yield from file.read_text().splitlines()


def records(run, folder):
    """The records of a run as text, by path."""
    result = []
    for line in lines(pathlib.Path(run)):
        record = json.loads(line)
        if "record" in record:
            record = json.loads(record["record"])
        # A worker's images come in an archive, others in files.
        record.pop("archive", None)
        record["path"] = record["path"].split(f"/{folder}/", 1)[-1]
        result.append(json.dumps(record))
    return sorted(result)


def main():
    folder, expected, *runs = sys.argv[1:]
    wanted = records(expected, folder)
    print(f"{expected}: {len(wanted)} records")
    different = not wanted
    for run in runs:
        found = records(run, folder)
        unlike = len(set(wanted) ^ set(found))
        print(f"{run}: {len(found)} records, {unlike} of either run that the other has not")
        different = different or found != wanted
    sys.exit(different)


if __name__ == "__main__":
    main()
