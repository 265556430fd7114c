"""Teaches a model new classes, with this program and with the same recipe in PyTorch.

    python Scripts/interop/fine-tuning.py PROGRAM WEIGHTS DATA [--seeds 1,2,3] [--threads 2]

WEIGHTS is a safetensors file of float32 weights with its preprocessing in its metadata, such as the
one that the built-in model was made from; DATA has folders `train` and `validation` of classes.
Prints for each seed how many percent of the validation photos each of them gets right, and the
means. The recipe is what `alexnet train` chooses by itself (`TrainingDefaults`): first the last
layer alone, on the outputs of the others for eight augmented views of each photo, then all layers
at a small rate; the network that is best on the validation photos counts.

Needs: numpy pillow safetensors torch torchvision.
"""

import argparse
import copy
import json
import math
import pathlib
import re
import struct
import subprocess
import tempfile
import time

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from safetensors.torch import load_file
from torch import nn
from torchvision import transforms as T

SIZE, BATCH, VIEWS = 227, 32, 8
MOMENTUM, DECAY, CLIP = 0.9, 5e-4, 5


class Network(nn.Module):
    """The variant `alexnet`: pooling before normalisation, no groups."""

    def __init__(self, tensors, classes):
        super().__init__()
        for index, (inputs, outputs, kernel, stride, padding) in enumerate(
            [(3, 96, 11, 4, 0), (96, 256, 5, 1, 2), (256, 384, 3, 1, 1), (384, 384, 3, 1, 1),
             (384, 256, 3, 1, 1)], 1):
            setattr(self, f"conv{index}", nn.Conv2d(inputs, outputs, kernel, stride, padding))
        self.fc6, self.fc7 = nn.Linear(9216, 4096), nn.Linear(4096, 4096)
        self.fc8 = nn.Linear(4096, classes)
        known = {k: v.float() for k, v in tensors.items() if not k.startswith("fc8")}
        self.load_state_dict(known, strict=False)
        nn.init.normal_(self.fc8.weight, std=0.01)
        nn.init.zeros_(self.fc8.bias)

    def hidden(self, x):
        for conv in (self.conv1, self.conv2):
            x = F.max_pool2d(F.relu(conv(x)), 3, 2)
            x = F.local_response_norm(x, 5, 1e-4, 0.75, 1)
        for conv in (self.conv3, self.conv4, self.conv5):
            x = F.relu(conv(x))
        x = F.relu(self.fc6(F.max_pool2d(x, 3, 2).flatten(1)))
        return F.relu(self.fc7(F.dropout(x, 0.5, self.training)))

    def last(self, hidden):
        return self.fc8(F.dropout(hidden, 0.5, self.training))

    def forward(self, x):
        return self.last(self.hidden(x))


class ColorShift:
    """Shifts along the principal components of the colours (Krizhevsky and others 2012)."""

    def __init__(self, photos, deviation=0.1):
        some = photos[:: max(1, len(photos) // 200)]
        pixels = np.concatenate([np.asarray(photo, np.float64).reshape(-1, 3) for photo in some])
        values, self.vectors = np.linalg.eigh(np.cov(pixels.T))
        self.deviations = deviation * np.sqrt(values)

    def __call__(self, photo):
        shift = self.vectors @ (torch.randn(3).numpy() * self.deviations)
        return np.clip(np.asarray(photo, np.float32) + shift, 0, 255)


def metadata(weights):
    with open(weights, "rb") as file:
        (size,) = struct.unpack("<Q", file.read(8))
        return json.loads(file.read(size))["__metadata__"]


def read(folder, steps):
    """The photos as they are before the last crop, and their classes."""
    photos, classes = [], []
    for index, kind in enumerate(sorted(folder.iterdir())):
        for path in sorted(kind.iterdir()):
            photo = Image.open(path).convert("RGB")
            for step in steps:
                if step["op"] == "resizeShortSide":
                    scale = step["size"] / min(photo.size)
                    photo = photo.resize(
                        [max(1, round(side * scale)) for side in photo.size], Image.BILINEAR)
            photos.append(photo)
            classes.append(index)
    return photos, torch.tensor(classes)


class Recipe:
    def __init__(self, weights, data, seed):
        torch.manual_seed(seed)
        description = json.loads(metadata(weights)["preprocessing"])
        self.mean = torch.tensor(description["mean"]).view(3, 1, 1)
        self.scale = description["scale"]
        self.photos, self.classes = read(data / "train", description["steps"])
        held_out, self.truths = read(data / "validation", description["steps"])
        self.held_out = torch.stack(
            [self.tensor(np.asarray(T.functional.center_crop(p, SIZE))) for p in held_out])
        self.augment = T.Compose([
            T.RandomResizedCrop(SIZE, (0.35, 1), (3 / 4, 4 / 3)), T.RandomHorizontalFlip(),
            T.RandomRotation(5, T.InterpolationMode.BILINEAR), T.ColorJitter(0.2, 0.2, 0.2),
            ColorShift(self.photos)])
        self.network = Network(load_file(weights), len(set(self.classes.tolist())))
        self.best, self.best_state = -1, None

    def tensor(self, pixels):
        pixels = torch.from_numpy(np.array(pixels, np.float32)).permute(2, 0, 1)
        return (pixels - self.mean) * self.scale

    def views(self, indices):
        return torch.stack([self.tensor(self.augment(self.photos[i])) for i in indices])

    def measure(self, answer, pictures):
        self.network.eval()
        with torch.no_grad():
            right = sum(
                (answer(part).argmax(1) == truths).sum().item()
                for part, truths in zip(pictures.split(BATCH), self.truths.split(BATCH)))
        accuracy = right / len(self.truths)
        is_best = accuracy > self.best
        if is_best:
            self.best, self.best_state = accuracy, copy.deepcopy(self.network.state_dict())
        return is_best

    def fit(self, parameters, rate, warm_up, epochs, patience, inputs, answer, validation):
        decayed = [p for p in parameters if p.dim() > 1]
        others = [p for p in parameters if p.dim() == 1]
        optimizer = torch.optim.SGD(
            [{"params": decayed, "weight_decay": DECAY}, {"params": others}], rate, MOMENTUM)
        steps, since_best = math.ceil(len(self.photos) / BATCH), 0
        for epoch in range(epochs):
            for step, indices in enumerate(torch.randperm(len(self.photos)).tensor_split(steps)):
                share = (epoch + step / steps) / epochs
                factor = share / warm_up if share < warm_up else (
                    1 + math.cos(math.pi * (share - warm_up) / (1 - warm_up))) / 2
                for group in optimizer.param_groups:
                    group["lr"] = rate * factor
                self.network.train()
                loss = F.cross_entropy(answer(inputs(indices)), self.classes[indices])
                optimizer.zero_grad()
                loss.backward()
                nn.utils.clip_grad_norm_(parameters, CLIP)
                optimizer.step()
            since_best = 0 if self.measure(answer, validation) else since_best + 1
            if patience and since_best >= patience:
                break
        self.network.load_state_dict(self.best_state)

    def run(self):
        network, count = self.network.eval(), len(self.photos)
        with torch.no_grad():
            parts = torch.arange(count).split(BATCH)
            kept = torch.stack([
                torch.cat([network.hidden(self.views(part)) for part in parts])
                for _ in range(VIEWS)])
            validation = torch.cat([network.hidden(part) for part in self.held_out.split(BATCH)])
        self.fit(
            list(network.fc8.parameters()), 0.005, 0.05, min(max(30_000 // count, 10), 60), None,
            lambda indices: kept[torch.randint(VIEWS, (len(indices),)), indices], network.last,
            validation)
        after_last = self.best
        epochs = min(max(20_000 // count, 3), 30)
        self.fit(
            list(network.parameters()), 0.002, 0.1, epochs, max(4, epochs // 3), self.views,
            network, self.held_out)
        return after_last, self.best


def ours(program, weights, data, seed, threads, *options):
    """The accuracy that the program prints for the finished file."""
    with tempfile.TemporaryDirectory() as folder:
        command = [program, "train", data, "-o", f"{folder}/x.safetensors", "--seed", str(seed),
                   "--threads", str(threads), "--no-progress", *options]
        if weights:
            command += ["--from", weights]
        run = subprocess.run(command, check=True, capture_output=True, text=True)
        return float(re.search(r"^top-1\s+([\d.]+)%", run.stdout + run.stderr, re.M)[1]) / 100


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("program")
    parser.add_argument("weights")
    parser.add_argument("data", type=pathlib.Path)
    parser.add_argument("--seeds", default="1,2,3")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    results = []
    for seed in map(int, options.seeds.split(",")):
        start = time.monotonic()
        mine = ours(options.program, options.weights, options.data, seed, options.threads)
        middle = time.monotonic()
        last, theirs = Recipe(options.weights, options.data, seed).run()
        end = time.monotonic()
        results.append((mine, theirs))
        print(
            f"seed {seed}: this program {mine:.1%} in {middle - start:.0f} s, PyTorch "
            f"{theirs:.1%} (after the last layer {last:.1%}) in {end - middle:.0f} s", flush=True)
    means = [sum(column) / len(column) for column in zip(*results)]
    print(f"mean: this program {means[0]:.1%}, PyTorch {means[1]:.1%}")


if __name__ == "__main__":
    main()
