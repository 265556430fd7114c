#!/usr/bin/env bash
# Fuzzes every reader of untrusted bytes with libFuzzer and AddressSanitizer.
#
#     run.sh SECONDS [TARGET...]     the time for each target; every target where none is named
#
# SEED is what the random numbers begin with; without it, each run has others. JOBS is how many
# targets run at the same time, by default one for each processor. The table has the seconds of
# processor time, too, since other programs and targets may use the same processors.
#
# Corpora grow in .build-fuzz/corpus and are kept for the next run. Inputs that crash a reader, take
# it more than ten seconds (more where targets share a processor) or more than 1 GB are written to
# .build-fuzz/findings; the script then ends with 1. SWIFT names the compiler.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=Scripts/as-root.sh
. Scripts/as-root.sh

seconds=${1:?the seconds for each target}
shift
case $seconds in '' | *[!0-9]*) say "not a number of seconds: $seconds" && exit 64 ;; esac
processors=$(nproc 2>/dev/null || echo 1)
jobs=${JOBS:-$processors}
case $jobs in
  0* | *[!0-9]*) say "not a number of targets at a time: $jobs" && exit 64 ;;
esac
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
# Stops what runs, and removes what it uses.
clean_up() {
  {
    jobs -p
    cat "$temporary"/*.pid
  } 2>/dev/null | xargs -r kill 2>/dev/null || true
  wait
  rm -rf "$temporary"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
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

[ "$jobs" -le ${#targets[@]} ] || jobs=${#targets[@]}
mkdir -p "$build/findings"

# Fuzzes one target, and prints its row of the table. Fails if something was found.
fuzz() {
  local target=$1 status=0
  local corpus=$build/corpus/$target findings=$build/findings/$target
  local log=$findings.log
  rm -rf "$findings"
  mkdir -p "$corpus" "$findings"
  # A target that has only a share of a processor has as much more time.
  local timeout=$((10 * ((jobs + processors - 1) / processors)))
  local options=(-max_total_time="$seconds" -timeout="$timeout" -rss_limit_mb=1024
    -malloc_limit_mb=768 -max_len=65536 -print_final_stats=1 -seed="${SEED:-0}"
    -artifact_prefix="$findings/")
  if [ -e "$temporary/seeds/$target.dict" ]; then
    options+=(-dict="$temporary/seeds/$target.dict")
  fi
  local TIMEFORMAT='%U %S'
  {
    time {
      FUZZ_TARGET=$target "$program" "${options[@]}" "$corpus" "$temporary/seeds/$target" \
        >"$log" 2>&1 &
      echo $! >"$temporary/$target.pid"
      wait $! || status=$?
    }
  } 2>"$temporary/$target.time"
  local inputs processor coverage found
  rm -f "$temporary/$target.pid"
  inputs=$(sed -n 's/^stat::number_of_executed_units: //p' "$log")
  processor=$(tail -n 1 "$temporary/$target.time" | awk '{ printf "%.0f", $1 + $2 }')
  coverage=$(grep -o 'cov: [0-9]*' "$log" | tail -n 1 | cut -d' ' -f2 || true)
  found=$(find "$findings" -type f | wc -l)
  printf '%-16s %12s %11s %9s %7s  %s\n' "$target" "${inputs:--}" "$processor" \
    "${coverage:--}" "$(find "$corpus" -type f | wc -l)" "$found"
  if [ -z "$coverage" ]; then
    say "$target: libFuzzer saw no code run; the readers were built without its instrumentation"
    status=1
  fi
  if [ "$status" -ne 0 ] || [ "$found" -ne 0 ]; then
    say "$target: see $log and $findings"
    { grep -m 5 -E 'ERROR|SUMMARY|Fatal error|Precondition failed' "$log" || tail -n 5 "$log"; } |
      sed "s/^/$target: /" >&2
    return 1
  fi
}

failed=0
running=0
printf '%-16s %12s %11s %9s %7s  %s\n' target inputs processor-s coverage corpus findings
for target in "${targets[@]}"; do
  if [ "$running" -ge "$jobs" ]; then
    wait -n || failed=1
    running=$((running - 1))
  fi
  fuzz "$target" &
  running=$((running + 1))
done
while [ "$running" -gt 0 ]; do
  wait -n || failed=1
  running=$((running - 1))
done
exit "$failed"
