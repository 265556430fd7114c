#!/usr/bin/env bash
# Runs the code blocks of README.md on a few photos, and checks what they give.
#
#     Scripts/test-recipes/run.sh PROGRAM [FOLDER]
#
# FOLDER, which is new or empty, keeps what the commands made; without it a temporary folder is
# used. What is missing is installed: jq by the system's package manager, and pandas from PyPI into
# .build/recipes.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=Scripts/as-root.sh
. Scripts/as-root.sh

program=$(realpath "${1:?the program is missing}")
environment=.build/recipes

if ! command -v jq >/dev/null; then Scripts/install-dependencies.sh jq; fi
if ! "$environment/bin/python" -c "import pandas" 2>/dev/null; then
  say "installing pandas into $environment"
  mkdir -p .build
  python3 -m venv "$environment" || {
    say "python3 with its venv module is needed (Debian: apt-get install python3-venv)"
    exit 1
  }
  "$environment/bin/pip" install --quiet pandas
fi

folder=${2:-}
if [ -z "$folder" ]; then
  folder=$(mktemp -d)
  trap 'rm -rf "$folder"' EXIT
fi
"$environment/bin/python" Scripts/test-recipes/test_recipes.py "$program" "$folder"
