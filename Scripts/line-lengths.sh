#!/usr/bin/env bash
# Names every line of the Makefile and of the shell and Python scripts that is longer than 100
# characters, and fails if there is one. Characters are counted, not bytes.
set -euo pipefail
cd "$(dirname "$0")/.."

find Makefile .ci Scripts Tests Sources -type f \
  \( -name Makefile -o -name '*.sh' -o -name '*.py' -o -path .ci/run \) -print0 |
  xargs -0 python3 -c '
import sys

long = False
for path in sys.argv[1:]:
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            length = len(line.rstrip("\n"))
            if length > 100:
                print(f"{path}:{number}: {length} characters, more than 100", file=sys.stderr)
                long = True
sys.exit(long)
'
