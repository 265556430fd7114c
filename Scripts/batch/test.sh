#!/usr/bin/env bash
# Classifies many files of which some are damaged, and looks for connections to anywhere.
#
#   Scripts/batch/test.sh PROGRAM [COUNT]
set -euo pipefail

# shellcheck source=Scripts/as-root.sh
. "${BASH_SOURCE[0]%/*}/../as-root.sh"

program=$(realpath "$1")
here=$(cd "${BASH_SOURCE[0]%/*}" && pwd)
photos=$here/../../Tests/Fixtures/photos
python3 "$here/test_batch.py" "$program" "${2:-20000}"

if [ "$(uname -s)" != Linux ]; then exit; fi
"$here/../install-dependencies.sh" strace || {
  say "strace cannot be installed; connections were not looked for"
  exit
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/data/cat" "$work/data/cup"
for index in $(seq 5); do
  cp "$photos/cat.jpg" "$work/data/cat/$index.jpg"
  cp "$photos/coffee.png" "$work/data/cup/$index.png"
done
traced() {
  strace -f -qq -e trace=network -o "$work/calls" "$program" "$@" >/dev/null 2>"$work/errors" || {
    cat "$work/errors"
    exit 1
  }
  if grep -E 'AF_INET|connect\(' "$work/calls"; then
    say "alexnet $1 opens a connection"
    exit 1
  fi
  say "alexnet $1 opens no connection"
}
traced classify "$photos/cat.jpg"
traced explain "$photos/cat.jpg" -o "$work/why.png"
traced train "$work/data" --epochs 1 -o "$work/pets.safetensors"
