#!/usr/bin/env bash
# Fails when a line of the Makefile or of a shell or Python script, or a comment line of a Swift
# file, is longer than 100 characters, and names all such lines. swift-format checks the other lines
# of Swift files. Characters are counted, not bytes.
set -euo pipefail
cd "$(dirname "$0")/.."

find Makefile Package.swift .ci Scripts Tests Sources -type f ! -name '*.pb.swift' \
  \( -name Makefile -o -name '*.sh' -o -name '*.py' -o -name '*.swift' -o -path .ci/run \) -print0 |
  xargs -0 python3 -c '
import sys

long = False
for path in sys.argv[1:]:
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            length = len(line.rstrip("\n"))
            is_checked = not path.endswith(".swift") or line.lstrip().startswith("//")
            if length > 100 and is_checked:
                print(f"{path}:{number}: {length} characters, more than 100", file=sys.stderr)
                long = True
sys.exit(long)
'
