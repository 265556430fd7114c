#!/bin/sh
# Measures the program beside PyTorch, ONNX Runtime, OpenVINO and OpenCV.
#
#   Scripts/bench-peers/run.sh PROGRAM [bench_peers.py's options]
#
# The peers go into a virtual environment of their own; it, the models and the photos (1.5 GB) stay
# in .build/bench-peers, so that a second run starts at once.
set -eu

program=$1
shift
here=$(dirname "$0")
folder=.build/bench-peers
mkdir -p "$folder"

if [ ! -x "$folder/venv/bin/python" ]; then
  python3 -m venv "$folder/venv" || {
    echo "python3 with its venv module is needed (Debian: apt-get install python3-venv)" >&2
    exit 1
  }
fi
"$folder/venv/bin/python" -m pip install --quiet numpy pillow torch onnx onnxruntime openvino \
  opencv-python-headless safetensors
exec "$folder/venv/bin/python" "$here/bench_peers.py" "$program" "$folder" "$@"
