#!/usr/bin/env python3
"""Classifies images with Ray Data: one `alexnet` process an actor.

    python3 ray_classify.py IMAGES RESULT

IMAGES is a folder of images; RESULT becomes a folder of Parquet files. Options that are not its own
are alexnet's, such as --model. Every node needs the program, and nothing else.
"""

import argparse
import json

import ray
from alexnet_worker import AlexnetWorker


class Classify:
    """An actor with one process, which lives as long as the actor."""

    def __init__(self, command):
        self.command = command
        self.worker = AlexnetWorker(command)

    def __call__(self, batch):
        try:
            places = ({"path": path} for path in batch["path"])
            records = list(self.worker.records(zip(places, batch["bytes"])))
        except Exception:
            # Ray tries the batch again, with a new process.
            self.worker = AlexnetWorker(self.command)
            raise
        fields = [json.loads(record) for record in records]
        best = [(one.get("predictions") or [{}])[0] for one in fields]
        return {
            "path": [one["path"] for one in fields],
            "label": [one.get("label") or "" for one in best],
            "probability": [one.get("probability", float("nan")) for one in best],
            "error": [one.get("error", {}).get("code", "") for one in fields],
            "record": records,
        }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("images")
    parser.add_argument("result")
    parser.add_argument("--program", default="alexnet")
    parser.add_argument("--actors", type=int, default=2)
    parser.add_argument("--cpus", type=int, help="of a machine where Ray does not run yet")
    options, further = parser.parse_known_args()

    ray.init(num_cpus=options.cpus)
    context = ray.data.DataContext.get_current()
    context.actor_task_retry_on_errors = True

    command = [options.program, "classify", "--jsonl", "-j1", "-", *further]
    images = ray.data.read_binary_files(options.images, include_paths=True)
    results = images.map_batches(
        Classify,
        fn_constructor_args=(command,),
        batch_size=256,
        compute=ray.data.ActorPoolStrategy(size=options.actors),
        # Without a limit, Ray tries again for ever.
        max_task_retries=3,
    )
    results.write_parquet(options.result)

    expected = images.count()
    written = ray.data.read_parquet(options.result)
    records, paths = written.count(), len(written.unique("path"))
    failed = written.filter(lambda row: row["error"] != "").count()
    print(f"{expected} images, {records} records of {paths} images, {failed} failed")
    if not expected == records == paths:
        raise SystemExit("the counts differ")


if __name__ == "__main__":
    main()
