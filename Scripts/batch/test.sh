#!/usr/bin/env bash
# Tries to make the program lose a record, hang, leave a file or make a connection: many files of
# which some are damaged, kills, signals, narrow limits, full disks, fifty processes at a time.
#
#   Scripts/batch/test.sh PROGRAM [COUNT]
set -euo pipefail

# shellcheck source=Scripts/as-root.sh
. "${BASH_SOURCE[0]%/*}/../as-root.sh"

program=$(realpath "$1") count=${2:-20000}
here=$(cd "${BASH_SOURCE[0]%/*}" && pwd)
failed=()
try() {
  say "$1"
  python3 "$here/$1.py" "$program" "${@:2}" || failed+=("$1")
}

try test_batch "$count"
try test_kills
try test_signals
try test_limits
try test_library
if [ "$(uname -s)" = Linux ] && "$here/../install-dependencies.sh" strace; then
  try test_traces
else
  say "skipped test_traces: strace cannot be installed, so that nobody looked for connections"
fi

if [ ${#failed[@]} -gt 0 ]; then
  say "failed: ${failed[*]}"
  exit 1
fi
say "all passed"
