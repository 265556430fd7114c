#!/usr/bin/env bash
# Runs the examples on many small images, kills a process in the middle (and with Spark a whole
# executor, too), and compares all records with those of one process. Spark classifies tar shards,
# too. Then a record is lost, which Spark and Ray must report.
#
#   Scripts/scale/test.sh PROGRAM [COUNT] [shards|spark|ray|throughput]...
#
# KILL_AFTER is how many seconds a process runs before it is killed; by default it follows COUNT.
# Spark and Ray go into a virtual environment in .build/scale; Java is installed if there is none.
set -euo pipefail

# shellcheck source=Scripts/as-root.sh
. "${BASH_SOURCE[0]%/*}/../as-root.sh"

program=$(realpath "$1") count=${2:-20000}
shift $(($# < 2 ? $# : 2))
engines=${*:-shards spark ray throughput}
here=$(cd "${BASH_SOURCE[0]%/*}" && pwd)
folder=$PWD/.build/scale
work=$folder/run
python=$folder/venv/bin/python
rm -rf "$work"
mkdir -p "$work"

wants() { [[ " $engines " == *" $1 "* ]]; }

if wants spark || wants ray; then
  if [ ! -x "$python" ]; then
    python3 -m venv "$folder/venv" || {
      say "python3 with its venv module is needed (Debian: apt-get install python3-venv)"
      exit 1
    }
  fi
  "$python" -c "import pyspark, pyarrow, ray.data" 2>/dev/null ||
    "$python" -m pip install --quiet pyspark 'pandas<3' pyarrow 'ray[data]'
else
  python=python3
fi
if wants spark && ! command -v java >/dev/null; then
  say "installing a Java runtime"
  if command -v apt-get >/dev/null; then
    apt_install default-jre-headless
  elif command -v dnf >/dev/null; then
    as_root "dnf install -y java-latest-openjdk-headless"
  elif command -v brew >/dev/null; then
    brew install openjdk
  else
    say "no package manager known here; install Java 17 or later, then try again"
    exit 1
  fi
fi

# In 8 bits the last digits do not depend on which images are run together.
options=(--precision int8)

say "$count images; one process first"
"$python" "$here/make_images.py" "$work/images" "$count"
"$program" "$work/images" --jsonl --quiet "${options[@]}" >"$work/one.jsonl" || [ $? -eq 1 ]

kill_after=${KILL_AFTER:-$(awk "BEGIN { print $count / 10000 }")}

# The program, except that the first process of each engine is killed. The file `killed` is made
# only where it still ran then, which exit code 137 says.
cat >"$work/killed-once" <<END
#!/bin/sh
if mkdir "$work/first" 2>/dev/null; then
  timeout -s KILL $kill_after "$program" "\$@"
  code=\$?
  [ "\$code" -ne 137 ] || touch "$work/killed"
  exit "\$code"
fi
exec "$program" "\$@"
END

# The same, and a later process of Spark kills the executor that it works for.
cat >"$work/killed-executor" <<END
#!/bin/sh
if [ -e "$work/killed" ] && mkdir "$work/executor" 2>/dev/null; then
  (
    sleep $kill_after
    process=\$\$
    while [ "\$process" -gt 1 ]; do
      if tr '\\0' ' ' <"/proc/\$process/cmdline" | grep -q ExecutorBackend; then
        kill -KILL "\$process" && touch "$work/executor/killed"
        break
      fi
      process=\$(sed 's/.*) . //; s/ .*//' "/proc/\$process/stat")
    done
  ) &
fi
exec "$work/killed-once" "\$@"
END

# The program without its first record.
cat >"$work/loses-a-line" <<END
#!/bin/sh
"$program" "\$@" | sed 1d
END
chmod +x "$work/killed-once" "$work/killed-executor" "$work/loses-a-line"

# The examples with a worker that drops the first record.
mkdir "$work/lossy"
cp "$here"/{alexnet_worker,spark_classify,ray_classify}.py "$work/lossy"
cat >>"$work/lossy/alexnet_worker.py" <<END


class AlexnetWorker(AlexnetWorker):
    def records(self, images):
        records = super().records(images)
        next(records, None)
        return records
END

# run NAME SCRIPT...: runs an example, whose messages are shown only where it fails.
run() {
  local name=$1
  shift
  "$python" "$@" 2>"$work/$name.log" || {
    tail -50 "$work/$name.log"
    exit 1
  }
}

# check_killed NAME: one process of the engine must have been killed.
check_killed() {
  if [ ! -e "$work/killed" ]; then
    say "$1: no process was killed; it may have ended before $kill_after s"
    exit 1
  fi
  rm -r "$work/killed" "$work/first"
}

# check_records NAME EXPECTED PARTS: the records in at least so many parts must be those expected.
check_records() {
  "$python" "$here/compare.py" "$work/$2" "$work/$1" "$3"
  say "$1: the same records, in ${SECONDS} s"
}

# must_fail NAME REASON SCRIPT...: a job in which a record is lost.
must_fail() {
  local name=$1 reason=$2 code=0
  shift 2
  timeout 300 "$python" "$@" >"$work/$name.log" 2>&1 || code=$?
  # 124: it did not end at all.
  if [ "$code" -eq 0 ] || [ "$code" -eq 124 ]; then
    say "$name: a record was lost, and the job did not fail (exit code $code)"
    exit 1
  fi
  grep -q "$reason" "$work/$name.log" || {
    tail -50 "$work/$name.log"
    say "$name: the job failed for another reason than '$reason'"
    exit 1
  }
  say "$name: the job fails"
}

# lose NAME SCRIPT OPTION...: loses a record in the program, and one in the worker.
lose() {
  local name=$1 script=$2
  shift 2
  must_fail "$name-loses-a-line" "is next, and not" "$here/$script" "$work/images/000" \
    "$work/$name-line" --program "$work/loses-a-line" "$@" "${options[@]}"
  must_fail "$name-loses-a-record" "the counts differ" "$work/lossy/$script" "$work/images/000" \
    "$work/$name-record" --program "$program" "$@" "${options[@]}"
}

if wants shards; then
  SECONDS=0
  # The killed part fails; the same command again goes on.
  shards=("$here/shards.sh" "$work/shards" 4 "$work/images" "${options[@]}")
  if ALEXNET=$work/killed-once "${shards[@]}"; then
    say "shards: nothing failed, although a process should have been killed"
    exit 1
  fi
  check_killed shards
  ALEXNET=$program "${shards[@]}"
  check_records shards one.jsonl 4
fi
if wants spark; then
  SECONDS=0
  export SPARK_HOME PYSPARK_PYTHON=$python SPARK_LOCAL_IP=127.0.0.1
  SPARK_HOME=$("$python" -c 'import pyspark, os; print(os.path.dirname(pyspark.__file__))')
  run spark "$here/spark_classify.py" "$work/images" "$work/spark" --partitions 8 \
    --program "$work/killed-executor" --master 'local-cluster[2,1,1024]' "${options[@]}"
  check_killed spark
  if [ -d /proc/self ] && [ ! -e "$work/executor/killed" ]; then
    say "spark: no executor was killed"
    exit 1
  fi
  check_records spark one.jsonl 8

  SECONDS=0
  "$python" "$here/make_shards.py" "$work/images/000" "$work/tars" 6
  "$program" "$work"/tars/*.tar --jsonl --quiet "${options[@]}" >"$work/tars.jsonl" || [ $? -eq 1 ]
  run spark-shards.json "$here/spark_classify.py" "$work/tars" "$work/spark-shards.json" --shards \
    --partitions 3 --program "$program" --master 'local[2]' "${options[@]}"
  check_records spark-shards.json tars.jsonl 2
  must_fail spark-shards-loses-a-record "the counts differ" "$work/lossy/spark_classify.py" \
    "$work/tars" "$work/spark-shards-record" --shards --partitions 3 --program "$program" \
    --master 'local[2]' "${options[@]}"
  lose spark spark_classify.py --partitions 2 --master 'local[2]'
fi
if wants ray; then
  SECONDS=0
  run ray "$here/ray_classify.py" "$work/images" "$work/ray" --cpus 4 \
    --program "$work/killed-once" "${options[@]}"
  check_killed ray
  check_records ray one.jsonl 2
  lose ray ray_classify.py --cpus 4
fi
if wants throughput; then
  python3 "$here/throughput.py" "$program" "$work/images"
fi
