#!/usr/bin/env bash
# Runs the tests, but those of time, memory and crashes, with the program, its libraries and the
# tests compiled for a sanitizer, one after the other: address, undefined and thread, or those that
# are named.
#
#     test-sanitize.sh [SANITIZER...]
#
# An error that a sanitizer finds ends the test, or the program that the test has started. SWIFT
# names the compiler, FILTER selects tests.
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

# thread_library FILE: makes the library that tells the thread sanitizer about Swift's locks.
thread_library() {
  local clang
  clang=$(dirname "$(command -v "$swift")")/clang
  [ -x "$clang" ] || clang=clang
  "$clang" -O1 -shared -fPIC -o "$1" Scripts/tsan-mutex.c -ldl
}

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
  preload=${LD_PRELOAD:-}
  # On macOS, locks are those of the system, which the sanitizer knows.
  if [ "$sanitizer" = thread ] && [ "$(uname -s)" = Linux ]; then
    # A folder whose path has no space or colon, which separate the names in LD_PRELOAD.
    temporary=$(mktemp -d /tmp/tsan.XXXXXX)
    trap 'rm -rf "$temporary"' EXIT
    thread_library "$temporary/tsan-mutex.so"
    preload=$temporary/tsan-mutex.so${preload:+:$preload}
  fi
  say "building and testing with the $sanitizer sanitizer"
  LD_PRELOAD=$preload ALEXNET_SANITIZER=$sanitizer "$swift" test -c release --disable-xctest \
    "${options[@]}" --scratch-path ".build-sanitize/$sanitizer" ${FILTER:+--filter "$FILTER"} ||
    failed+=("$sanitizer")
done
if [ ${#failed[@]} -ne 0 ]; then
  say "failed: ${failed[*]}"
  exit 1
fi
