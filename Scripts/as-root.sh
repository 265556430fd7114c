# Sourced by scripts that install packages.
# shellcheck shell=bash

say() { printf '%s: %s\n' "$(basename "$0" .sh)" "$*" >&2; }

# Runs a command as root: directly, or through sudo; otherwise says which command to run.
as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    say "running: sudo $*"
    sudo "$@" || {
      say "sudo did not work; run this as root, then try again: $*"
      return 1
    }
  else
    say "not root, and there is no sudo; run this as root, then try again: $*"
    return 1
  fi
}

# Installs packages of Debian and its kin.
apt_install() {
  # A fresh container has no package lists yet, and an old one stale lists.
  as_root apt-get update || say "apt-get update failed; trying with the package lists at hand"
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@"
}
