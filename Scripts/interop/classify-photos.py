"""Classifies photos with PyTorch and with alexnet, each with its own decoding and preprocessing,
and compares the five most likely classes.

    python Scripts/interop/classify-photos.py PROGRAM MODELS PHOTOS

MODELS is a folder that write-models.py filled. The models have random weights, so that neighbours
among the five may be closer than the last rounding of a pixel: a class counts as agreed when
PyTorch gives it no less than its own fifth, but for 1e-4.
"""

import json
import pathlib
import subprocess
import sys

import cv2
import numpy as np
import torch
from PIL import Image
from safetensors.torch import load_file

sys.path.insert(0, str(pathlib.Path(__file__).parent))
modules = __import__("write-models")

CAFFE_MEAN = np.array([104.00699, 116.66877, 122.67891], np.float32)


def pillow_crop(path, size):
    """Short side to 256, bilinear as Pillow does it, then the centre: torchvision's rule."""
    image = Image.open(path).convert("RGB")
    width, height = image.size
    short = min(width, height)
    image = image.resize((int(256 * width / short), int(256 * height / short)), Image.BILINEAR)
    left, top = round((image.width - size) / 2), round((image.height - size) / 2)
    return np.asarray(image.crop((left, top, left + size, top + size)), np.float32)


def caffe(path):
    """Squashed to 256 x 256 without antialiasing, the centre 227, BGR minus the mean."""
    image = np.asarray(Image.open(path).convert("RGB"))[:, :, ::-1]
    image = cv2.resize(image, (256, 256), interpolation=cv2.INTER_LINEAR)
    return image[14 : 14 + 227, 14 : 14 + 227].astype(np.float32) - CAFFE_MEAN


def torchvision(path):
    image = pillow_crop(path, 224) / 255
    return (image - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]


PREPROCESSING = {"caffenet": caffe, "bvlc_alexnet": caffe, "torchvision": torchvision}


def reference(variant, models, photo):
    network = modules.AlexNet(variant, softmax=True).eval()
    state = load_file(models / f"{variant}.safetensors")
    names = list(network.state_dict())
    known = {old: new for new, old in modules.TORCHVISION.items()}
    renamed = {}
    for name, value in state.items():
        layer, _, kind = name.rpartition(".")
        renamed[f"{known.get(layer, layer)}.{kind}"] = value.float()
    network.load_state_dict({name: renamed[name] for name in names})
    pixels = PREPROCESSING[variant](photo).astype(np.float32)
    with torch.no_grad():
        return network(torch.from_numpy(pixels.transpose(2, 0, 1))[None])[0].numpy()


def main():
    program, models, photos = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
    paths = sorted(path for path in photos.iterdir() if path.suffix in (".jpg", ".png"))
    failures = 0
    for variant in PREPROCESSING:
        model = models / f"{variant}.safetensors"
        if not model.exists():
            continue
        output = subprocess.run(
            [program, "classify", "--jsonl", "--quiet", "--exact-decode", "--variant", variant,
             "--model", str(model), *map(str, paths)],
            capture_output=True, text=True, check=True).stdout
        for path, line in zip(paths, output.splitlines(), strict=True):
            expected = reference(variant, models, path)
            fifth = np.sort(expected)[-5]
            found = json.loads(line)["predictions"]
            agreed = all(expected[p["index"]] >= fifth - 1e-4 for p in found) and len(found) == 5
            difference = max(abs(expected[p["index"]] - p["probability"]) for p in found)
            print(f"{variant}, {path.name}: largest difference {difference:.2e}"
                  + ("" if agreed else ", OTHER CLASSES"))
            failures += not agreed
    raise SystemExit(1 if failures else 0)


main()
