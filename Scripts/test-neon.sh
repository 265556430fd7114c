#!/usr/bin/env bash
# Runs every C kernel beside plain C (Tests/KernelHarness): those of this processor, and those for
# 64-bit ARM, under QEMU where this is another processor.
#
# Needs, and installs where it can: the aarch64 C library and libgcc to link with, and qemu-user.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=Scripts/as-root.sh
. Scripts/as-root.sh
# shellcheck source=Scripts/harness.sh
. Scripts/harness.sh

say "the kernels of this processor"
Scripts/test-kernels.sh

case $(uname -m) in aarch64 | arm64) exit ;; esac

arm=(--target=aarch64-linux-gnu -static)
qemu() {
  local program
  program=$(command -v qemu-aarch64 || command -v qemu-aarch64-static) && "$program" "$@"
}
satisfied() {
  echo 'int main(void) { return 0; }' |
    "$CLANG" "${arm[@]}" -x c - -o "$harness/empty" 2>"$harness/link.log" && qemu "$harness/empty"
}
if ! satisfied; then
  if ! command -v apt-get >/dev/null; then
    say "needs an aarch64 Linux C library and libgcc that $CLANG finds, and qemu-aarch64;"
    say "on Debian and Ubuntu these are gcc-aarch64-linux-gnu, libc6-dev-arm64-cross and qemu-user"
    exit 1
  fi
  say "installing the aarch64 C library and QEMU"
  apt_install gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user
  if ! satisfied; then
    cat "$harness/link.log" >&2
    say "cannot link or run a program for aarch64; see above"
    exit 1
  fi
fi

compile "$harness/aarch64" "${arm[@]}"
say "64-bit ARM as of 2012, without dot products (Cortex-A53)"
qemu -cpu cortex-a53 "$harness/aarch64" f32_neon u8s8_neon bf16_neon search_neon
say "64-bit ARM with all that QEMU knows"
qemu -cpu max "$harness/aarch64" f32_neon u8s8_neon_dotprod bf16_neon search_neon_dotprod
