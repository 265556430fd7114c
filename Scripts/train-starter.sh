#!/bin/sh
# Trains the built-in model, as Sources/CStarterModel/README.md tells.
#
#   Scripts/train-starter.sh PROGRAM DATA START WORK
#
# DATA has photos in training-*.tar and a teacher's answers in targets.jsonl; START is the weight
# file to begin with; WORK is a folder for everything that is written, with the result as
# WORK/alexnet-starter.safetensors. The same command goes on with a training that was interrupted.
set -eu

program=$(realpath "$1")
data=$(realpath "$2")
start=$(realpath "$3")
scripts=$(realpath "$(dirname "$0")")
mkdir -p "$4"
cd "$4"

if [ ! -f photos/targets.jsonl ]; then
  mkdir -p photos
  for archive in "$data"/training-*.tar; do tar -xf "$archive" -C photos; done
  cp "$data/targets.jsonl" photos
fi
# The photos have 128 pixels. Larger ones are reduced to that, so that all look alike.
cat > preprocessing.json <<'END'
{"steps": [{"op": "resizeShortSide", "size": 128, "antialias": true},
           {"op": "resizeShortSide", "size": 256, "antialias": true},
           {"op": "centerCrop", "size": 227}],
 "channels": "RGB", "mean": [124.0, 117.0, 104.0], "scale": 0.015625}
END

trained=trained.safetensors
held_out=$trained.training/validation.jsonl
if [ ! -f "$trained" ]; then
  set --
  [ ! -e "$trained.training/checkpoint.safetensors" ] || set -- --resume
  "$program" train photos/targets.jsonl --targets photos/targets.jsonl --targets-weight 0.8 \
    --classes imagenet --validation-share 0.05 --preprocess preprocessing.json \
    --from "$start" --freeze none --batch-norm --sizes 131,147,227 --time 106m \
    --batch 256 --rate 0.04 --warm-up 0.05 --dropout 0.3 --prune fc6=0.07,fc7=0.1,fc8=0.3 \
    --output "$trained" "$@"
fi
"$scripts/temper-starter.py" "$program" "$trained" "$held_out" . alexnet-starter.safetensors
