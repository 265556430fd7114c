#!/usr/bin/env bash
# Runs every test with the program, its libraries and the tests compiled for a sanitizer, one after
# the other: address, undefined and thread, or those that are named.
#
#     test-sanitize.sh [SANITIZER...]
#
# An error that a sanitizer finds ends the test, or the program that the test has started. What
# tests say about memory and time is not checked. SWIFT names the compiler, FILTER selects tests.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=Scripts/as-root.sh
. Scripts/as-root.sh

sanitizers=("$@")
if [ ${#sanitizers[@]} -eq 0 ]; then sanitizers=(address undefined thread); fi
swift=${SWIFT:-swift}

# Swift's own tables are never freed. Readers ask for as much memory as a file claims it needs, and
# must go on where there is not so much. Tests expect exit codes, so errors end with a signal.
export ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1:abort_on_error=1
export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1:abort_on_error=1
export TSAN_OPTIONS=halt_on_error=1:allocator_may_return_null=1:abort_on_error=1
# A sanitizer's report must not be mixed with Swift's own.
export SWIFT_BACKTRACE=enable=no
# Without this, SwiftPM passes options in a different order each time, and builds anew.
export SWIFT_DETERMINISTIC_HASHING=1

failed=()
for sanitizer in "${sanitizers[@]}"; do
  case $sanitizer in
    address | thread) options=(--sanitize "$sanitizer") ;;
    undefined)
      # Swift itself has no undefined behaviour of this kind to look for: its C is checked.
      options=(-Xcc -fsanitize=undefined -Xcc -fno-sanitize-recover=undefined
        -Xswiftc -Xclang-linker -Xswiftc -fsanitize=undefined)
      ;;
    *) say "the sanitizers are address, undefined and thread, not '$sanitizer'" && exit 64 ;;
  esac
  say "building and testing with the $sanitizer sanitizer"
  ALEXNET_SANITIZER=$sanitizer "$swift" test -c release --disable-xctest "${options[@]}" \
    --scratch-path ".build-sanitize/$sanitizer" ${FILTER:+--filter "$FILTER"} ||
    failed+=("$sanitizer")
done
if [ ${#failed[@]} -ne 0 ]; then
  say "failed: ${failed[*]}"
  exit 1
fi
