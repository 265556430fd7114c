#!/usr/bin/env python3
"""Compares the records of two runs, byte for byte: compare.py EXPECTED FOUND PARTS

EXPECTED is what the program wrote. FOUND is a folder of at least PARTS files: JSON Lines of the
program, JSON of Spark, or Parquet. Each must hold the record of an image that failed. The records
are sorted, and nothing else is done to them.
"""

import json
import pathlib
import sys


def records(file):
    """The records in a file, as the program wrote them; None if it is another file."""
    if file.suffix == ".jsonl":
        return file.read_bytes().splitlines()
    if file.suffix == ".json":
        return [json.loads(row)["record"].encode() for row in file.read_bytes().splitlines()]
    if file.suffix == ".parquet":
        import pyarrow.parquet

        table = pyarrow.parquet.read_table(file, columns=["record"])
        return [record.encode() for record in table["record"].to_pylist()]
    return None


def main():
    expected, found, least = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), int(sys.argv[3])
    wanted = records(expected)
    # Spark writes a file for an empty first part, too.
    parts = {file: part for file in sorted(found.rglob("*")) if (part := records(file))}
    written = [record for part in parts.values() for record in part]
    print(f"{found}: {len(written)} records in {len(parts)} parts, {len(wanted)} expected")

    faults = []
    if len(parts) < least:
        faults.append(f"there are fewer than {least} parts")
    for file, part in parts.items():
        if not any("error" in json.loads(record) for record in part):
            faults.append(f"no image failed in {file.name}")
    if sorted(written) != sorted(wanted):
        faults.append("the records differ, such as these:")
        unlike = sorted(set(written) ^ set(wanted)) or ["a record is there twice"]
        faults += [str(record) for record in unlike[:4]]
    if faults:
        sys.exit("\n".join(faults))


if __name__ == "__main__":
    main()
