#!/bin/sh
# Holds the program against the frameworks: their files, their probabilities, their preprocessing,
# and steps of training.
#
#   Scripts/interop/run.sh PROGRAM SWIFT-TEST-COMMAND...
#
# The frameworks go into a virtual environment in .build/interop. The models are written one variant
# at a time and deleted again: all together would take 11 GB.
set -eu

program=$1
shift
here=$(dirname "$0")
folder=$PWD/.build/interop
mkdir -p "$folder"

if [ ! -x "$folder/venv/bin/python" ]; then
  python3 -m venv "$folder/venv" || {
    echo "python3 with its venv module is needed (Debian: apt-get install python3-venv)" >&2
    exit 1
  }
fi
python=$folder/venv/bin/python
"$python" -m pip install --quiet numpy pillow torch torchvision onnx onnxscript onnxruntime \
  safetensors protobuf 'opencv-python-headless<5'

models=$folder/models
trap 'rm -rf "$models"' EXIT
for variant in alexnet caffenet bvlc_alexnet torchvision; do
  rm -rf "$models"
  mkdir -p "$models"
  "$python" "$here/write-models.py" "$models" --variants "$variant"
  ALEXNET_INTEROP_MODELS=$models "$@" --filter InteropTests
  "$python" "$here/classify-photos.py" "$program" "$models" Tests/Fixtures/photos
  rm -rf "$models"
  "$python" "$here/write-training.py" "$models" --variant "$variant"
  ALEXNET_INTEROP_TRAINING=$models "$@" --filter InteropTests
done
ALEXNET_TEST_DELETION=starter "$@" --filter DeletionTests
