#!/usr/bin/env python3
"""Classifies images with Spark: one `alexnet` process a task.

    spark-submit --py-files alexnet_worker.py spark_classify.py IMAGES RESULT

IMAGES is a folder of images, or of tar shards with --shards. RESULT becomes Parquet, or JSON where
its name ends so. Options that are not its own are alexnet's, such as --model. Every executor needs
the program, and nothing else. The column `record` is what `alexnet --jsonl` writes for a picture of
this absolute path, if the path is plain UTF-8.
"""

import argparse
import json
import os

import pandas
from pyspark.sql import SparkSession
from pyspark.sql.functions import count, count_distinct, lit, regexp_replace, struct

IMAGE = "path string, archive string, content binary"
RESULT = (
    "path string, archive string, label string, probability double, error string, record string"
)


def classifier(command):
    """What Spark runs on each partition: frames of IMAGE to frames of RESULT."""

    def classify(batches):
        from alexnet_worker import AlexnetWorker

        def images():
            for batch in batches:
                for image in batch.itertuples():
                    archive = {"archive": image.archive} if image.archive else {}
                    yield {"path": image.path} | archive, image.content

        rows = []
        with AlexnetWorker(command) as worker:
            for record in worker.records(images()):
                rows.append(row(record))
                if len(rows) == 1000:
                    yield pandas.DataFrame(rows)
                    rows = []
        if rows:
            yield pandas.DataFrame(rows)

    def row(record):
        fields = json.loads(record)
        best = (fields.get("predictions") or [{}])[0]
        return {
            "path": fields["path"],
            "archive": fields.get("archive"),
            "label": best.get("label"),
            "probability": best.get("probability"),
            "error": fields.get("error", {}).get("code"),
            "record": record,
        }

    return classify


def unpack(batches):
    """Shards to their pictures, one at a time."""
    from alexnet_worker import members

    for batch in batches:
        for shard in batch["path"]:
            for name, content in members(shard):
                yield pandas.DataFrame(
                    {"path": [name], "archive": [shard], "content": [content]}
                )


def counts(frame):
    """How many rows a frame has, and of how many images."""
    return tuple(frame.agg(count("*"), count_distinct(struct("path", "archive"))).first())


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
    # Spark says file:/photos/a.jpg where the program says /photos/a.jpg.
    files = files.load(options.images).withColumn("path", regexp_replace("path", "^file:", ""))
    if options.shards:
        images = files.select("path").repartition(options.partitions).mapInPandas(unpack, IMAGE)
    else:
        images = files.select("path", lit(None).cast("string").alias("archive"), "content")
        images = images.repartition(options.partitions)

    command = [options.program, "classify", "--jsonl", "-j1", "-", *further]
    results = images.mapInPandas(classifier(command), RESULT)
    writer = results.write.mode("overwrite")
    if options.result.endswith(".json"):
        writer.json(options.result)
        written = spark.read.schema(RESULT).json(options.result)
    else:
        writer.parquet(options.result)
        written = spark.read.parquet(options.result)

    expected, found = counts(images), counts(written)
    failed = written.where("error is not null").count()
    print(f"{expected[0]} images, {found[0]} records of {found[1]} images, {failed} failed")
    spark.stop()
    if expected != found:
        raise SystemExit("the counts differ")


if __name__ == "__main__":
    main()
