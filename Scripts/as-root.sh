# Sourced by scripts that install packages.
# shellcheck shell=bash

say() {
  local script=${0##*/}
  printf '%s: %s\n' "${script%.sh}" "$*" >&2
}

# Runs a line of shell as root: directly, or through sudo. Where it cannot or fails, the last line
# says what to do.
as_root() {
  local run=(sh -c "$1")
  if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then
      say "not root, and there is no sudo; run this as root, then try again: $1"
      return 1
    fi
    say "running as root, by sudo: $1"
    run=(sudo "${run[@]}")
  fi
  "${run[@]}" || {
    say "that failed, as stands above; run this as root, then try again: $1"
    return 1
  }
}

# Installs packages of Debian and its kin. A fresh container has no package lists yet, and an old
# one stale lists; where they cannot be had, those at hand may do.
apt_install() {
  local install="DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends"
  as_root "apt-get update; $install $*"
}
