#!/usr/bin/env bash
# Installs what the build needs beside a Swift toolchain: libjpeg and libpng with their headers, and
# pkg-config. Does nothing, and asks for nothing, where they are there already.
set -euo pipefail

# shellcheck source=Scripts/as-root.sh
. "$(dirname "$0")/as-root.sh"

if ! command -v swift >/dev/null; then
  say "no Swift toolchain found; get 6.2 or later from https://www.swift.org/install"
  exit 1
fi

satisfied() { pkg-config --exists libjpeg libpng 2>/dev/null; }

# Homebrew keeps jpeg-turbo out of the default search path; SwiftPM looks there by itself.
if command -v brew >/dev/null; then
  PKG_CONFIG_PATH="$(brew --prefix)/opt/jpeg-turbo/lib/pkgconfig:${PKG_CONFIG_PATH:-}"
  export PKG_CONFIG_PATH
fi

if satisfied; then exit 0; fi

say "installing the development packages of libjpeg and libpng, and pkg-config"
if command -v apt-get >/dev/null; then
  apt_install libjpeg-dev libpng-dev pkg-config
elif command -v brew >/dev/null; then
  brew install jpeg-turbo libpng pkg-config
elif command -v dnf >/dev/null; then
  as_root dnf install -y libjpeg-turbo-devel libpng-devel pkgconf-pkg-config
elif command -v yum >/dev/null; then
  as_root yum install -y libjpeg-turbo-devel libpng-devel pkgconfig
elif command -v pacman >/dev/null; then
  as_root pacman -S --needed --noconfirm libjpeg-turbo libpng pkgconf
elif command -v zypper >/dev/null; then
  as_root zypper --non-interactive install libjpeg8-devel libpng16-devel pkg-config
elif command -v apk >/dev/null; then
  as_root apk add libjpeg-turbo-dev libpng-dev pkgconf
else
  say "no package manager known here; install libjpeg and libpng with headers, and pkg-config"
  exit 1
fi

if ! satisfied; then
  say "pkg-config still finds no libjpeg and libpng; see what the package manager said above"
  exit 1
fi
