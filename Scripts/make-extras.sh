#!/usr/bin/env bash
# Makes what is installed beside the program: completions for three shells, and the manual page.
#   make-extras.sh PROGRAM FOLDER
set -euo pipefail
program=$1
folder=$2
here=$(dirname "$0")
mkdir -p "$folder"

"$program" --generate-completion-script bash >"$folder/alexnet.bash"
"$program" --generate-completion-script zsh >"$folder/_alexnet"
"$program" --generate-completion-script fish >"$folder/alexnet.fish"

# The generated scripts complete only subcommands after `alexnet`. Since `alexnet photo.jpg` is
# short for `alexnet classify photo.jpg`, files are offered there as well; each edit must find its
# line.
edit() {
  local file=$1 pattern=$2 replacement=$3
  grep -q -- "$pattern" "$file" || {
    echo "make-extras: no line '$pattern' in $file" >&2
    exit 1
  }
  sed "s/$pattern/$replacement/" "$file" >"$file.new"
  mv "$file.new" "$file"
}
edit "$folder/alexnet.bash" \
  '^complete -o filenames -F _alexnet alexnet$' \
  'complete -o filenames -o default -F _alexnet alexnet'
edit "$folder/_alexnet" \
  '_describe -V subcommand subcommands && ret=0$' \
  '_describe -V subcommand subcommands \&\& ret=0; _files \&\& ret=0'
# shellcheck disable=SC2016 # The generated script's own variables.
edit "$folder/_alexnet" \
  '^        case "${words\[1\]}" in$' \
  '        (( $+functions[_alexnet_${words[1]}] )) || { _alexnet_classify \&\& ret=0; }\n&'
edit "$folder/alexnet.fish" "^complete -c 'alexnet' -f$" "complete -c 'alexnet' -F"

if [ ! -x "$folder/manual" ] || [ "$here/manual.swift" -nt "$folder/manual" ]; then
  swiftc -O -o "$folder/manual" "$here/manual.swift"
fi
rm -rf "$folder/topics"
mkdir "$folder/topics"
topics=()
while read -r name _; do
  "$program" help "$name" >"$folder/topics/$name"
  topics+=("$folder/topics/$name")
done < <("$program" help topics)
"$program" --experimental-dump-help |
  "$folder/manual" "$("$program" --version)" "${topics[@]}" >"$folder/alexnet.1"
