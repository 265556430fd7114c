#!/usr/bin/env python3
"""Classifies images with Spark: one `alexnet` process a task.

    spark-submit --py-files alexnet_worker.py spark_classify.py IMAGES RESULT

IMAGES is a folder of images, or of tar shards with --shards. RESULT becomes Parquet, or JSON where
its name ends so. Options that are not its own are alexnet's, such as --model. Every executor needs
the program, and nothing else.
"""

import argparse
import json
import os

import pandas
from pyspark.sql import SparkSession

SCHEMA = "path string, label string, probability double, error string, record string"


def classifier(command):
    """What Spark runs on each partition: frames of (path, content) to frames of SCHEMA."""

    def classify(batches):
        from alexnet_worker import AlexnetWorker

        def images():
            for batch in batches:
                yield from zip(batch["path"], batch["content"])

        rows = []
        with AlexnetWorker(command) as worker:
            for path, record in worker.records(images()):
                rows.append(row(path, record))
                if len(rows) == 1000:
                    yield pandas.DataFrame(rows)
                    rows = []
        if rows:
            yield pandas.DataFrame(rows)

    def row(path, record):
        best = (record.get("predictions") or [{}])[0]
        return {
            "path": path,
            "label": best.get("label"),
            "probability": best.get("probability"),
            "error": record.get("error", {}).get("code"),
            "record": json.dumps(record),
        }

    return classify


def unpack(batches):
    """Shards to their members, one at a time."""
    from alexnet_worker import members

    for batch in batches:
        for shard in batch["path"]:
            for name, content in members(shard.removeprefix("file:")):
                yield pandas.DataFrame({"path": [f"{shard}/{name}"], "content": [content]})


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("images")
    parser.add_argument("result")
    parser.add_argument("--shards", action="store_true", help="IMAGES is a folder of tar files")
    parser.add_argument("--program", default="alexnet")
    parser.add_argument("--partitions", type=int, default=16)
    parser.add_argument("--master", help='such as "local-cluster[2,1,1024]"')
    options, further = parser.parse_known_args()

    builder = SparkSession.builder.appName("alexnet")
    builder = builder.config("spark.sql.execution.arrow.maxRecordsPerBatch", 64)
    if options.master:
        builder = builder.master(options.master)
    spark = builder.getOrCreate()
    spark.sparkContext.addPyFile(os.path.join(os.path.dirname(__file__), "alexnet_worker.py"))

    files = spark.read.format("binaryFile").option("recursiveFileLookup", "true")
    files = files.load(options.images)
    if options.shards:
        shards = files.select("path").repartition(options.partitions)
        images = shards.mapInPandas(unpack, "path string, content binary")
    else:
        images = files.select("path", "content").repartition(options.partitions)

    command = [options.program, "classify", "--jsonl", "-j1", "-", *further]
    results = images.mapInPandas(classifier(command), SCHEMA)
    writer = results.write.mode("overwrite")
    if options.result.endswith(".json"):
        writer.json(options.result)
        written = spark.read.schema(SCHEMA).json(options.result)
    else:
        writer.parquet(options.result)
        written = spark.read.parquet(options.result)

    expected, records = images.select("path").distinct().count(), written.count()
    paths = written.select("path").distinct().count()
    failed = written.where("error is not null").count()
    print(f"{expected} images, {records} records of {paths} images, {failed} failed")
    spark.stop()
    if not expected == records == paths:
        raise SystemExit("the counts differ")


if __name__ == "__main__":
    main()
