#!/usr/bin/env bash
# Formats the C sources; with --check, only says which of them are not formatted and exits with 1.
#
# Different versions of clang-format lay out the same file differently, so that only one version
# counts. It is the one on the search path where the versions agree, and else a copy from PyPI in
# .build/clang-format. Where neither can be had, nothing is done, and a message says so.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=Scripts/as-root.sh
. Scripts/as-root.sh

version=19.1.7
environment=.build/clang-format

has_version() { "$1" --version 2>/dev/null | grep -qF "version $version"; }

formatter=
for candidate in clang-format "clang-format-${version%%.*}" "$environment/bin/clang-format"; do
  if has_version "$candidate"; then
    formatter=$candidate
    break
  fi
done
if [ -z "$formatter" ]; then
  mkdir -p .build
  if python3 -m venv "$environment" >"$environment.log" 2>&1 &&
    "$environment/bin/pip" install --quiet "clang-format==$version" >>"$environment.log" 2>&1; then
    formatter=$environment/bin/clang-format
  else
    say "no clang-format $version here or on PyPI (see $environment.log);" \
    "C sources left as they are"
    exit 0
  fi
fi

mode=(-i)
if [ "${1:-}" = --check ]; then mode=(--dry-run --Werror); fi
sources() { find Sources Tests Scripts \( -name '*.c' -o -name '*.h' -o -name '*.inc' \) -print0; }
sources | xargs -0 "$formatter" "${mode[@]}"

# The formatter leaves comments alone.
if [ "${1:-}" = --check ]; then
  sources | xargs -0 awk 'length > 100 { print FILENAME ":" FNR ": more than 100 columns"; bad = 1 }
    END { exit bad }'
fi
