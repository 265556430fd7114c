#!/bin/sh
# Rebuilds the model that is compiled into the program.
#
#   Scripts/build-starter.sh PROGRAM STARTER [CALIBRATION]
#
# STARTER is a folder with alexnet-starter.safetensors and alexnet-starter.json; CALIBRATION, a
# folder or a tar file of images, is what the ranges of the 8-bit activations are measured on.
set -eu

program=$1
starter=$2
calibration=${3:-}
target=Sources/CStarterModel/starter.safetensors

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$program" model compress "$starter/alexnet-starter.safetensors" \
  --keep all=1 --metadata "$starter/alexnet-starter.json" --output "$work/compact.safetensors"

if [ -z "$calibration" ]; then
  echo "no CALIBRATION images: this starter cannot compute in 8 bits" >&2
  mv "$work/compact.safetensors" "$target"
  exit
fi
if [ -f "$calibration" ]; then
  mkdir "$work/images"
  tar -xf "$calibration" -C "$work/images"
  calibration=$work/images
fi
"$program" model quantize "$work/compact.safetensors" --calibrate "$calibration" \
  --output "$target"
