#!/usr/bin/env bash
# Classifies a folder, a list or tar files in parts, each a process of its own that can be killed
# and run again at any time.
#
#   shards.sh OUTPUT PARTS INPUT...           all parts on this machine, one a processor at a time
#   PART=3 shards.sh OUTPUT PARTS INPUT...    one part
#
# GNU parallel over machines that see the same files:
#
#   parallel --sshloginfile hosts PART={} shards.sh "$PWD/out" 64 "$PWD/photos" ::: {1..64}
#
# A Slurm array; a part that fails is run again by the same command:
#
#   sbatch --array=1-64 --wrap 'PART=$SLURM_ARRAY_TASK_ID shards.sh out 64 photos'
#
# ALEXNET names the program if it is not in the PATH. OUTPUT/I-of-N.jsonl is what part I gives.
set -euo pipefail

if [ $# -lt 3 ]; then
  sed -n 's/^# \{0,1\}//; 2,/^set/p' "$0" | sed '$d' >&2
  exit 64
fi
output=$1 parts=$2
mkdir -p "$output"

if [ -z "${PART:-}" ]; then
  seq "$parts" | xargs -P "${JOBS:-$(getconf _NPROCESSORS_ONLN)}" -I{} env PART={} "$0" "$@"
  exit
fi

shift 2
code=0
"${ALEXNET:-alexnet}" classify "$@" -j1 --shard "$PART/$parts" --resume --quiet \
  --output "$output/$PART-of-$parts.jsonl" || code=$?
# 1: some images are damaged, which their records say.
[ "$code" -le 1 ]
