# Sourced by scripts that build the programs of Tests/KernelHarness, at the top of the repository.
# shellcheck shell=bash

# The compiler is the Swift toolchain's clang, as in every build; CLANG names another.
if [ -z "${CLANG:-}" ]; then
  CLANG=clang
  if swift=$(command -v swift); then
    beside_swift=$(dirname "$(readlink -f "$swift")")/clang
    if [ -x "$beside_swift" ]; then CLANG=$beside_swift; fi
  fi
fi

harness=.build/kernel-harness
mkdir -p "$harness"

# compile PROGRAM [OPTION...]: the kernels and the harness, with no warnings. A program that is
# newer than all of its sources is kept.
compile() {
  local program=$1
  shift
  local sources=(
    Sources/CProcessor Sources/CKernels Sources/CResize Tests/KernelHarness Scripts/harness.sh
  )
  if [ -e "$program" ] && [ -z "$(find "${sources[@]}" -type f -newer "$program" -print -quit)" ]
  then
    return
  fi
  "$CLANG" "$@" -O2 -Wall -Wextra -Werror -o "$program" \
    -ISources/CProcessor/include -ISources/CKernels/include -ISources/CResize/include \
    Sources/CProcessor/*.c Sources/CKernels/*.c Sources/CResize/*.c Tests/KernelHarness/*.c -lm
}
