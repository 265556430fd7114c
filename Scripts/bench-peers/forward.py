"""One peer's forward pass, timed: prints the median milliseconds of a batch.

    python forward.py ENGINE MODELS VARIANT BATCH THREADS SECONDS

ENGINE: torch, onnxruntime, onnxruntime-int8, openvino, openvino-int8, openvino-bf16, opencv.
"""

import statistics
import sys
import time

import numpy as np


def runner(engine, models, variant, batch, threads):
    """A function that runs one batch."""
    x = np.random.default_rng(0).uniform(-2, 2, (batch, 3, 227, 227)).astype(np.float32)
    library, _, precision = engine.partition("-")
    path = f"{models}/{variant}{'-int8' if precision == 'int8' else ''}.onnx"
    if library == "torch":
        import torch
        from models import AlexNet

        torch.set_num_threads(threads)
        network, tensor = AlexNet(variant).eval(), torch.from_numpy(x)

        def run():
            with torch.inference_mode():
                network(tensor)

        return run
    if library == "onnxruntime":
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        return lambda: session.run(None, {"x": x})
    if library == "openvino":
        import openvino

        core = openvino.Core()
        model = core.read_model(path)
        model.reshape([batch, 3, 227, 227])
        hint = "bf16" if precision == "bf16" else "f32"
        compiled = core.compile_model(
            model,
            "CPU",
            {
                "INFERENCE_NUM_THREADS": threads,
                "PERFORMANCE_HINT": "LATENCY",
                "INFERENCE_PRECISION_HINT": hint,
            },
        )
        request = compiled.create_infer_request()
        return lambda: request.infer([x])
    if library == "opencv":
        import cv2

        cv2.setNumThreads(threads)
        network = cv2.dnn.readNetFromONNX(path)

        def run():
            network.setInput(x)
            network.forward()

        return run
    raise SystemExit(f"no such engine: {engine}")


if __name__ == "__main__":
    engine, models, variant, batch, threads, seconds = sys.argv[1:7]
    run = runner(engine, models, variant, int(batch), int(threads))
    run()
    times, start = [], time.perf_counter()
    while len(times) < 3 or time.perf_counter() - start < float(seconds):
        before = time.perf_counter()
        run()
        times.append(time.perf_counter() - before)
    print(statistics.median(times) * 1000)
