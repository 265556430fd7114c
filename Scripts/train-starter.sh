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

# train OUTPUT START OPTION...: trains, or goes on where it was interrupted; a complete one is kept.
train() {
  output=$1
  from=$2
  shift 2
  [ ! -f "$output" ] || return 0
  [ ! -e "$output.training/checkpoint.safetensors" ] || set -- "$@" --resume
  "$program" train photos/targets.jsonl --targets photos/targets.jsonl --targets-weight 0.8 \
    --classes imagenet --validation-share 0.05 --preprocess preprocessing.json \
    --from "$from" --freeze none --batch-norm --sizes 131,227 --batch 128 --warm-up 0.02 \
    --dropout 0.2 --crop 0.45 --output "$output" "$@"
}
# Weights that are zero in START may become others in the first part; the second one prunes; the
# third one trains on with the weights that are left.
pruning=fc6=0.07,fc7=0.1,fc8=0.3
train dense.safetensors "$start" --rate 0.03 --time 85m
train pruned.safetensors dense.safetensors --rate 0.02 --time 68m --prune $pruning
train trained.safetensors pruned.safetensors --rate 0.02 --time 105m --prune $pruning
"$scripts/temper-starter.py" "$program" trained.safetensors \
  trained.safetensors.training/validation.jsonl . alexnet-starter.safetensors
