#!/usr/bin/env bash
# Opens reports of the program in a browser without a window, over file://, and checks what a reader
# does with them: keys, filters, orders, windows, dark pages, phones, and 10 000 photos.
#
#     Scripts/test-report/run.sh PROGRAM [FOLDER]
#
# FOLDER keeps the reports and screenshots; without it they are in .build/test-report. What is
# missing is installed: Chromium by the system's package manager, and Playwright from PyPI into
# .build/playwright.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=Scripts/as-root.sh
. Scripts/as-root.sh

program=$(realpath "${1:?the program is missing}")
folder=${2:-.build/test-report}
environment=.build/playwright

browser() {
  local name
  for name in "${CHROMIUM:-}" chromium chromium-browser google-chrome; do
    if [ -n "$name" ] && command -v "$name"; then return; fi
  done
  return 1
}

if ! browser >/dev/null; then
  if command -v apt-get >/dev/null; then
    say "installing chromium"
    apt_install chromium
  else
    say "no Chromium found; install it, or name it: CHROMIUM=/path/to/chromium make test-report"
    exit 1
  fi
fi

if ! "$environment/bin/python" -c "import playwright, PIL" 2>/dev/null; then
  say "installing playwright and pillow into $environment"
  mkdir -p .build
  python3 -m venv "$environment"
  "$environment/bin/pip" install --quiet playwright pillow
fi

mkdir -p "$folder"
exec "$environment/bin/python" Scripts/test-report/test_report.py \
  "$program" "$(browser)" "$(realpath "$folder")"
