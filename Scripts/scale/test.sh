#!/usr/bin/env bash
# Runs the examples on many small images, kills a process in the middle (and with Spark a whole
# executor, too), and compares all records with those of one process.
#
#   Scripts/scale/test.sh PROGRAM [COUNT] [shards|spark|ray|throughput]...
#
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

# The program, except that the first process of each engine is killed after some seconds.
cat >"$work/killed-once" <<END
#!/bin/sh
mkdir "$work/killed" 2>/dev/null && exec timeout -s KILL "\${KILL_AFTER:-2}" "$program" "\$@"
exec "$program" "\$@"
END
chmod +x "$work/killed-once"

# The same, and the second process of Spark kills the executor that it works for.
cat >"$work/killed-executor" <<END
#!/bin/sh
if [ -d "$work/killed" ] && mkdir "$work/executor" 2>/dev/null; then
  (
    sleep "\${KILL_AFTER:-2}"
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
chmod +x "$work/killed-executor"

check() {
  [ -d "$work/killed" ] || { say "$1: no process was killed" && exit 1; }
  "$python" "$here/compare.py" images "$work/one.jsonl" "$work/$1"
  rmdir "$work/killed"
  say "$1: the same records, in ${SECONDS} s"
}

if wants shards; then
  SECONDS=0
  # The killed part fails; the same command again goes on.
  ! ALEXNET=$work/killed-once "$here/shards.sh" "$work/shards" 4 "$work/images" "${options[@]}"
  ALEXNET=$work/killed-once "$here/shards.sh" "$work/shards" 4 "$work/images" "${options[@]}"
  check shards
fi
if wants spark; then
  SECONDS=0
  export SPARK_HOME PYSPARK_PYTHON=$python SPARK_LOCAL_IP=127.0.0.1
  SPARK_HOME=$("$python" -c 'import pyspark, os; print(os.path.dirname(pyspark.__file__))')
  "$python" "$here/spark_classify.py" "$work/images" "$work/spark" --partitions 8 \
    --program "$work/killed-executor" --master 'local-cluster[2,1,1024]' \
    "${options[@]}" 2>"$work/spark.log" || {
    tail -50 "$work/spark.log"
    exit 1
  }
  if [ -d /proc/self ] && [ ! -e "$work/executor/killed" ]; then
    say "spark: no executor was killed"
    exit 1
  fi
  check spark
fi
if wants ray; then
  SECONDS=0
  "$python" "$here/ray_classify.py" "$work/images" "$work/ray" --cpus 4 \
    --program "$work/killed-once" "${options[@]}" 2>"$work/ray.log" || {
    tail -50 "$work/ray.log"
    exit 1
  }
  check ray
fi
if wants throughput; then
  python3 "$here/throughput.py" "$program" "$work/images"
fi
