#!/usr/bin/env bash
# Runs every C kernel that this processor has beside plain C, on memory that ends where an
# unreadable page begins (Tests/KernelHarness). It fails where a value is wrong, or where a kernel
# reads or writes outside of its memory.
#
#     test-kernels.sh [SANITIZER]    such as address or undefined: the kernels compiled with it
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=Scripts/as-root.sh
. Scripts/as-root.sh
# shellcheck source=Scripts/harness.sh
. Scripts/harness.sh

program=$harness/native
options=()
if [ $# -gt 0 ]; then
  program=$harness/$1
  options=("-fsanitize=$1" -fno-sanitize-recover=all -g1)
fi
compile "$program" "${options[@]}"
portable=(f32_portable u8s8_portable bf16_portable search_portable)
if ! "$program" "${portable[@]}" >"$program.log" 2>&1; then
  cat "$program.log"
  say "a kernel is wrong; see above"
  exit 1
fi
tail -n 1 "$program.log"
