#!/bin/sh
# Rebuilds the model that is compiled into the program.
#
#   Scripts/build-starter.sh PROGRAM STARTER [CALIBRATION]
#
# STARTER is a folder with alexnet-starter.safetensors, as Scripts/train-starter.sh makes it, and
# possibly alexnet-starter.json, whose entries are added to the metadata; CALIBRATION, a folder or
# a tar file of images, is what the ranges of the 8-bit activations are measured on.
set -eu

program=$1
starter=$2
calibration=${3:-}
target=Sources/CStarterModel/starter.safetensors
limit=14000000

if [ ! -f "$starter/alexnet-starter.safetensors" ]; then
  echo "there is no $starter/alexnet-starter.safetensors; Scripts/train-starter.sh trains it" >&2
  exit 1
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# fc6 keeps a little less than training leaves it, so that the file stays below the limit.
set -- model compress "$starter/alexnet-starter.safetensors" --keep fc6=0.0675 --keep all=1
if [ -f "$starter/alexnet-starter.json" ]; then
  set -- "$@" --metadata "$starter/alexnet-starter.json"
fi
"$program" "$@" --output "$work/compact.safetensors"
result=$work/compact.safetensors

if [ -z "$calibration" ]; then
  echo "no CALIBRATION images: this starter cannot compute in 8 bits" >&2
else
  if [ -f "$calibration" ]; then
    mkdir "$work/images"
    tar -xf "$calibration" -C "$work/images"
    calibration=$work/images
  fi
  result=$work/calibrated.safetensors
  "$program" model quantize "$work/compact.safetensors" --calibrate "$calibration" \
    --output "$result"
fi
size=$(wc -c < "$result")
if [ "$size" -gt "$limit" ]; then
  echo "the result has $size bytes, more than the $limit that the program may grow by" >&2
  exit 1
fi
mv "$result" "$target"
