#!/usr/bin/env bash
# Installs what the build needs beside a Swift toolchain: libjpeg and libpng with their headers, and
# pkg-config; and programs that are named as arguments, from packages of the same name. Does
# nothing, and asks for nothing, where they are there already.
set -euo pipefail

# shellcheck source=Scripts/as-root.sh
. "${BASH_SOURCE[0]%/*}/as-root.sh"

if ! command -v swift >/dev/null; then
  say "no Swift toolchain found; get 6.2 or later from https://www.swift.org/install"
  exit 1
fi

# Homebrew keeps jpeg-turbo out of the default search path; SwiftPM looks there by itself.
if command -v brew >/dev/null; then
  PKG_CONFIG_PATH="$(brew --prefix)/opt/jpeg-turbo/lib/pkgconfig:${PKG_CONFIG_PATH:-}"
  export PKG_CONFIG_PATH
fi

# Sets `missing` to "libraries", where these are, and the programs that are.
look() {
  missing=()
  pkg-config --exists libjpeg libpng 2>/dev/null || missing+=(libraries)
  for program in "$@"; do
    command -v "$program" >/dev/null || missing+=("$program")
  done
}

# Prints what is missing, with the packages of the libraries, which every system calls differently.
packages() {
  local names="${missing[*]}"
  echo "${names/libraries/$*}"
}

look "$@"
if [ ${#missing[@]} -eq 0 ]; then exit 0; fi

say "installing $(packages the development packages of libjpeg and libpng, pkg-config)"
if command -v apt-get >/dev/null; then
  apt_install "$(packages libjpeg-dev libpng-dev pkg-config)"
elif command -v brew >/dev/null; then
  # shellcheck disable=SC2046  # one argument a package
  brew install $(packages jpeg-turbo libpng pkg-config)
elif command -v dnf >/dev/null; then
  as_root "dnf install -y $(packages libjpeg-turbo-devel libpng-devel pkgconf-pkg-config)"
elif command -v yum >/dev/null; then
  as_root "yum install -y $(packages libjpeg-turbo-devel libpng-devel pkgconfig)"
elif command -v pacman >/dev/null; then
  as_root "pacman -S --needed --noconfirm $(packages libjpeg-turbo libpng pkgconf)"
elif command -v zypper >/dev/null; then
  as_root "zypper --non-interactive install $(packages libjpeg8-devel libpng16-devel pkg-config)"
elif command -v apk >/dev/null; then
  as_root "apk add $(packages libjpeg-turbo-dev libpng-dev pkgconf)"
else
  say "no package manager known here; install these by hand, then try again"
  exit 1
fi

look "$@"
if [ ${#missing[@]} -gt 0 ]; then
  say "still missing: $(packages libjpeg and libpng as pkg-config sees them);" \
    "see what the package manager said above"
  exit 1
fi
