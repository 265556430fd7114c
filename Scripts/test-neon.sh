#!/usr/bin/env bash
# Runs every C kernel beside plain C (Tests/KernelHarness): those of this processor, and those for
# 64-bit ARM, under QEMU where this is another processor.
#
# Needs, and installs where it can: the aarch64 C library and libgcc to link with, and qemu-user.
# The compiler is the Swift toolchain's clang, as in every build; CLANG names another.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=Scripts/as-root.sh
. Scripts/as-root.sh
unset ALEXNET_ISA

folder=.build/kernel-harness
mkdir -p "$folder"

if [ -z "${CLANG:-}" ]; then
  CLANG=clang
  if swift=$(command -v swift); then
    beside_swift=$(dirname "$(readlink -f "$swift")")/clang
    if [ -x "$beside_swift" ]; then CLANG=$beside_swift; fi
  fi
fi

# compile PROGRAM [OPTION...]: the kernels and the harness, with no warnings.
compile() {
  local program=$1
  shift
  "$CLANG" "$@" -O2 -Wall -Wextra -Werror -o "$program" \
    -ISources/CKernels/include -ISources/CResize/include \
    Sources/CKernels/*.c Sources/CResize/*.c Tests/KernelHarness/*.c -lm
}

say "the kernels of this processor"
compile "$folder/native"
"$folder/native" f32_portable u8s8_portable bf16_portable

case $(uname -m) in aarch64 | arm64) exit ;; esac

arm=(--target=aarch64-linux-gnu -static)
qemu() {
  local program
  program=$(command -v qemu-aarch64 || command -v qemu-aarch64-static) && "$program" "$@"
}
satisfied() {
  echo 'int main(void) { return 0; }' |
    "$CLANG" "${arm[@]}" -x c - -o "$folder/empty" 2>"$folder/link.log" && qemu "$folder/empty"
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
    cat "$folder/link.log" >&2
    say "cannot link or run a program for aarch64; see above"
    exit 1
  fi
fi

compile "$folder/aarch64" "${arm[@]}"
say "64-bit ARM as of 2012, without dot products (Cortex-A53)"
qemu -cpu cortex-a53 "$folder/aarch64" f32_neon u8s8_neon bf16_neon
say "64-bit ARM with all that QEMU knows"
qemu -cpu max "$folder/aarch64" f32_neon u8s8_neon_dotprod bf16_neon
