#!/usr/bin/env bash
# Fuzzes every reader of untrusted bytes with libFuzzer and AddressSanitizer.
#
#     run.sh SECONDS [TARGET...]     the time for each target; every target where none is named
#
# SEED is what the random numbers begin with; without it, each run has others.
# Corpora grow in .build-fuzz/corpus and are kept for the next run. Inputs that crash a reader, take
# it more than ten seconds or more than 1 GB are written to .build-fuzz/findings; the script then
# ends with 1. SWIFT names the compiler.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=Scripts/as-root.sh
. Scripts/as-root.sh

seconds=${1:?the seconds for each target}
shift
case $seconds in '' | *[!0-9]*) say "not a number of seconds: $seconds" && exit 64 ;; esac
swift=${SWIFT:-swift}
if [ "$(uname -s)" != Linux ]; then
  say "libFuzzer comes with Swift's toolchain for Linux only"
  exit 69
fi

build=.build-fuzz
program=$build/release/Fuzzing
log=$build/build.log
mkdir -p "$build"
say "building the readers with libFuzzer and AddressSanitizer"
# Without this, SwiftPM passes the two sanitizers in a different order each time, and builds anew.
export SWIFT_DETERMINISTIC_HASHING=1
# Of two sanitizers, the Swift compiler takes the last one only. What libFuzzer needs to see which
# code an input reaches has to be asked for.
instrumentation=-sanitize-coverage=edge,indirect-calls,trace-cmp,inline-8bit-counters,pc-table
ALEXNET_FUZZ=1 "$swift" build -c release --product Fuzzing --scratch-path "$build" \
  --sanitize fuzzer --sanitize address -Xswiftc "$instrumentation" -Xswiftc -enable-testing \
  >"$log" 2>&1 || {
  tail -n 40 "$log" >&2
  exit 1
}

# Inputs are written to memory where that is possible: some readers read only files.
temporary=$(mktemp -d "$([ -w /dev/shm ] && echo /dev/shm || echo "${TMPDIR:-/tmp}")/fuzz.XXXXXX")
trap 'rm -rf "$temporary"' EXIT
export TMPDIR=$temporary
# What the model library of this user holds must not matter.
export ALEXNET_HOME=$temporary/home

# Swift's own tables are never freed, nor are the names of temporary files, which the handlers of
# signals may read at any time.
export ASAN_OPTIONS=allocator_may_return_null=1:detect_leaks=0
# AddressSanitizer takes Swift's own reader of crashed memory for an error.
export SWIFT_BACKTRACE=enable=no

python3 Scripts/fuzz/corpora.py "$temporary/seeds"
FUZZ_SEEDS=$temporary/seeds "$program"
targets=("$@")
if [ ${#targets[@]} -eq 0 ]; then
  mapfile -t targets < <(FUZZ_TARGET='' "$program" | tail -n +2)
fi

mkdir -p "$build/findings"
failed=0
printf '%-12s %12s %10s %9s %7s  %s\n' target inputs 'inputs/s' coverage corpus findings
for target in "${targets[@]}"; do
  corpus=$build/corpus/$target
  findings=$build/findings/$target
  rm -rf "$findings"
  mkdir -p "$corpus" "$findings"
  options=(-max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 -malloc_limit_mb=768
    -max_len=65536 -print_final_stats=1 -seed="${SEED:-0}" -artifact_prefix="$findings/")
  if [ -e "$temporary/seeds/$target.dict" ]; then
    options+=(-dict="$temporary/seeds/$target.dict")
  fi
  log=$findings.log
  status=0
  FUZZ_TARGET=$target "$program" "${options[@]}" "$corpus" "$temporary/seeds/$target" \
    >"$log" 2>&1 || status=$?
  inputs=$(sed -n 's/^stat::number_of_executed_units: //p' "$log")
  rate=$(sed -n 's/^stat::average_exec_per_sec: *//p' "$log")
  coverage=$(grep -o 'cov: [0-9]*' "$log" | tail -n 1 | cut -d' ' -f2 || true)
  found=$(find "$findings" -type f | wc -l)
  printf '%-12s %12s %10s %9s %7s  %s\n' "$target" "${inputs:--}" "${rate:--}" "${coverage:--}" \
    "$(find "$corpus" -type f | wc -l)" "$found"
  if [ -z "$coverage" ]; then
    say "$target: libFuzzer saw no code run; the readers were built without its instrumentation"
    failed=1
  fi
  if [ "$status" -ne 0 ] || [ "$found" -ne 0 ]; then
    failed=1
    say "$target: see $log and $findings"
    grep -m 5 -E 'ERROR|SUMMARY|Fatal error|Precondition failed' "$log" >&2 || tail -n 5 "$log" >&2
  fi
done
exit "$failed"
