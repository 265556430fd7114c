#!/usr/bin/env bash
# Runs every C kernel that this processor has beside plain C, on memory that ends where an
# unreadable page begins (Tests/KernelHarness). It fails where a value is wrong, or where a kernel
# reads or writes outside of its memory.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=Scripts/as-root.sh
. Scripts/as-root.sh
# shellcheck source=Scripts/harness.sh
. Scripts/harness.sh

compile "$harness/native"
if ! "$harness/native" f32_portable u8s8_portable bf16_portable >"$harness/native.log"; then
  cat "$harness/native.log"
  say "a kernel is wrong; see above"
  exit 1
fi
tail -n 1 "$harness/native.log"
